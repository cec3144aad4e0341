/** A job as Zuul would run it: what of the answer of its freeze-job address is the same at every start of a site. */
export interface FrozenJob {
  readonly name: string
  readonly voting: boolean
  /** Whether it may run in pipelines after review only. */
  readonly postReview: boolean
  /** The job and its ancestors, the root first; a variant stands for itself. */
  readonly inheritance: readonly string[]
  readonly timeout: number | null
  readonly postTimeout: number | null
  readonly nodes: readonly string[]
  readonly groups: readonly string[]
  readonly requiredProjects: readonly string[]
  readonly playbooks: Readonly<Record<'pre' | 'run' | 'post', readonly string[]>>
  /** Secrets that some playbook is given, `<project> <path>: <name>`. */
  readonly secrets: readonly string[]
  readonly failureOutput: readonly string[]
  readonly variables: unknown
}

interface Playbook {
  readonly project: string
  readonly path: string
  readonly trusted: boolean
  readonly cleanup: boolean
  readonly roles: readonly { readonly project: string }[]
  readonly secrets: Readonly<Record<string, unknown>>
}

/** As far as it is read here; see `zuul/executor/common.py` of Zuul. */
interface Answer {
  readonly job: string
  readonly timeout: number | null
  readonly post_timeout: number | null
  readonly nodeset: {
    readonly nodes: readonly { readonly name: string | readonly string[]; readonly label: string }[]
    readonly groups: readonly { readonly name: string; readonly nodes: readonly string[] }[]
  }
  readonly projects: readonly { readonly canonical_name: string }[]
  readonly pre_playbooks: readonly Playbook[]
  readonly playbooks: readonly Playbook[]
  readonly post_playbooks: readonly Playbook[]
  readonly vars: unknown
  readonly failure_output: readonly string[]
  readonly zuul: {
    readonly voting: boolean
    readonly post_review: boolean
    readonly _inheritance_path: readonly string[]
  }
}

/** What stays of an answer when names that a site makes up at every start, and what Zuul fills in later, are left out. */
export function frozen(answer: unknown): FrozenJob {
  const job = answer as Answer
  const playbooks = [...job.pre_playbooks, ...job.playbooks, ...job.post_playbooks]
  return {
    name: job.job,
    voting: job.zuul.voting,
    postReview: job.zuul.post_review,
    inheritance: job.zuul._inheritance_path.map(jobOf),
    timeout: job.timeout,
    postTimeout: job.post_timeout,
    nodes: job.nodeset.nodes.map(({ name, label }) => `${[name].flat().join(',')}: ${label}`),
    groups: job.nodeset.groups.map(({ name, nodes }) => `${name}: ${nodes.join(', ')}`),
    requiredProjects: job.projects.map(project => project.canonical_name).toSorted(),
    playbooks: {
      pre: job.pre_playbooks.map(describe),
      run: job.playbooks.map(describe),
      post: job.post_playbooks.map(describe),
    },
    secrets: playbooks.flatMap(({ project, path, secrets }) =>
      Object.keys(secrets).map(name => `${project} ${path}: ${name}`),
    ),
    failureOutput: job.failure_output,
    variables: sorted(job.vars),
  }
}

/** `<Job NAME explicit: ... source: PROJECT/PATH@BRANCH#LINE>`, without the line. */
function jobOf(text: string): string {
  const [, name, source] = /^<Job (\S+) .* source: (\S+)@[^@]*>$/.exec(text) ?? []
  return name === undefined ? text : `${name} of ${source}`
}

function describe({ project, path, trusted, cleanup, roles }: Playbook): string {
  const notes = [
    ...(trusted ? ['trusted'] : []),
    ...(cleanup ? ['cleanup'] : []),
    `roles of ${roles.map(role => role.project).join(', ')}`,
  ]
  return `${project} ${path} (${notes.join('; ')})`
}

/** Keys in order, whatever order a dictionary of Python had. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1))
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]))
}
