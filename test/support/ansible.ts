import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { projectRoot } from '../../src/system/home.ts'
import { copyCheckout } from './checkout.ts'

const own = join(projectRoot(), 'test/support/ansible')

/** The environment that `.ci/tools` makes: ansible-playbook, ansible-lint, yamllint. */
export function ansibleEnvironment(): string {
  const digest = createHash('sha256')
    .update(readFileSync(join(own, 'requirements.txt')))
    .digest('hex')
    .slice(0, 12)
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
  return join(cache, `trove-image-tests/ansible-${digest}`)
}

export const hasAnsible = existsSync(join(ansibleEnvironment(), 'complete'))

/** Environment variables with which Ansible finds itself, our roles and the stand-in for Zuul's action. */
export function ansibleVariables(folder: string): Record<string, string> {
  return {
    ...(process.env as Record<string, string>),
    PATH: `${join(ansibleEnvironment(), 'bin')}:${process.env.PATH}`,
    ANSIBLE_ACTION_PLUGINS: own,
    ANSIBLE_HOME: join(folder, 'ansible'),
    ANSIBLE_NOCOLOR: '1',
    ANSIBLE_NOCOWS: '1',
    ANSIBLE_ROLES_PATH: join(projectRoot(), 'roles'),
    ZUUL_JOBDIR: folder,
  }
}

/** A job's place on this machine: the node's home and the executor's work root. */
export interface Job {
  readonly folder: string
  readonly home: string
  readonly workRoot: string
  readonly zuul: Readonly<Record<string, unknown>>
}

export interface PlaybookResult {
  readonly exitStatus: number | null
  readonly log: string
  /** What was given to zuul_return, call by call. */
  readonly returned: readonly { readonly data?: Record<string, unknown> }[]
}

const projectName = 'example.org/tools/trove-image-builder'

/** Lays a job out as Zuul does; the checkout on the node is a copy of this project. */
export function prepareJob(folder: string, otherProjects: readonly string[] = []): Job {
  const home = join(folder, 'home')
  const workRoot = join(folder, 'work')
  mkdirSync(join(workRoot, 'logs'), { recursive: true })
  copyCheckout(join(home, 'src', projectName))
  const project = (canonical: string) => ({
    canonical_hostname: canonical.split('/')[0],
    canonical_name: canonical,
    checkout: 'master',
    checkout_description: 'zuul branch',
    commit: createHash('sha1').update(canonical).digest('hex'),
    name: canonical.split('/').slice(1).join('/'),
    required: true,
    short_name: canonical.split('/').at(-1),
    src_dir: `src/${canonical}`,
  })
  const [consumer = projectName] = otherProjects
  const zuul = {
    ansible_version: '11',
    attempts: 1,
    branch: 'master',
    build: '1f24a91b5e4d4d0b8e0c5a3cbb5a3f11',
    build_refs: [],
    buildset: 'a4f4b0bfd2bb4f0fa3b3f2f3bb0c2a77',
    buildset_refs: [],
    change: '712345',
    change_url: 'https://review.example.org/712345',
    child_jobs: [],
    event_id: '0e5b0f0a6c1c4f28a4dbf6f5bd1fbb0e',
    executor: {
      hostname: 'executor.example.org',
      inventory_file: join(folder, 'ansible/inventory.yaml'),
      log_root: join(workRoot, 'logs'),
      result_data_file: join(workRoot, 'results.json'),
      src_root: join(workRoot, 'src'),
      work_root: workRoot,
    },
    include_vars: [],
    items: [],
    job: 'trove-image-build-debian-trixie',
    jobtags: [],
    max_attempts: 3,
    message: 'QSBjaGFuZ2U=',
    patchset: '3',
    pipeline: 'check',
    playbook_context: {},
    post_review: false,
    project: project(consumer),
    projects: Object.fromEntries([projectName, ...otherProjects].map(name => [name, project(name)])),
    ref: 'refs/changes/45/712345/3',
    resources: {},
    tenant: 'example',
    timeout: 5400,
    topic: null,
    voting: false,
  }
  return { folder, home, workRoot, zuul }
}

/** Runs playbooks as an executor does, with this machine as the node. */
export async function runPlaybooks(
  job: Job,
  playbooks: readonly string[],
  variables: Readonly<Record<string, unknown>> = {},
  timeoutSeconds = 600,
): Promise<PlaybookResult> {
  const file = (name: string) => join(job.folder, name)
  const interpreter = '/usr/bin/python3'
  const node = { ansible_connection: 'local', ansible_python_interpreter: interpreter }
  writeFileSync(file('inventory.json'), JSON.stringify({ all: { hosts: { node }, vars: variables } }))
  // The facts of this machine's user would win over an inventory.
  writeFileSync(file('extra.json'), JSON.stringify({ ansible_user_dir: job.home, zuul: job.zuul }))
  const before = readReturned(job).length
  const log = openSync(file('ansible.log'), 'w')
  const child = spawn(
    'ansible-playbook',
    [
      '-v',
      '-i',
      file('inventory.json'),
      '-e',
      `@${file('extra.json')}`,
      ...playbooks.map(path => resolve(projectRoot(), path)),
    ],
    { cwd: job.folder, env: ansibleVariables(job.folder), stdio: ['ignore', log, log] },
  )
  const timer = setTimeout(() => child.kill('SIGTERM'), timeoutSeconds * 1000)
  const exitStatus = await new Promise<number | null>((done, reject) => {
    child.once('error', reject)
    child.once('exit', code => done(code))
  })
  clearTimeout(timer)
  closeSync(log)
  return { exitStatus, log: readFileSync(file('ansible.log'), 'utf8'), returned: readReturned(job).slice(before) }
}

function readReturned({ workRoot }: Job): PlaybookResult['returned'] {
  const file = join(workRoot, 'returned.jsonl')
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as PlaybookResult['returned'][number])
}
