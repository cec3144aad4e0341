import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../../src/system/home.ts'
import type { Job, Variant } from './zuul-schema.ts'
import { parseZuulYaml, readStanzas, type Stanza } from './zuul-yaml.ts'

/** The files of the Zuul side by their path; a test changes a copy. */
export type ZuulFiles = ReadonlyMap<string, string>

const folders = ['zuul.d', 'zuul-openstack.d', 'zuul-tests.d', 'playbooks', 'roles']

/** The files of this project, those that git knows or would take. */
export function ownZuulFiles(): ZuulFiles {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z', ...folders, 'docs/zuul.md'], {
    cwd: projectRoot(),
    encoding: 'utf8',
  })
  const paths = listed.split('\0').filter(path => path !== '')
  return new Map(paths.map(path => [path, readFileSync(join(projectRoot(), path), 'utf8')]))
}

/** A copy with some files written over, added or, where the text is null, taken away. */
export function changed(files: ZuulFiles, changes: Readonly<Record<string, string | null>>): ZuulFiles {
  const copy = new Map(files)
  for (const [path, text] of Object.entries(changes)) {
    if (text === null) copy.delete(path)
    else copy.set(path, text)
  }
  return copy
}

/** A job where it is defined. */
export interface DefinedJob {
  readonly file: string
  readonly job: Job
}

/** A job where a pipeline of a project runs it. */
export interface JobUse {
  readonly file: string
  readonly pipeline: string
  readonly name: string
  readonly variant: Variant
}

/** A task, play or role entry of a playbook or role. */
export interface Task {
  readonly file: string
  readonly task: Readonly<Record<string, unknown>>
}

export function stanzasOf(files: ZuulFiles): Stanza[] {
  return [...files].flatMap(([path, text]) => (/^zuul[^/]*\.d\/.*\.yaml$/.test(path) ? readStanzas(path, text) : []))
}

export function jobsOf(files: ZuulFiles): DefinedJob[] {
  return stanzasOf(files).flatMap(({ file, kind, value }) => (kind === 'job' ? [{ file, job: value as Job }] : []))
}

export function usesOf(files: ZuulFiles): JobUse[] {
  return stanzasOf(files).flatMap(({ file, kind, value }) => {
    if (kind !== 'project' && kind !== 'project-template') return []
    return Object.entries(value as Record<string, unknown>).flatMap(([pipeline, content]) => {
      const jobs = (content as { jobs?: (string | Record<string, Variant>)[] } | null)?.jobs ?? []
      return jobs.flatMap(entry =>
        typeof entry === 'string'
          ? [{ file, pipeline, name: entry, variant: {} }]
          : Object.entries(entry).map(([name, variant]) => ({ file, pipeline, name, variant })),
      )
    })
  })
}

/** A job with what it inherits, itself first, as far as its ancestors are ours. */
export function lineage(jobs: readonly DefinedJob[], name: string): DefinedJob[] {
  const own = jobs.find(({ job }) => job.name === name)
  if (own === undefined) return []
  const parent = own.job.parent
  return [own, ...(parent && parent !== name ? lineage(jobs, parent) : [])]
}

/** The playbooks of one of a job's phases, as paths. */
export function playbooksOf(value: Job['run'] | Job['post-run']): string[] {
  const items = value === undefined ? [] : Array.isArray(value) ? value : [value]
  return items.map(item => (typeof item === 'string' ? item : item.name))
}

/** All tasks of playbooks and roles, those of blocks too. */
export function tasksOf(files: ZuulFiles): Task[] {
  return [...files].flatMap(([path, text]) => {
    if (!/^(playbooks\/|roles\/[^/]+\/(tasks|handlers)\/).*\.yaml$/.test(path)) return []
    return flatten(parseZuulYaml(path, text)).map(task => ({ file: path, task }))
  })
}

function flatten(items: unknown): Record<string, unknown>[] {
  if (!Array.isArray(items)) return []
  return items.flatMap((item: Record<string, unknown>) => [
    item,
    ...['block', 'rescue', 'always', 'pre_tasks', 'tasks', 'post_tasks', 'handlers'].flatMap(key => flatten(item[key])),
  ])
}

/** The roles that a playbook or a role's tasks use directly. */
export function rolesUsed(tasks: readonly Task[], file: string): string[] {
  return tasks
    .filter(task => task.file === file)
    .flatMap(({ task }) => {
      const listed = Array.isArray(task.roles) ? (task.roles as (string | { role?: string; name?: string })[]) : []
      const names = listed.map(entry => (typeof entry === 'string' ? entry : (entry.role ?? entry.name ?? '')))
      const included = ['include_role', 'import_role'].flatMap(key => {
        const name = (task[key] as { name?: string } | undefined)?.name
        return name === undefined ? [] : [name]
      })
      return [...names, ...included]
    })
}

/** The playbooks that a playbook imports, as paths. */
export function playbooksImported(tasks: readonly Task[], file: string): string[] {
  return tasks
    .filter(task => task.file === file)
    .flatMap(({ task }) => (typeof task.import_playbook === 'string' ? [join(file, '..', task.import_playbook)] : []))
}
