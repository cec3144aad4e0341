import { fillIn } from '../support/expression.ts'
import { jobsOf, mapping, type Path, stepsOf, type WorkflowFile } from '../support/workflow-file.ts'

export interface Finding {
  readonly line: number
  readonly message: string
}

/** A rule over one workflow or action.yml. Each has a fixture of its name that breaks it and nothing else. */
export interface WorkflowRule {
  readonly name: string
  check(file: WorkflowFile): Finding[]
}

/** The shell of every `run:`; GitHub's own `bash` lacks `-u`. */
export const shell = 'bash --noprofile --norc -euo pipefail {0}'

const runners = /^(ubuntu-24\.04(-arm)?|\$\{\{ inputs\.[a-z-]*runs-on \}\})$/

const events = (file: WorkflowFile): string[] => {
  const on = file.data.on
  return typeof on === 'string' ? [on] : Array.isArray(on) ? on.map(String) : Object.keys(mapping(on))
}

const isWorkflow = (file: WorkflowFile) => 'jobs' in file.data

/** Every `uses:` with its place, of steps and of jobs. */
const uses = (file: WorkflowFile): { at: Path; target: string }[] =>
  [
    ...jobsOf(file).map(({ id, job }) => ({ at: ['jobs', id, 'uses'], target: job.uses })),
    ...stepsOf(file).map(({ at, step }) => ({ at: [...at, 'uses'], target: step.uses })),
  ].flatMap(({ at, target }) => (typeof target === 'string' ? [{ at, target }] : []))

const isOwn = (target: string) => target.startsWith('./') || target.startsWith('$/')

const found = (file: WorkflowFile, at: Path, message: string): Finding => ({ line: file.lineOf(at), message })

