import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../../src/system/home.ts'

/** The files of the project as git knows them, tracked or new but not ignored. */
export function projectFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    cwd: projectRoot(),
    encoding: 'utf8',
  })
  return listed
    .split('\0')
    .filter(file => file !== '')
    .sort()
}

/** A digest over what a build is made from: two equal digests mean that an image built earlier still stands for the code. */
export function projectDigest(): string {
  const hash = createHash('sha256')
  for (const file of projectFiles().filter(name =>
    /^(dist|elements|images)\/|^(requirements\.txt|trove-image)$/.test(name),
  )) {
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(projectRoot(), file)))
      .update('\0')
  }
  return hash.digest('hex')
}

/** A copy of the checkout without node_modules and without git's own folder, as a user has it after a download. */
export function copyCheckout(target: string, owner?: string): void {
  mkdirSync(target, { recursive: true })
  execFileSync('/bin/sh', ['-c', 'tar -C "$1" --null -T - -cf - | tar -C "$2" -xf -', 'sh', projectRoot(), target], {
    input: projectFiles().join('\0'),
  })
  if (owner) execFileSync('chown', ['-R', owner, target])
}

export interface CommandResult {
  readonly exitStatus: number | null
  readonly stdout: string
  /** Both streams as they came. */
  readonly log: string
  readonly seconds: number
}

export interface CommandOptions {
  /** The checkout whose `trove-image` runs; default this project's. */
  readonly checkout?: string
  readonly cwd: string
  /** Log in as this user, with nothing but a login's environment. */
  readonly user?: string
  readonly env?: Readonly<Record<string, string>>
  /** Called once after the start, with the process id to signal. */
  readonly onStart?: (pid: number) => void
  readonly logFile: string
  readonly timeoutSeconds: number
}

/** Runs `trove-image` as a user would, through the launcher. */
export async function troveImage(args: readonly string[], options: CommandOptions): Promise<CommandResult> {
  const startedAt = performance.now()
  const launcher = join(options.checkout ?? projectRoot(), 'trove-image')
  const log = openSync(options.logFile, 'w')
  const stdoutFile = `${options.logFile}.stdout`
  const stdout = openSync(stdoutFile, 'w')
  const [program, programArgs] = options.user
    ? ['runuser', ['-u', options.user, '--', 'env', '-i', ...loginEnvironment(options.user), launcher, ...args]]
    : [launcher, [...args]]
  const child = spawn(String(program), programArgs as string[], {
    cwd: options.cwd,
    detached: true,
    stdio: ['ignore', stdout, log],
    env: { ...process.env, ...options.env },
  })
  const timer = setTimeout(() => child.kill('SIGTERM'), options.timeoutSeconds * 1000)
  if (child.pid !== undefined) options.onStart?.(child.pid)
  const exitStatus = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', code => resolve(code))
  })
  clearTimeout(timer)
  closeSync(log)
  closeSync(stdout)
  return {
    exitStatus,
    stdout: readFileSync(stdoutFile, 'utf8'),
    log: readFileSync(options.logFile, 'utf8'),
    seconds: (performance.now() - startedAt) / 1000,
  }
}

function loginEnvironment(user: string): string[] {
  const kept = [
    'PIP_CERT',
    'NODE_EXTRA_CA_CERTS',
    'PIP_FIND_LINKS',
    'PIP_INDEX_URL',
    'http_proxy',
    'https_proxy',
    'no_proxy',
  ]
  return [
    `HOME=/home/${user}`,
    `USER=${user}`,
    `LOGNAME=${user}`,
    `PATH=${process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin'}`,
    'LANG=C.UTF-8',
    ...kept.flatMap(name => (process.env[name] === undefined ? [] : [`${name}=${process.env[name]}`])),
  ]
}
