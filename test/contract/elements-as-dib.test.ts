import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type Catalogue, readCatalogue, readElementFiles } from '../../src/elements/element.ts'
import { compareHooks, hooksOf, phases } from '../../src/elements/hooks.ts'
import { lintPackageInstalls } from '../../src/elements/package-lint.ts'
import { type Resolution, resolveElements, withDefaults } from '../../src/elements/resolution.ts'
import { projectRoot } from '../../src/system/home.ts'
import { realDib } from '../support/dib.ts'

const work = mkdtempSync(join(tmpdir(), 'elements-'))
afterAll(() => rmSync(work, { recursive: true }))

const seeds = ['0', '1', '2', '3', '5', '8', '13', '21']
const own = join(projectRoot(), 'elements')
const dib = realDib ?? { elementsFolder: '', packageFolder: '', python: '', binFolder: '' }

/** Asks DIB's own resolver about many sets in one process: its answers vary with the process's hash seed only. */
const askDib = `
import json, sys, logging
logging.disable(logging.CRITICAL)
from diskimage_builder import element_dependencies as d
answers = []
found = {}
for typed, paths in json.load(sys.stdin):
    if paths not in found:
        found[paths] = d._find_all_elements(paths)
    try:
        answers.append(sorted(e.name for e in d._expand_element_dependencies(typed, found[paths])))
    except Exception as error:
        answers.append(type(error).__name__)
print(json.dumps(answers))
`

type Answer = readonly string[] | string
interface Question {
  readonly typed: readonly string[]
  readonly paths: readonly string[]
}

function dibAnswers(questions: readonly Question[], seed: string): Answer[] {
  const input = JSON.stringify(questions.map(({ typed, paths }) => [typed, paths.join(':')]))
  const env = { PATH: process.env.PATH ?? '', PYTHONHASHSEED: seed }
  return JSON.parse(execFileSync(dib.python, ['-c', askDib], { input, env, encoding: 'utf8', maxBuffer: 1 << 26 }))
}

const catalogues = new Map<string, Catalogue>()

function ourAnswer({ typed, paths }: Question): { answer: Answer; stable: boolean } {
  const key = paths.join(':')
  const catalogue = catalogues.get(key) ?? readCatalogue(paths.map(folder => ({ folder, origin: 'dib' as const })))
  catalogues.set(key, catalogue)
  const { resolution, stable } = resolveElements(typed, catalogue)
  return { answer: asDibSaysIt(resolution), stable }
}

function asDibSaysIt(resolution: Resolution): Answer {
  if (!resolution.fault) return resolution.names
  return {
    'not-found': 'MissingElementException',
    'already-provided': 'AlreadyProvidedException',
    'typed-and-provided': 'AlreadyProvidedException',
    'no-operating-system': 'MissingOSException',
  }[resolution.fault.kind]
}

function makeTree(name: string, files: Readonly<Record<string, string>>): string {
  const folder = join(work, name)
  mkdirSync(folder, { recursive: true })
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  return folder
}