export const workflowRules: readonly WorkflowRule[] = [
  {
    name: 'pinned',
    check: file =>
      uses(file)
        .filter(({ target }) => !isOwn(target))
        .filter(({ at, target }) => {
          const line = file.lines[file.lineOf(at) - 1] ?? ''
          return !/@[0-9a-f]{40}$/.test(target) || !/ # v\d+\.\d+\.\d+$/.test(line)
        })
        .map(({ at, target }) => found(file, at, `${target} is not pinned by its commit with "# vX.Y.Z" beside it`)),
  },
  {
    name: 'permissions',
    check(file) {
      if (!isWorkflow(file)) return []
      const top = file.data.permissions
      const isEmpty = typeof top === 'object' && top !== null && Object.keys(top).length === 0
      return [
        ...(isEmpty ? [] : [found(file, ['permissions'], 'the workflow itself asks for permissions; jobs do')]),
        ...jobsOf(file).flatMap(({ id, job }) =>
          job.permissions === undefined || typeof job.permissions === 'string'
            ? [found(file, ['jobs', id], `job ${id} does not list its permissions`)]
            : Object.keys(mapping(job.permissions))
                .map(scope => ['jobs', id, 'permissions', scope])
                .filter(at => !/ # [a-z].{5,}$/.test(file.lines[file.lineOf(at) - 1] ?? ''))
                .map(at => found(file, at, `${at.at(-1)} has no reason beside it`)),
        ),
      ]
    },
  },
  {
    name: 'callable-permissions',
    // A called job that asks for more than its caller grants makes the caller's workflow invalid, even when it is skipped.
    check: file =>
      events(file).includes('workflow_call') && !/publish/.test(file.path)
        ? jobsOf(file).flatMap(({ id, job }) =>
            Object.entries(mapping(job.permissions))
              .filter(([scope, access]) => scope !== 'contents' || access !== 'read')
              .map(([scope, access]) =>
                found(file, ['jobs', id, 'permissions', scope], `callers would have to grant ${scope}: ${access}`),
              ),
          )
        : [],
  },
  {
    name: 'no-expression-in-script',
    check: file =>
      stepsOf(file).flatMap(({ at, step }) => [
        ...(/\$\{\{/.test(String(step.run ?? ''))
          ? [found(file, [...at, 'run'], 'an expression becomes part of the script; hand it over by env')]
          : []),
        ...(/\$\{\{/.test(String(mapping(step.with).script ?? ''))
          ? [found(file, [...at, 'with', 'script'], 'an expression becomes part of the script; hand it over by env')]
          : []),
      ]),
  },
  {
    name: 'no-kept-credentials',
    check: file =>
      stepsOf(file)
        .filter(({ step }) => String(step.uses ?? '').startsWith('actions/checkout@'))
        .filter(({ step }) => mapping(step.with)['persist-credentials'] !== false)
        .map(({ at }) => found(file, [...at, 'uses'], 'checkout leaves the token in .git/config')),
  },
  {
    name: 'time-limit',
    check: file =>
      jobsOf(file)
        .filter(({ job }) => job.uses === undefined && typeof job['timeout-minutes'] !== 'number')
        .map(({ id }) => found(file, ['jobs', id], `job ${id} has no timeout-minutes`)),
  },
  {
    name: 'concurrency',
    check(file) {
      if (!isWorkflow(file)) return []
      const needed = events(file).some(event => /^(push|pull_request|schedule)$/.test(event))
      const missing =
        needed && file.data.concurrency === undefined
          ? [found(file, ['on'], 'two runs may be in each other’s way: no concurrency')]
          : []
      // A run that waits is dropped when another one enters its group, unless the group has a queue:
      // https://docs.github.com/en/actions/how-tos/write-workflows/choose-when-workflows-run/control-workflow-concurrency
      const pushes = events(file).includes('push') && file.data.concurrency !== undefined ? pushFaults(file) : []
      // In a called workflow github.workflow is the caller's name: both would wait for each other.
      const groups: Path[] = [['concurrency'], ...jobsOf(file).map(({ id }) => ['jobs', id, 'concurrency'])]
      const callers = events(file).includes('workflow_call')
        ? groups.filter(at => /github\.workflow\b/.test(JSON.stringify(valueAt(file, at)) ?? ''))
        : []
      return [
        ...missing,
        ...pushes,
        ...callers.map(at => found(file, at, 'github.workflow is the caller’s here, who would wait for itself')),
      ]
    },
  },
  {
    name: 'trusted-triggers',
    check: file =>
      events(file)
        .filter(event => /^(pull_request_target|workflow_run|issue_comment)$/.test(event))
        .map(event => found(file, ['on', event], `${event} runs with secrets on what a stranger wrote`)),
  },
  {
    name: 'no-inherited-secrets',
    check: file =>
      jobsOf(file)
        .filter(({ job }) => job.secrets === 'inherit')
        .map(({ id }) => found(file, ['jobs', id, 'secrets'], 'hands over every secret; name those that are needed')),
  },
  {
    name: 'known-runner',
    check: file =>
      jobsOf(file)
        .filter(({ job }) => job.uses === undefined && !runners.test(String(job['runs-on'])))
        .map(({ id, job }) => found(file, ['jobs', id, 'runs-on'], `${job['runs-on']} is not a runner that is tested`)),
  },
  {
    name: 'strict-shell',
    check(file) {
      const scripts = stepsOf(file).filter(({ step }) => step.run !== undefined)
      const usual = mapping(mapping(file.data.defaults).run).shell
      return scripts
        .filter(({ step }) => (step.shell ?? usual) !== shell)
        .map(({ at }) => found(file, [...at, 'run'], `the shell is not "${shell}"`))
    },
  },
  {
    name: 'own-actions',
    // In a called workflow "./" is the caller's checkout, and "owner/repository@v0" is not the commit that runs.
    check: file =>
      events(file).includes('workflow_call')
        ? stepsOf(file)
            .filter(({ step }) => String(step.uses ?? '').startsWith('./'))
            .map(({ at, step }) => found(file, [...at, 'uses'], `${step.uses} is the caller’s; write $/`))
        : [],
  },
  {
    name: 'described-inputs',
    check: file =>
      ['workflow_call', 'workflow_dispatch'].flatMap(event => {
        const inputs = mapping(mapping(mapping(file.data.on)[event]).inputs)
        return Object.entries(inputs).flatMap(([name, value]) => {
          const input = mapping(value)
          const at: Path = ['on', event, 'inputs', name]
          return [
            ...(/^[a-z]+(-[a-z]+)*$/.test(name) ? [] : [found(file, at, `input ${name} is not in kebab-case`)]),
            ...(/^[A-Z].*\.$/s.test(String(input.description ?? '').trim())
              ? []
              : [found(file, at, `input ${name} has no full sentence as description`)]),
            ...(input.type === undefined ? [found(file, at, `input ${name} has no type`)] : []),
            ...(input.required === true || input.default !== undefined
              ? []
              : [found(file, at, `input ${name} has no default and is not required`)]),
          ]
        })
      }),
  },
]

/** What keeps one of several pushes to a branch from being tested to its end. */
function pushFaults(file: WorkflowFile): Finding[] {
  const { concurrency } = file.data
  const { group, queue, ...rest } = mapping(typeof concurrency === 'string' ? { group: concurrency } : concurrency)
  const cancels = fillIn(String(rest['cancel-in-progress'] ?? false), pushOf('a')) === 'true'
  const isShared = fillIn(String(group), pushOf('a')) === fillIn(String(group), pushOf('b'))
  return [
    ...(isShared && cancels ? [found(file, ['concurrency'], 'a push cuts off the run of the one before')] : []),
    ...(isShared && !cancels && queue !== 'max'
      ? [
          found(
            file,
            ['concurrency'],
            'of three pushes the second is never run: put github.sha into the group, or say queue: max',
          ),
        ]
      : []),
  ]
}

/** What the expressions of a concurrency group see of a push of this commit. */
const pushOf = (sha: string) => ({
  github: {
    event_name: 'push',
    ref: 'refs/heads/main',
    ref_name: 'main',
    sha,
    run_id: sha,
    repository: 'o/r',
    workflow: 'w',
    actor: 'a',
  },
  inputs: {},
  vars: {},
})

function valueAt(file: WorkflowFile, at: Path): unknown {
  return at.reduce<unknown>((value, key) => mapping(value)[String(key)], file.data)
}
