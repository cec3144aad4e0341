import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { parseSync } from 'oxc-parser'
import { describe, expect, test } from 'vitest'
import { projectRoot } from '../../src/system/home.ts'

const root = projectRoot()

/** The floors, lowest first. A file may import from its own floor's folder and from lower floors. */
const floorOf = (file: string): { floor: number; room: string } => {
  const [top, second = '', third = ''] = file.split('/')
  if (top === 'actions') return { floor: 5, room: 'actions' }
  if (second === 'cli') return { floor: 5, room: 'cli' }
  if (second === 'platforms') return { floor: 4, room: 'platforms' }
  if (second === 'chain.ts') return { floor: 4, room: 'chain' }
  if (second === 'stages') return { floor: 3, room: `stages/${third}` }
  // What a stage is, and how its inputs are read: declarations that stages and doors share.
  if (['stage.ts', 'platform.ts', 'inputs.ts', 'names.ts'].includes(second)) return { floor: 2, room: 'stage' }
  if (second === 'system') return { floor: 0, room: 'system' }
  return { floor: 1, room: second }
}

/** A stage's own file bears its name; what stands beside it belongs to one stage, such as how a build is narrated. */
const isStage = (file: string) => existsSync(join(root, 'actions', basename(file, '.ts'), 'action.yml'))

interface Import {
  readonly file: string
  readonly target: string
  readonly typeOnly: boolean
}

/** What a file asks for, by whatever kind of import or export. */
function requestsOf(file: string, source: string): { readonly request: string; readonly typeOnly: boolean }[] {
  const { module } = parseSync(file, source)
  return [
    ...module.staticImports.map(entry => ({
      request: entry.moduleRequest.value,
      typeOnly: entry.entries.length > 0 && entry.entries.every(item => item.isType),
    })),
    ...module.staticExports.flatMap(entry =>
      entry.entries.flatMap(item =>
        item.moduleRequest ? [{ request: item.moduleRequest.value, typeOnly: item.isType }] : [],
      ),
    ),
    ...module.dynamicImports.map(entry => ({
      request: source.slice(entry.moduleRequest.start + 1, entry.moduleRequest.end - 1),
      typeOnly: false,
    })),
  ]
}

function importsOf(file: string, source: string): Import[] {
  return requestsOf(file, source)
    .filter(({ request }) => request.startsWith('.'))
    .map(({ request, typeOnly }) => ({ file, target: join(dirname(file), request), typeOnly }))
}

/** Why an import is wrong, or undefined. */
function fault({ file, target }: Import): string | undefined {
  const from = floorOf(file)
  const to = floorOf(target)
  if (to.floor > from.floor)
    return `${file} (floor ${from.floor}) imports ${target} (floor ${to.floor}): imports only go down`
  if (from.floor === 1 && to.floor === 1 && from.room !== to.room && !target.endsWith('/index.ts')) {
    return `${file} imports ${target}: another domain folder is entered through its index.ts`
  }
  if (from.floor === 1 && to.floor === 2)
    return `${file} imports ${target}: a domain folder knows no stage and no platform`
  if (from.floor === 3 && to.floor === 3 && from.room !== to.room && isStage(file) && isStage(target))
    return `${file} imports ${target}: stages do not know each other`
  return undefined
}

/** The first cycle among domain folders, as a list of rooms. */
function roomCycle(imports: readonly Import[]): string[] | undefined {
  const graph = new Map<string, Set<string>>()
  for (const { file, target } of imports) {
    const from = floorOf(file)
    const to = floorOf(target)
    if (from.floor !== 1 || to.floor !== 1 || from.room === to.room) continue
    graph.set(from.room, (graph.get(from.room) ?? new Set()).add(to.room))
  }
  const visit = (room: string, path: string[]): string[] | undefined => {
    if (path.includes(room)) return [...path.slice(path.indexOf(room)), room]
    for (const next of graph.get(room) ?? []) {
      const cycle = visit(next, [...path, room])
      if (cycle) return cycle
    }
    return undefined
  }
  for (const room of graph.keys()) {
    const cycle = visit(room, [])
    if (cycle) return cycle
  }
  return undefined
}

