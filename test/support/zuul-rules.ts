import { z } from 'zod'
import {
  type DefinedJob,
  jobsOf,
  lineage,
  playbooksImported,
  playbooksOf,
  rolesUsed,
  stanzasOf,
  type Task,
  tasksOf,
  usesOf,
  type ZuulFiles,
} from './zuul-project.ts'
import { stanzaSchemas } from './zuul-schema.ts'
import { encrypted, parseZuulYaml } from './zuul-yaml.ts'

/** What Zuul itself never checks, or only when a job runs: each rule gives its faults as lines. */
export type Rule = (files: ZuulFiles) => string[]

/** Pipelines that come before review: what runs there may be anybody's. */
const beforeReview = ['check', 'check-arm64', 'experimental', 'third-party-check']
/** Attributes that would follow a job to every consumer and every child. */
const decidedByConsumers = [
  'allowed-projects',
  'branches',
  'files',
  'irrelevant-files',
  'nodeset',
  'required-projects',
  'roles',
  'secrets',
  'voting',
] as const

const paths = (files: ZuulFiles, pattern: RegExp) => [...files.keys()].filter(path => pattern.test(path))
const isOpenstack = ({ file }: DefinedJob) => file.startsWith('zuul-openstack.d/')

export const rules: Readonly<Record<string, Rule>> = {
  'what Zuul loads': files =>
    stanzasOf(files).flatMap(({ file, kind, value }) => {
      const schema = stanzaSchemas[kind]
      if (schema === undefined) return [`${file}: ${kind} is no stanza of an untrusted project`]
      const name = (value as { name?: string } | null)?.name ?? ''
      const result = schema.safeParse(value)
      return result.success ? [] : [`${file}: ${kind} ${name}: ${z.prettifyError(result.error).replaceAll('\n', ' ')}`]
    }),

  'files end in .yaml': files =>
    paths(files, /^(zuul[^/]*\.d|playbooks|roles)\/.*\.yml$/).map(path => `${path}: zuul-jobs takes .yaml only`),

  'playbooks exist': files => {
    const tasks = tasksOf(files)
    const named = jobsOf(files).flatMap(({ file, job }) =>
      [job['pre-run'], job.run, job['post-run']]
        .flatMap(playbooksOf)
        .map(path => [`${file}: ${job.name}`, path] as const),
    )
    const imported = paths(files, /^playbooks\//).flatMap(file =>
      playbooksImported(tasks, file).map(path => [file, path] as const),
    )
    return [...named, ...imported].flatMap(([where, path]) =>
      files.has(path) ? [] : [`${where}: there is no ${path}`],
    )
  },

  'every playbook is of use': files => {
    const tasks = tasksOf(files)
    const used = new Set([
      ...jobsOf(files).flatMap(({ job }) => [job['pre-run'], job.run, job['post-run']].flatMap(playbooksOf)),
      ...paths(files, /^playbooks\//).flatMap(file => playbooksImported(tasks, file)),
    ])
    return paths(files, /^playbooks\/.*\.yaml$/).flatMap(path => (used.has(path) ? [] : [`${path}: no job runs it`]))
  },

  'roles exist': files => {
    const tasks = tasksOf(files)
    return [...new Set(tasks.map(({ file }) => file))].flatMap(file =>
      rolesUsed(tasks, file).flatMap(role =>
        files.has(`roles/${role}/tasks/main.yaml`) ? [] : [`${file}: there is no role ${role} here`],
      ),
    )
  },

  'jobs that are run exist': files => {
    const names = new Set(jobsOf(files).map(({ job }) => job.name))
    return usesOf(files).flatMap(({ file, pipeline, name }) =>
      names.has(name) ? [] : [`${file}: ${pipeline}: there is no job ${name} here`],
    )
  },

  'jobs that are run are not abstract': files => {
    const jobs = jobsOf(files)
    return usesOf(files).flatMap(({ file, pipeline, name }) =>
      jobs.some(({ job }) => job.name === name && job.abstract)
        ? [`${file}: ${pipeline}: ${name} is abstract and cannot be run`]
        : [],
    )
  },

  'every use says with what nodes': files =>
    usesOf(files).flatMap(({ file, pipeline, name, variant }) =>
      variant.nodeset === undefined ? [`${file}: ${pipeline}: ${name} has no nodeset and would get none`] : [],
    ),

  'a role documents its variables': files =>
    rolesIn(files).flatMap(role => {
      const documented = new Set(variablesDocumented(files.get(`roles/${role}/README.rst`) ?? ''))
      const defaults = Object.keys(yaml(files, `roles/${role}/defaults/main.yaml`))
      const prefix = role.replaceAll('-', '_')
      return [
        ...defaults.flatMap(name =>
          documented.has(name) ? [] : [`roles/${role}/defaults/main.yaml: ${name} is not in README.rst`],
        ),
        ...[...documented].flatMap(name =>
          name.startsWith(`${prefix}_`) ? [] : [`roles/${role}/README.rst: ${name} does not begin with ${prefix}_`],
        ),
      ]
    }),

  "a role's README is of zuul-jobs' form": files =>
    rolesIn(files).flatMap(role => {
      const path = `roles/${role}/README.rst`
      const text = files.get(path)
      if (text === undefined) return [`roles/${role} has no README.rst`]
      const [first = '', second] = text.split('\n')
      const summary =
        /^[A-Z].*[.;]/.test(first) && second === '' ? [] : [`${path}: does not begin with a summary of one line`]
      const heading = /^\*\*Role Variables\*\*$/m.test(text) ? [] : [`${path}: has no **Role Variables**`]
      return [...summary, ...heading]
    }),

  'expressions are RE2': files =>
    [...jobsOf(files).map(({ file, job }) => ({ file, name: job.name, variant: job })), ...usesOf(files)].flatMap(
      ({ file, name, variant }) =>
        (['branches', 'files', 'irrelevant-files', 'failure-output'] as const)
          .flatMap(key => [variant[key] ?? []].flat())
          .map(item => (typeof item === 'string' ? item : item.regex))
          .filter(text => /\(\?(=|!|<=|<!|>|P=|\()|\\[1-9]|[*+?}]\+/.test(text))
          .map(text => `${file}: ${name}: ${text} is nothing that RE2 takes`),
    ),

  'no secret before review': files => {
    const jobs = jobsOf(files)
    return usesOf(files).flatMap(({ file, pipeline, name, variant }) => {
      const holders = [variant, ...lineage(jobs, name).map(({ job }) => job)]
      return beforeReview.includes(pipeline) && holders.some(holder => holder.secrets !== undefined)
        ? [`${file}: ${pipeline}: ${name} uses a secret`]
        : []
    })
  },

  'a secret is encrypted': files =>
    stanzasOf(files).flatMap(({ file, kind, value }) => {
      if (kind !== 'secret') return []
      const { name, data } = value as { name: string; data?: Record<string, unknown> }
      return Object.entries(data ?? {}).flatMap(([key, content]) =>
        content === encrypted ? [] : [`${file}: secret ${name}: ${key} is in clear`],
      )
    }),

  'every job has a time limit': files => {
    const jobs = jobsOf(files)
    return jobs.flatMap(({ file, job }) =>
      lineage(jobs, job.name).some(ancestor => ancestor.job.timeout !== undefined)
        ? []
        : [`${file}: ${job.name} has no timeout`],
    )
  },

  // Zuul refuses the whole job where a tenant keeps the default of max-job-timeout, as OpenDev's tenant of OpenStack does.
  'a time limit is one that a tenant allows': files =>
    jobsOf(files).flatMap(({ file, job }) =>
      (['timeout', 'post-timeout'] as const).flatMap(key =>
        typeof job[key] === 'number' && job[key] > 10_800 ? [`${file}: ${job.name} has a ${key} above 10800 s`] : [],
      ),
    ),

  'a reusable job leaves to its consumers what is theirs': files => {
    const jobs = jobsOf(files)
    return jobs.flatMap(defined => {
      const { file, job } = defined
      const forbidden = decidedByConsumers
        .filter(key => job[key] !== undefined)
        .map(key => `${file}: ${job.name} has ${key}`)
      const foreign =
        job.parent !== undefined && !isOpenstack(defined) && !jobs.some(other => other.job.name === job.parent)
          ? [`${file}: ${job.name} has the foreign parent ${job.parent}`]
          : []
      const elsewhere = jobs.some(other => other.job.name === job.parent && isOpenstack(other) && !isOpenstack(defined))
        ? [`${file}: ${job.name} has a parent that not every tenant loads`]
        : []
      return [...forbidden, ...foreign, ...elsewhere]
    })
  },

  'stanzas for every tenant need nothing from outside': files =>
    stanzasOf(files).flatMap(({ file, kind }) =>
      file.startsWith('zuul.d/') && !['job', 'project'].includes(kind) ? [`${file}: has a ${kind}`] : [],
    ),

  'deprecated attributes are not used': files =>
    jobsOf(files).flatMap(({ file, job }) =>
      (['cleanup-run', 'success-url', 'failure-url'] as const).flatMap(key =>
        job[key] === undefined ? [] : [`${file}: ${job.name} has ${key}`],
      ),
    ),

  'artifacts are not handed over by provides and requires': files =>
    jobsOf(files).flatMap(({ file, job }) =>
      job.provides === undefined && job.requires === undefined
        ? []
        : [`${file}: ${job.name}: Zuul ignores provides and requires for periodic, branch and tag items`],
    ),

  'a build before the run has one attempt': files => {
    const tasks = tasksOf(files)
    return jobsOf(files).flatMap(({ file, job }) =>
      playbooksOf(job['pre-run']).some(path => rolesBehind(tasks, path).includes('trove-image-build-image')) &&
      job.attempts !== 1
        ? [`${file}: ${job.name} would build up to three times`]
        : [],
    )
  },

  "a child of devstack keeps devstack's run and its registration": files =>
    jobsOf(files).flatMap(({ file, job }) => {
      if (!/^(devstack|trove-)/.test(job.parent ?? '') || job.parent?.startsWith('trove-image-')) return []
      const localrc = (job.vars?.devstack_localrc ?? {}) as Record<string, unknown>
      const url = String(localrc.TROVE_NON_DEV_IMAGE_URL ?? '')
      return [
        ...(job.run === undefined ? [] : [`${file}: ${job.name} replaces the run of ${job.parent}`]),
        ...(localrc.TROVE_ENABLE_IMAGE_BUILD === undefined
          ? []
          : [`${file}: ${job.name} sets TROVE_ENABLE_IMAGE_BUILD, which also decides about the registration`]),
        ...(url.startsWith('file:///') ? [] : [`${file}: ${job.name} gives devstack no image of this node`]),
      ]
    }),

  'what is published was proven before any post-run': files => {
    const tasks = tasksOf(files)
    return jobsOf(files).flatMap(({ file, job }) =>
      playbooksOf(job['post-run']).some(path => rolesBehind(tasks, path).includes('trove-image-fetch-publication'))
        ? [`${file}: ${job.name} fetches the publication after the run, where a parent may have published already`]
        : [],
    )
  },

  'clean-up also follows a cancelled run': files =>
    jobsOf(files).flatMap(({ file, job }) =>
      [job['post-run'] ?? []]
        .flat()
        .flatMap(item =>
          playbooksOf(item)[0] === 'playbooks/trove-image/clean.yaml' &&
          (typeof item === 'string' || item.cleanup !== true)
            ? [`${file}: ${job.name} does not clean up after a cancelled run`]
            : [],
        ),
    ),

  'an image is kept after success only': files =>
    tasksOf(files).flatMap(({ file, task }) =>
      task.include_tasks === 'image.yaml' && !JSON.stringify(task.when ?? '').includes('zuul_success')
        ? [`${file}: "${task.name}" does not ask for zuul_success`]
        : [],
    ),

  'no launcher takes our image': files =>
    tasksOf(files).flatMap(({ file, task }) =>
      /"type":"zuul_image"/.test(JSON.stringify(task.zuul_return ?? ''))
        ? [`${file}: returns an artifact of type zuul_image`]
        : [],
    ),

  'what runs on the executor says so': files =>
    tasksOf(files).flatMap(({ file, task }) =>
      task.zuul_return !== undefined && task.delegate_to !== 'localhost'
        ? [`${file}: "${task.name}" is not delegated`]
        : [],
    ),

  'files are copied without their owners': files =>
    tasksOf(files).flatMap(({ file, task }) => {
      const options = task.synchronize as { owner?: unknown; group?: unknown } | undefined
      return options !== undefined && (options.owner !== false || options.group !== false)
        ? [`${file}: "${task.name}" takes owners along`]
        : []
    }),

  'inputs are seen by nobody': files =>
    tasksOf(files).flatMap(({ file, task }) => {
      const commands = JSON.stringify([task.command, task.shell, task.environment, task.debug, task.zuul_return])
      const shows = /_inputs\b|broker_url|secret/.test(commands) && !commands.includes('inputs.json')
      const written = JSON.stringify(task.copy ?? '')
      return [
        ...(shows ? [`${file}: "${task.name}" shows inputs`] : []),
        ...(written.includes('trove_image_stage_inputs') && (task.no_log !== true || !written.includes('"mode":"0600"'))
          ? [`${file}: "${task.name}" logs the inputs or lets others read them`]
          : []),
      ]
    }),

  'a non-voting job is not in gate': files =>
    usesOf(files).flatMap(({ file, pipeline, name, variant }) =>
      pipeline === 'gate' && variant.voting === false ? [`${file}: gate: ${name} does not vote`] : [],
    ),
}

/** Every rule's faults. */
export function faultsOf(files: ZuulFiles): Record<string, string[]> {
  const found = Object.entries(rules).map(([name, rule]) => [name, rule(files)] as const)
  return Object.fromEntries(found.filter(([, faults]) => faults.length > 0))
}

function rolesIn(files: ZuulFiles): string[] {
  return [...new Set(paths(files, /^roles\/[^/]+\//).map(path => path.split('/')[1] ?? ''))]
}

function variablesDocumented(readme: string): string[] {
  const [inputs = ''] = readme.split('**Output Variables**')
  return [...inputs.matchAll(/^\.\. zuul:rolevar:: (\S+)$/gm)].map(([, name = '']) => name)
}

function yaml(files: ZuulFiles, path: string): object {
  const text = files.get(path)
  return text === undefined ? {} : ((parseZuulYaml(path, text) as object | null) ?? {})
}

/** The roles that a playbook runs, through what it imports and what its roles include. */
function rolesBehind(tasks: readonly Task[], playbook: string): string[] {
  return [playbook, ...playbooksImported(tasks, playbook)].flatMap(file => rolesUsed(tasks, file))
}
