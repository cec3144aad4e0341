import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isNode, LineCounter, parseDocument } from 'yaml'
import { projectRoot } from '../../src/system/home.ts'

export type Path = readonly (string | number)[]

/** A workflow or an action.yml: its text, its values and where each of them stands. */
export interface WorkflowFile {
  readonly path: string
  readonly text: string
  readonly lines: readonly string[]
  readonly data: Mapping
  /** The line, from 1, on which the key or item at this path begins. */
  lineOf(path: Path): number
}

export type Mapping = Readonly<Record<string, unknown>>

/** A value as a mapping; anything else is an empty one. */
export function mapping(value: unknown): Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Mapping) : {}
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]
}

export function parseWorkflowFile(path: string, text: string): WorkflowFile {
  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter })
  if (document.errors[0]) throw new Error(`${path} is not YAML: ${document.errors[0].message}`)
  return {
    path,
    text,
    lines: text.split('\n'),
    data: mapping(document.toJS()),
    lineOf(target) {
      const parent = document.getIn(target.slice(0, -1), true)
      const last = target.at(-1)
      const pairs = (parent as { items?: unknown[] } | undefined)?.items ?? []
      const node =
        typeof last === 'number'
          ? pairs[last]
          : pairs.map(pair => (pair as { key?: unknown }).key).find(key => String(key) === last)
      return counter.linePos((isNode(node) ? node.range?.[0] : undefined) ?? 0).line
    },
  }
}

export function readWorkflowFile(path: string): WorkflowFile {
  return parseWorkflowFile(path, readFileSync(join(projectRoot(), path), 'utf8'))
}

/** Our workflows, by path. */
export const workflowPaths = (): string[] =>
  globSync('.github/workflows/*.{yml,yaml}', { cwd: projectRoot() }).toSorted()

/** Our actions' descriptions, the root one too. */
export const actionPaths = (): string[] =>
  globSync(['action.yml', 'actions/*/action.yml', '.github/actions/*/action.yml'], { cwd: projectRoot() }).toSorted()

/** A step with its place: of a job, or of a composite action. */
export interface PlacedStep {
  readonly at: Path
  readonly step: Mapping
}

export function jobsOf(file: WorkflowFile): { id: string; job: Mapping }[] {
  return Object.entries(mapping(file.data.jobs)).map(([id, job]) => ({ id, job: mapping(job) }))
}

export function stepsOf(file: WorkflowFile): PlacedStep[] {
  const inJobs = jobsOf(file).flatMap(({ id, job }) =>
    list(job.steps).map((step, index) => ({ at: ['jobs', id, 'steps', index], step: mapping(step) })),
  )
  const inAction = list(mapping(file.data.runs).steps).map((step, index) => ({
    at: ['runs', 'steps', index],
    step: mapping(step),
  }))
  return [...inJobs, ...inAction]
}
