import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { run } from '../../src/system/run.ts'
import { copyCheckout } from '../support/checkout.ts'
import type { Host } from './settings.ts'

/** A bare repository that Zuul reads, with the folder that commits to it are made in. */
export interface Repository {
  readonly host: Host
  /** Such as `openstack/trove`. */
  readonly name: string
  readonly bare: string
  readonly checkout: string
}

/** Where the repositories of a site lie: `<folder>/<host>/<name>`, the checkouts beside them. */
export function repositoryAt(folder: string, host: Host, name: string): Repository {
  return { host, name, bare: join(folder, host, name), checkout: join(folder, 'checkouts', host, name) }
}

/** Makes a repository from the files that `fill` puts into its folder. Zuul reads every branch, so there is one. */
export async function makeRepository(repository: Repository, fill: (checkout: string) => void): Promise<void> {
  mkdirSync(repository.checkout, { recursive: true })
  mkdirSync(dirname(repository.bare), { recursive: true })
  fill(repository.checkout)
  const branch = '--initial-branch=master'
  await git(repository.checkout, ['init', '--quiet', branch])
  await git(repository.checkout, ['init', '--quiet', '--bare', branch, repository.bare])
  await git(repository.checkout, ['remote', 'add', 'origin', repository.bare])
  await commit(repository, 'Begin')
}

/** Commits all that lies in the checkout and pushes it; gives the commits before and after. */
export async function commit(
  repository: Repository,
  subject: string,
): Promise<{ readonly before: string; readonly after: string }> {
  const head = () => git(repository.checkout, ['rev-parse', '--verify', '--quiet', 'HEAD'], 'any')
  const before = await head()
  // Forced, because a checkout of this project brings a .gitignore of its own.
  await git(repository.checkout, ['add', '--all', '--force'])
  await git(repository.checkout, ['commit', '--quiet', '--allow-empty', '--message', subject])
  await git(repository.checkout, ['push', '--quiet', 'origin', 'HEAD:master'])
  return { before, after: await head() }
}

/** The repositories kept as fixtures, `<folder>/<host>/<organisation>/<name>`. */
export function fixtureRepositories(folder: string): { readonly host: Host; readonly name: string }[] {
  return (readdirSync(folder) as Host[]).flatMap(host =>
    readdirSync(join(folder, host)).flatMap(organisation =>
      readdirSync(join(folder, host, organisation)).map(name => ({ host, name: `${organisation}/${name}` })),
    ),
  )
}

export function copyFixture(folder: string, host: Host, name: string) {
  return (checkout: string) => cpSync(join(folder, host, name), checkout, { recursive: true })
}

/** What Zuul reads of a clone of a foreign project, with the playbooks and roles of its jobs. */
export function copyZuulFiles(clone: string, checkout: string): void {
  for (const name of ['zuul.yaml', 'zuul.d', '.zuul.yaml', '.zuul.d', 'playbooks', 'roles']) {
    if (existsSync(join(clone, name))) cpSync(join(clone, name), join(checkout, name), { recursive: true })
  }
}

/** This project as its files stand now, committed or not. */
export function copyThisProject(checkout: string): void {
  copyCheckout(checkout)
}

export function emptyRepository(checkout: string): void {
  writeFileSync(join(checkout, 'README.rst'), 'Stand-in: only its existence counts.\n')
}

/** The newest commit of a repository's only branch. */
export function headOf(bare: string): string {
  return execFileSync('git', ['--git-dir', bare, 'rev-parse', 'refs/heads/master'], { encoding: 'utf8' }).trim()
}

async function git(folder: string, args: readonly string[], allowed: 'any' | 'none' = 'none'): Promise<string> {
  const identity = ['-c', 'user.name=Site', '-c', 'user.email=site@site.example', '-c', 'commit.gpgsign=false']
  const result = await run('git', [...identity, ...args], {
    cwd: folder,
    // Neither the user's nor the machine's settings: a hook or a template of theirs would change what is committed.
    env: { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' },
    ...(allowed === 'any' ? { allowedExitStatuses: 'any' as const } : {}),
  })
  return result.stdout.trim()
}