const files = globSync(['src/**/*.ts', 'actions/**/*.ts'], { cwd: root }).map(file => relative('.', file))
const imports = files.flatMap(file => importsOf(file, readFileSync(join(root, file), 'utf8')))

describe('floors', () => {
  test('the parser sees the imports of the project', () => {
    expect(files.length).toBeGreaterThan(30)
    expect(imports.length).toBeGreaterThan(files.length)
    for (const { target } of imports) expect(existsSync(join(root, target)), target).toBe(true)
  })

  test('imports only go down', () => {
    expect(imports.map(fault).filter(Boolean)).toEqual([])
  })

  test('domain folders call each other along an acyclic graph', () => {
    expect(roomCycle(imports)).toBeUndefined()
  })

  test.each([
    ['src/system/run.ts', "import { a } from '../dib/index.ts'", 'imports only go down'],
    ['src/dib/log.ts', "import type { Platform } from '../platform.ts'", 'imports only go down'],
    ['src/dib/log.ts', "export { a } from '../disk/tree.ts'", 'through its index.ts'],
    ['src/stages/build-image.ts', "await import('../cli/main.ts')", 'imports only go down'],
    ['src/stages/build-image.ts', "import { a } from './smoke-test.ts'", 'stages do not know each other'],
    ['src/vm/qemu.ts', "import { a } from '../stages/smoke-test.ts'", 'imports only go down'],
  ])('%s with %s is refused', (file, source, reason) => {
    expect(importsOf(file, source).map(fault)).toEqual([expect.stringContaining(reason)])
  })

  test('a cycle is found', () => {
    const planted = [
      ...importsOf('src/dib/a.ts', "import { a } from '../disk/index.ts'"),
      ...importsOf('src/disk/a.ts', "import { a } from '../dib/index.ts'"),
    ]
    expect(roomCycle(planted)).toEqual(['dib', 'disk', 'dib'])
  })
})

describe('one door for processes', () => {
  /** Modules that start processes or that belong to one platform, and the only files that may import them. */
  const reserved: Record<string, RegExp> = {
    'node:child_process': /^$/,
    child_process: /^$/,
    execa: /^src\/system\/run\.ts$/,
    '@actions/exec': /^src\/system\/run\.ts$/,
    '@actions/core': /^src\/platforms\/(github|action)\.ts$/,
    '@actions/cache': /^src\/platforms\/github-cache\.ts$/,
    '@actions/artifact': /^src\/platforms\/github-artifacts\.ts$/,
  }

  const trespassers = (all: readonly (readonly [string, string])[]) =>
    all.flatMap(([file, source]) =>
      requestsOf(file, source)
        .filter(({ request }) => reserved[request]?.test(file) === false)
        .map(({ request }) => `${file} imports ${request}`),
    )

  test('no other file imports them', () => {
    expect(trespassers(files.map(file => [file, readFileSync(join(root, file), 'utf8')] as const))).toEqual([])
  })

  test.each([
    ['src/vm/qemu.ts', "import { spawn } from 'node:child_process'", 'node:child_process'],
    ['src/vm/qemu.ts', "import { spawn } from 'child_process'", 'child_process'],
    ['src/system/run.ts', "const { spawn } = await import('node:child_process')", 'node:child_process'],
    ['src/vm/qemu.ts', 'await import(`child_process`)', 'child_process'],
    ['src/vm/qemu.ts', "await import('execa')", 'execa'],
    ['src/platforms/github.ts', "await import('@actions/cache')", '@actions/cache'],
    ['src/vm/qemu.ts', "export { spawn } from 'node:child_process'", 'node:child_process'],
    ['src/vm/qemu.ts', "export * from '@actions/exec'", '@actions/exec'],
  ])('%s with %s is found', (file, source, request) => {
    expect(trespassers([[file, source]])).toEqual([`${file} imports ${request}`])
  })

  test('the files that may import them are let through', () => {
    expect(
      trespassers([
        ['src/system/run.ts', "import { execa } from 'execa'; await import('@actions/exec')"],
        ['src/platforms/action.ts', "import * as core from '@actions/core'"],
      ]),
    ).toEqual([])
  })
})