/** A small deterministic generator, so that a failure can be repeated. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

describe.skipIf(!realDib)('resolution as in DIB', () => {
  const systems = [
    'debian-minimal',
    'debian',
    'ubuntu',
    'ubuntu-minimal',
    'centos',
    'centos-minimal',
    'rocky-container',
  ]
  const additions = [
    [],
    ['vm'],
    ['vm', 'block-device-efi'],
    ['vm', 'block-device-gpt', 'cloud-init'],
    ['cloud-init-datasources', 'growroot', 'devuser'],
    ['simple-init', 'pip-and-virtualenv', 'openssh-server'],
    ['dhcp-all-interfaces', 'no-such-element'],
    ['ubuntu-minimal'],
    ['operating-system'],
    ['block-device'],
  ]
  const questions = [
    ...systems.flatMap(system =>
      additions.map(more => ({ typed: withDefaults([system, ...more], 'amd64'), paths: [dib.elementsFolder] })),
    ),
    { typed: ['base', 'vm'], paths: [dib.elementsFolder] },
  ]

  test("sets of DIB's own elements, whatever the seed", () => {
    const ours = questions.map(ourAnswer)
    expect(ours.filter(({ stable }) => !stable)).toEqual([])
    for (const seed of seeds.slice(0, 3)) expect(dibAnswers(questions, seed)).toEqual(ours.map(({ answer }) => answer))
  })

  test('what element-info.py itself prints for the elements of the default recipe', () => {
    const typed = ['base', 'debian-minimal', 'trove-guest', 'trove-docker', 'trove-guest-agent', 'trove-boot-loader']
    const env = { PATH: process.env.PATH ?? '', ELEMENTS_PATH: `${own}:${dib.elementsFolder}`, PYTHONHASHSEED: '0' }
    const printed = execFileSync(dib.python, [join(dib.packageFolder, 'lib/element-info.py'), ...typed], {
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    expect(ourAnswer({ typed, paths: [own, dib.elementsFolder] }).answer).toEqual(printed.trim().split(' ').toSorted())
  })

  test('links, overrides, folders that are no elements, blank lines', () => {
    const first = makeTree('first', { 'a/element-deps': '\n  b  \n\nc', 'c/element-provides': 'virtual' })
    const second = makeTree('second', {
      'a/element-deps': 'nothing-such',
      'b/element-deps': '',
      'real/element-provides': 'operating-system\n',
      'no-element': 'a file',
    })
    symlinkSync(join(second, 'real'), join(first, 'nickname'))
    const paths = [first, second]
    const asked = [
      ['a', 'real'],
      ['a', 'nickname'],
      ['a'],
      ['a', 'real', 'virtual'],
      ['real', 'real'],
      ['a', 'a', 'real'],
    ]
    const made = asked.map(typed => ({ typed, paths }))
    const ours = made.map(ourAnswer)
    expect(ours.map(({ answer }) => answer)).toEqual([
      ['a', 'b', 'c', 'real'],
      'MissingElementException',
      'MissingOSException',
      'MissingElementException',
      'AlreadyProvidedException',
      ['a', 'b', 'c', 'real'],
    ])
    for (const seed of seeds) expect(dibAnswers(made, seed)).toEqual(ours.map(({ answer }) => answer))
  })

  test('a virtual name and its provider as dependencies of one element: the seed decides, and we say so', () => {
    const paths = [
      makeTree('fragile', {
        'os/element-provides': 'operating-system',
        'a/element-deps': 'virt\nprovider',
        'provider/element-provides': 'virt',
      }),
    ]
    const question = { typed: ['os', 'a'], paths }
    const answers = new Set(seeds.map(seed => JSON.stringify(dibAnswers([question], seed))))
    expect([...answers].toSorted()).toEqual(['["MissingElementException"]', '[["a","os","provider"]]'])
    expect(ourAnswer(question)).toEqual({ answer: ['a', 'os', 'provider'], stable: false })
    const typed = { typed: ['os', 'provider', 'a'], paths }
    expect(ourAnswer(typed)).toEqual({ answer: ['a', 'os', 'provider'], stable: true })
    for (const seed of seeds) expect(dibAnswers([typed], seed)).toEqual([['a', 'os', 'provider']])
  })

  test('random graphs: what we call stable is the same for every seed', () => {
    const chance = random(42)
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    const virtual = ['v', 'w', 'operating-system']
    const made = Array.from({ length: 150 }, (_, index) => {
      const files: Record<string, string> = {}
      for (const name of names) {
        const deps = [...names, 'v', 'w'].filter(other => other !== name && chance() < 0.2)
        const provides = virtual.filter(() => chance() < 0.12)
        files[`${name}/element-deps`] = deps.join('\n')
        files[`${name}/element-provides`] = provides.join('\n')
      }
      files['os/element-provides'] = chance() < 0.7 ? 'operating-system' : ''
      return { typed: ['os', ...names.filter(() => chance() < 0.4)], paths: [makeTree(`random-${index}`, files)] }
    })
    const ours = made.map(ourAnswer)
    const stable = ours.flatMap(({ stable }, index) => (stable ? [index] : []))
    expect(stable.length).toBeGreaterThan(60)
    expect(ours.filter(({ stable, answer }) => stable && Array.isArray(answer)).length).toBeGreaterThan(15)
    for (const seed of seeds) {
      const theirs = dibAnswers(made, seed)
      expect(stable.map(index => theirs[index])).toEqual(stable.map(index => ours[index]?.answer))
    }
  })
})

describe.skipIf(!realDib)('hooks as dib-run-parts takes them', () => {
  const runParts = join(dib.packageFolder, 'lib/dib-run-parts')
  const listed = (folder: string) =>
    execFileSync('bash', [runParts, '--list', folder], { encoding: 'utf8' })
      .split('\n')
      .filter(Boolean)
      .map(line => line.split('/').at(-1) ?? '')

  test('names, modes and order', () => {
    const names = ['10-b', '9-z', '010-a', '10-a', 'abc', '-5-x', '99_y', '50-foo.sh', '50 bar', '2-ok', 'Z', '7-data']
    const folder = makeTree('hooks', Object.fromEntries(names.map(name => [`install.d/${name}`, '#!/bin/sh\n'])))
    for (const name of names) chmodSync(join(folder, 'install.d', name), name === '7-data' ? 0o644 : 0o755)
    const element = { name: 'e', folder, origin: 'project' as const, depends: [], provides: [], overrides: [] }
    const ours = hooksOf([{ ...element, files: readElementFiles(folder) }], {}).map(hook => hook.name)
    expect(ours).toEqual(['-5-x', 'Z', 'abc', '2-ok', '9-z', '010-a', '10-a', '10-b', '99_y'])
    expect(listed(join(folder, 'install.d'))).toEqual(ours)
  })

  test("every phase of the default recipe's elements", () => {
    const typed = ['base', 'debian-minimal', 'trove-guest', 'trove-docker', 'trove-guest-agent', 'trove-boot-loader']
    const catalogue = readCatalogue([
      { folder: own, origin: 'project' },
      { folder: dib.elementsFolder, origin: 'dib' },
    ])
    const { resolution } = resolveElements(typed, catalogue)
    const elements = (resolution.fault ? [] : resolution.names).flatMap(name => catalogue.get(name) ?? [])
    const hooks = hooksOf(
      elements.map(element => ({ ...element, files: readElementFiles(element.folder) })),
      {},
    )
    expect(hooks.length).toBeGreaterThan(40)
    for (const phase of phases) {
      const folder = join(work, 'merged', phase)
      mkdirSync(folder, { recursive: true })
      for (const element of elements) {
        try {
          cpSync(join(element.folder, phase), folder, { recursive: true, dereference: true })
        } catch {
          // this element has nothing in this phase
        }
      }
      expect(listed(folder)).toEqual(hooks.filter(hook => hook.phase === phase).map(hook => hook.name))
    }
    expect(hooks.map(hook => hook.name).toSorted(compareHooks).length).toBe(hooks.length)
  })
})

/** What DIB's package-installs-squash makes of a list: the packages it would install and remove, or why it ends. */
function squash(text: string, environment: Readonly<Record<string, string>>): unknown {
  const folder = makeTree(`squash-${Math.random().toString(36).slice(2)}`, { 'e/package-installs.yaml': text })
  const program = join(dib.elementsFolder, 'package-installs/bin/package-installs-squash')
  const out = join(folder, 'out.json')
  try {
    const env = { PATH: process.env.PATH ?? '', ARCH: 'amd64', ...environment }
    execFileSync(dib.python, [program, '--elements', 'e', '--path', folder, out], { env, stdio: 'pipe' })
  } catch (error) {
    return `status ${(error as { status: number }).status}`
  }
  return JSON.parse(execFileSync('cat', [out], { encoding: 'utf8' }))
}

