import { chown, lchown, lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { EnvironmentError } from './errors.ts'
import { type Child, markVariable, type RunOptions, type RunResult, run, type SupervisedOptions, start } from './run.ts'

/** Root itself, or an ordinary user who reaches root by sudo without a password. */
export function isRoot(): boolean {
  return process.getuid?.() === 0
}

/**
 * @throws EnvironmentError when this process is neither root nor may become root without a password
 */
export async function requirePrivilege(): Promise<void> {
  if (isRoot()) return
  const fault = await sudoFault()
  if (fault === undefined) return
  throw new EnvironmentError(
    `Building needs root: this user (uid ${process.getuid?.()}) is not root and ${fault}. ` +
      'Run as root, or give the user a sudoers line such as "NAME ALL=(ALL) NOPASSWD:SETENV: ALL".',
  )
}

/** What is wrong with sudo, tried without a password and with a kept environment; undefined when nothing is. */
export async function sudoFault(): Promise<string | undefined> {
  const probe = await run('sudo', ['-n', '-E', 'true'], { allowedExitStatuses: 'any' }).catch(() => undefined)
  if (probe?.exitStatus === 0) return undefined
  const what = probe ? `failed (${probe.stderr.trim() || `exit status ${probe.exitStatus}`})` : 'could not be run'
  return `"sudo -n -E true" ${what}`
}

/**
 * Runs a program as root. With `onlyEnv` it gets exactly that environment, and the mark when it is supervised. With `env`
 * it gets that on top of what sudo gives; or, when this process is root itself, of what any child inherits.
 */
export async function asRoot(
  program: string,
  args: readonly string[],
  options: RunOptions | SupervisedOptions = {},
): Promise<RunResult> {
  const [outer, outerArgs] = rootCommand(program, args, options)
  return run(outer, outerArgs, options)
}

/** Starts a supervised program as root; stopping it signals the program itself, never sudo alone. */
export function startAsRoot(program: string, args: readonly string[], options: SupervisedOptions): Child {
  const [outer, outerArgs] = rootCommand(program, args, options)
  return start(outer, outerArgs, options)
}

/** A short POSIX shell script run as root (or as the caller, where root cannot be had: then it reaches less). */
export async function rootShell(script: string, args: readonly string[]): Promise<RunResult> {
  const shell: [string, string[]] = ['/bin/sh', ['-c', script, 'sh', ...args]]
  if (isRoot()) return run(...shell)
  const result = await run('sudo', ['-n', '--', shell[0], ...shell[1]], { allowedExitStatuses: 'any' }).catch(
    () => null,
  )
  return result?.exitStatus === 0 ? result : run(...shell)
}

/** Gives a file or a whole folder that root wrote to the user who called us, also through sudo. */
export async function giveBack(path: string): Promise<void> {
  const uid = Number(process.env.SUDO_UID ?? process.getuid?.())
  const gid = Number(process.env.SUDO_GID ?? process.getgid?.())
  if (isRoot()) {
    if (uid !== 0) await chownTree(path, uid, gid)
    return
  }
  await asRoot('chown', ['-R', '-h', `${uid}:${gid}`, path])
}

/**
 * Under `sudo trove-image`: gives the files that root wrote into a folder since a moment to the person who typed it, and the
 * folder itself when it is as new. What lay there before keeps its owner.
 */
export async function giveBackNew(folder: string, sinceMilliseconds: number): Promise<void> {
  const uid = Number(process.env.SUDO_UID ?? 0)
  const gid = Number(process.env.SUDO_GID ?? 0)
  if (!isRoot() || uid === 0) return
  const entries = await readdir(folder).catch(() => [])
  for (const path of [folder, ...entries.map(name => join(folder, name))]) {
    const status = await lstat(path).catch(() => undefined)
    if (status === undefined || status.uid !== 0) continue
    const age = status.isDirectory() ? status.birthtimeMs : status.mtimeMs
    if (age >= sinceMilliseconds && (status.isFile() || path === folder)) await lchown(path, uid, gid)
  }
}

async function chownTree(path: string, uid: number, gid: number): Promise<void> {
  await lchown(path, uid, gid)
  const entries = await readdir(path, { withFileTypes: true }).catch(() => [])
  for (const entry of entries) {
    const child = join(path, entry.name)
    if (entry.isDirectory()) await chownTree(child, uid, gid)
    else await (entry.isSymbolicLink() ? lchown : chown)(child, uid, gid)
  }
}

function rootCommand(program: string, args: readonly string[], options: RunOptions): [string, string[]] {
  return isRoot() ? [program, [...args]] : sudoCommand(program, args, options)
}

/** The call that makes sudo start a program with the environment that the options ask for. */
export function sudoCommand(
  program: string,
  args: readonly string[],
  { env = {}, onlyEnv }: Pick<RunOptions, 'env' | 'onlyEnv'>,
): [string, string[]] {
  // What sudo itself sets (SUDO_USER, MAIL, LOGNAME) goes as well when nothing else was asked for.
  const empty = onlyEnv === undefined ? '' : '-i '
  const assignments = Object.entries(onlyEnv ?? env).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  )
  // The mark crosses sudo on the command line of env, which exec replaces: it then stands in the program's environment.
  const mark = `\${${markVariable}:+"${markVariable}=$${markVariable}"}`
  const script = `exec sudo -n -- env ${empty}${mark} "$@"`
  return ['/bin/sh', ['-c', script, 'sh', ...assignments, program, ...args]]
}
