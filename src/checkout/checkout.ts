import { lstatSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { canonicalJson, sha256, sha256Schema } from '../system/documents.ts'
import { EnvironmentError, InputError, ToolError } from '../system/errors.ts'
import { run } from '../system/run.ts'

/** What a git checkout holds, without where it lies or came from: for plan.json and image.json. */
export const checkoutSchema = z.object({
  /** HEAD, whole. */
  commit: z.string().regex(/^[0-9a-f]{40,64}$/),
  /** HEAD by its last version tag: `25.0.0-45-g4cdc0cdadc76`; an abbreviated commit where no such tag is known. */
  describe: z.string(),
  /** The branch by the project's own `.gitreview`, such as `stable/2026.1`; `master` where that names none. */
  branch: z.string(),
  /** Whether files differ from those of the commit; then only `contentDigest` says what was used. */
  modified: z.boolean(),
  /** Digest over names, modes and content of the files that git keeps or would keep: what is built from. */
  contentDigest: sha256Schema,
})
export type Checkout = z.infer<typeof checkoutSchema>

/** A folder that should be a checkout of a project. */
export interface CheckoutQuestion {
  /** Absolute. */
  readonly folder: string
  /** Who named the folder, for messages: `recipe key "agent-source"`. */
  readonly named: string
  /** The project: `openstack/trove`. */
  readonly project: string
}

/**
 * Reads a git checkout; writes nothing into it.
 *
 * @throws InputError when it is no folder, not the project's, or no git checkout of its own
 * @throws EnvironmentError when there is no git
 */
export async function readCheckout(question: CheckoutQuestion): Promise<Checkout> {
  const { folder } = question
  const refuse = (reason: string) =>
    new InputError(
      `${question.named}: ${folder}: ${reason}; expected the folder of a git checkout of ${question.project}`,
    )
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw refuse('is no folder')
  const name = question.project.replace(/^.*\//, '')
  if (!['setup.cfg', 'pyproject.toml'].some(file => namesPackage(textOf(join(folder, file)), name))) {
    throw refuse(`has no setup.cfg and no pyproject.toml with the name ${name}`)
  }
  const head = await git(folder, ['rev-parse', '--show-toplevel', '--verify', 'HEAD^{commit}'])
  if (head.fault !== undefined) throw refuse(`git does not take it for a checkout: ${head.fault}`)
  const [top = '', commit = ''] = head.output.trimEnd().split('\n')
  if (realpathSync(folder) !== realpathSync(top)) throw refuse(`lies inside of another checkout, ${top}`)
  const status = await git(folder, ['status', '--porcelain=v1', '-z', '--untracked-files=all'])
  const describe = await git(folder, describeArguments)
  const fault = status.fault ?? describe.fault
  if (fault !== undefined) throw refuse(`git cannot read it: ${fault}`)
  return {
    commit,
    describe: describe.output.trim(),
    branch: reviewBranch(textOf(join(folder, '.gitreview'))),
    modified: status.output !== '',
    contentDigest: contentDigest(folder, await listFiles(folder)),
  }
}

/** The commit of the checkout that a folder lies in, if it does. */
export async function commitAround(folder: string): Promise<string | null> {
  const head = await git(folder, ['rev-parse', '--verify', 'HEAD^{commit}'])
  return head.fault === undefined ? head.output.trim() : null
}

/** Only tags of versions: `zed-eom` names no version. */
const describeArguments = [
  'describe',
  '--tags',
  '--long',
  '--always',
  '--abbrev=12',
  '--match',
  '[0-9]*',
  '--exclude',
  '*-*',
]

/**
 * The files and links that git keeps, or would keep with "git add --all", sorted. The element trove-guest-agent lists what it
 * copies in the same way.
 *
 * @throws InputError when git cannot list them
 */
export async function listFiles(folder: string): Promise<string[]> {
  const { output, fault } = await git(folder, ['ls-files', '-z', '--cached', '--others', '--exclude-standard'])
  if (fault !== undefined) throw new InputError(`the checkout ${folder}: git cannot list its files: ${fault}`)
  return [...new Set(output.split('\0'))].toSorted().filter(path => {
    const found = path === '' ? undefined : lstatSync(join(folder, path), { throwIfNoEntry: false })
    // A file that was removed is not there to be copied; a folder is another repository's.
    return found?.isFile() || found?.isSymbolicLink()
  })
}

async function git(folder: string, args: readonly string[]): Promise<{ output: string; fault?: string }> {
  try {
    // A user's own list of ignored files must not decide what is built.
    const options = ['--no-optional-locks', '-c', 'core.excludesFile=/dev/null', '-C', folder]
    const { exitStatus, stdout, stderr } = await run('git', [...options, ...args], {
      allowedExitStatuses: 'any',
      env: { LC_ALL: 'C', GIT_DIR: undefined, GIT_WORK_TREE: undefined, GIT_INDEX_FILE: undefined },
    })
    if (exitStatus === 0) return { output: stdout }
    return { output: '', fault: stderr.trim().split('\n')[0] || `exit status ${exitStatus}` }
  } catch (error) {
    if (!(error instanceof ToolError)) throw error
    throw new EnvironmentError(`${folder} is read by git, which cannot be started: install the package git`, {
      cause: error,
    })
  }
}

/** Whether a setup.cfg or pyproject.toml is of a package. Pure. */
export function namesPackage(text: string, name: string): boolean {
  return [...text.matchAll(/^name\s*=\s*["']?([\w.-]+)["']?\s*$/gm)].some(([, found = '']) => found === name)
}

/** The branch that `.gitreview` of an OpenStack project names; on the branch of development it names none. Pure. */
export function reviewBranch(text: string): string {
  return /^\s*defaultbranch\s*=\s*(\S+)\s*$/m.exec(text)?.[1] ?? 'master'
}

function contentDigest(folder: string, paths: readonly string[]): string {
  const entries = paths.map(path => {
    const full = join(folder, path)
    const found = lstatSync(full)
    if (found.isSymbolicLink()) return [path, 'link', readlinkSync(full)]
    return [path, (found.mode & 0o100) !== 0, sha256(readFileSync(full))]
  })
  return sha256(canonicalJson(entries))
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