describe.skipIf(!realDib)('package lists as DIB reads them', () => {
  const lint = (text: string) => {
    const folder = makeTree(`lint-${Math.random().toString(36).slice(2)}`, { 'package-installs.yaml': text })
    const element = { name: 'e', folder, origin: 'project' as const, depends: [], provides: [], overrides: [] }
    const context = { architecture: 'amd64', variables: new Set(['SET']) }
    return lintPackageInstalls({ ...element, files: readElementFiles(folder) }, context).map(finding => finding.message)
  }
  const installs = { 'install.d': { install: [['p', 'e']] } }

  // Left: the text. Middle: what DIB really does. Right: whether we find fault with it.
  test.each<[string, unknown, boolean]>([
    ['p:\n', installs, false],
    ['p:\n  arch: amd64\n', installs, false],
    ['p:\n  arch: arm64,amd64\n', installs, false],
    ['p:\n  arch: arm64, amd64\n', {}, true],
    ['p:\n  not-arch: arm64, amd64\n', installs, true],
    ['p:\n  uninstall: True\n', { 'install.d': { install: [], uninstall: [['p', 'e']] } }, false],
    ['p:\n  uninstall: False\n', { 'install.d': { install: [], uninstall: [['p', 'e']] } }, true],
    ['p:\n  build-only: False\n', { 'install.d': { install: [['p', 'e']], uninstall: [['p', 'e']] } }, true],
    ['p:\n  when: SET = 1\n', installs, false],
    ['p:\n  when: SET == 1\n', {}, true],
    ['p:\n  when: UNSET = 1\n', 'status 1', true],
    ['p:\n  when: SET\n', 'status 1', true],
    ['p:\n  phase: post-install.d\n', { 'post-install.d': { install: [['p', 'e']] } }, false],
    ['p:\n  pahse: post-install.d\n', installs, true],
    ['p:\n  arch: amd64\n  not-arch: arm64\n', 'status 1', true],
    ['p:\n  arch: [amd64]\n', 'status 1', true],
    ['p: q\n', 'status 1', true],
    ['- p\n', 'status 1', true],
    ['', 'status 1', true],
    ['p: [\n', 'status 1', true],
    ['p:\n- arch: amd64\n- arch: arm64\n', installs, false],
  ])('%j', (text, expected, isFault) => {
    const answer = squash(text, { SET: '1' })
    const withoutEmpty = typeof answer === 'object' ? prune(answer as Phases) : answer
    expect(withoutEmpty).toEqual(typeof expected === 'object' ? prune(expected as Phases) : expected)
    expect(lint(text).length > 0).toBe(isFault)
  })
})

type Phases = Record<string, Record<string, unknown[]>>
function prune(answer: Phases): Phases {
  return Object.fromEntries(
    Object.entries(answer)
      .map(
        ([phase, lists]) =>
          [phase, Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0))] as const,
      )
      .filter(([, lists]) => Object.keys(lists).length > 0),
  )
}
