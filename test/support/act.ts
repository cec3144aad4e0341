import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../../src/system/home.ts'
import { copyCheckout } from './checkout.ts'
import type { OrdinaryUser } from './ordinary-user.ts'
import { majorTag, ownRepository } from './own-repository.ts'
import { findTool } from './tools.ts'
import { workflowPaths } from './workflow-file.ts'

/**
 * The text of a workflow as act understands it: act does not know "$/", the repository of the workflow itself, and the
 * temporary repository is that and the caller's at once.
 *
 * @throws Error when undoing that one replacement does not give the text back, byte for byte
 */
export function forAct(text: string): string {
  const replaced = text.replaceAll('uses: $/', 'uses: ./')
  if (replaced.replaceAll('uses: ./', 'uses: $/') !== text) {
    throw new Error('the workflow uses "./" somewhere itself: it would not be the same workflow any more')
  }
  return replaced
}

/** A repository with this project's files, for act, and with one more workflow: the one that a user would have written. */
export function makeRepository(folder: string, user: OrdinaryUser, workflow: string): void {
  copyCheckout(folder)
  for (const path of workflowPaths()) {
    writeFileSync(join(folder, path), forAct(readFileSync(join(projectRoot(), path), 'utf8')))
  }
  writeFileSync(join(folder, '.github/workflows/caller.yml'), workflow)
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=test', '-c', 'user.email=test@example.org', ...args])
  git('init', '--quiet', '--initial-branch=main')
  git('remote', 'add', 'origin', `https://github.com/${ownRepository}`)
  git('add', '--all')
  git('commit', '--quiet', '--message=Test')
  copyFileSync(findTool('act'), join(user.home, 'act'))
  chmodSync(join(user.home, 'act'), 0o755)
  execFileSync('chown', ['-R', `${user.name}:`, user.home])
}

export interface ActOptions {
  readonly repository: string
  readonly user: OrdinaryUser
  /** Variables that every step gets, such as those of the Results service. */
  readonly env: Readonly<Record<string, string>>
  readonly onStart?: (pid: number) => void
  readonly onLine?: (line: string) => void
  readonly timeoutSeconds: number
}

export interface ActResult {
  readonly exitStatus: number | null
  readonly log: string
  readonly seconds: number
}

/** Runs the caller's workflow on this machine, without containers, as a user would who has only a login. */
export async function runAct({ repository, user, env, ...options }: ActOptions): Promise<ActResult> {
  const startedAt = performance.now()
  const variables = Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`])
  const child = spawn(
    'runuser',
    [
      ...['-u', user.name, '--', 'env', '-i', ...loginEnvironment(user)],
      ...[join(user.home, 'act'), 'workflow_dispatch', '--workflows', '.github/workflows/caller.yml'],
      ...['--platform', 'ubuntu-24.04=-self-hosted', '--no-cache-server', '--pull=false'],
      ...['--local-repository', `${ownRepository}@${majorTag}=${repository}`],
      ...variables,
    ],
    // A process group of its own: a signal reaches only whom it is sent to.
    { cwd: repository, detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let log = ''
  let rest = ''
  const take = (chunk: Buffer) => {
    log += chunk
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) options.onLine?.(line)
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  if (child.pid !== undefined) options.onStart?.(child.pid)
  const timer = setTimeout(() => child.kill('SIGTERM'), options.timeoutSeconds * 1000)
  const exitStatus = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  clearTimeout(timer)
  return { exitStatus, log, seconds: (performance.now() - startedAt) / 1000 }
}

function loginEnvironment({ name, home }: OrdinaryUser): string[] {
  const kept = ['PIP_CERT', 'NODE_EXTRA_CA_CERTS', 'PIP_FIND_LINKS', 'PIP_INDEX_URL', 'http_proxy', 'https_proxy']
  return [
    `HOME=${home}`,
    `USER=${name}`,
    `LOGNAME=${name}`,
    `PATH=${process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin'}`,
    'LANG=C.UTF-8',
    ...kept.flatMap(variable => (process.env[variable] === undefined ? [] : [`${variable}=${process.env[variable]}`])),
  ]
}
