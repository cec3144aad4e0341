import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Agent } from '../../../src/agent/index.ts'
import type { Lock } from '../../../src/base/index.ts'
import type { DibInstallation } from '../../../src/dib/index.ts'
import { makePlan, type PlanInputs, typedElementsOf } from '../../../src/elements/assembly.ts'
import { dibEnvironment } from '../../../src/elements/environment.ts'
import { assemblePlan, differences, lockDigest, type Plan, planSchema } from '../../../src/elements/index.ts'
import { parseRecipe, type Recipe } from '../../../src/recipe/index.ts'
import { InputError } from '../../../src/system/errors.ts'
import { element } from './fixture.ts'

const recipe = (more = ''): Recipe =>
  parseRecipe(`name: mine\ndistribution: debian\nrelease: trixie\ndib-version: 3.43.0\n${more}`, 'r.yaml')

const suite = {
  mirror: 'http://m.example/debian',
  suite: 'trixie',
  inRelease: 'a'.repeat(64),
  date: '2026-11-21T09:15:44.000Z',
}
const lock: Lock & { base: { source: 'minimal' } } = {
  schemaVersion: 1,
  createdAt: '2026-11-25T00:00:00.000Z',
  distribution: 'debian',
  release: 'trixie',
  architecture: 'amd64',
  base: {
    source: 'minimal',
    mirrorFrom: 'host',
    mirror: 'http://m.example/debian',
    securityMirror: 'http://m.example/security',
    sources: [
      'default:deb http://m.example/debian trixie main',
      'security:deb http://m.example/security trixie-security main',
    ],
    keyring: '/usr/share/keyrings/k.gpg',
    suites: [suite],
  },
}

const script = '#!/bin/bash\n'
const elements = [
  element('base', { '+install.d/10-base': script }, 'dib'),
  element('debian-minimal', { 'element-provides': 'operating-system', '+root.d/75-base': script }, 'dib'),
  element('trove-guest', {
    'element-deps': 'debian-minimal',
    '+install.d/9-guest': script,
    'environment.d/1': 'export GUEST=1',
  }),
]
const inputs: PlanInputs = {
  recipe: recipe(),
  lock,
  lockFile: 'lock.json',
  elements,
  elementPaths: ['/project/elements'],
  dib: { version: '3.43.0', from: 'private', checkout: null, codeDigest: 'c'.repeat(64) },
  agent: { source: 'distribution' },
  agentPlaces: null,
  dibVariables: new Set(['ARCH']),
  projectVersion: '1.2.3',
}
const distribution: Agent = { source: 'distribution' }
/** An agent of a checkout, with what a recipe says of it. */
const localAgent: Agent & { source: 'local' } = {
  source: 'local',
  checkout: {
    commit: 'a'.repeat(40),
    describe: '25.0.0-45-gaaaaaaa',
    branch: 'master',
    modified: false,
    contentDigest: 'b'.repeat(64),
  },
  version: '25.0.1.dev45',
  constraints: { digest: 'e'.repeat(64), commit: 'f'.repeat(40) },
}
const localFrom = (folder: string): Partial<PlanInputs> => ({
  recipe: recipe(`agent: local\nagent-source: ${folder}/trove\nconstraints-file: ${folder}/upper-constraints.txt\n`),
  agent: localAgent,
  agentPlaces: { checkout: `${folder}/trove`, constraintsFile: `${folder}/upper-constraints.txt` },
})

const planOf = (change: Partial<PlanInputs> = {}): Plan => planSchema.parse(makePlan({ ...inputs, ...change }).plan)

describe('a plan', () => {
  test('says everything', () => {
    const plan = planOf()
    expect(plan).toEqual({
      schemaVersion: 1,
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      projectVersion: '1.2.3',
      recipe: recipe(),
      dib: { version: '3.43.0', from: 'private', checkout: null, codeDigest: 'c'.repeat(64) },
      agent: { source: 'distribution' },
      agentPlaces: null,
      typedElements: [
        'debian-minimal',
        'trove-guest',
        'trove-docker',
        'trove-guest-agent',
        'trove-boot-loader',
        'trove-image-sources',
      ],
      elements: [
        { name: 'base', origin: 'dib', digest: expect.any(String), requestedBy: ['dib'] },
        { name: 'debian-minimal', origin: 'dib', digest: expect.any(String), requestedBy: ['recipe', 'trove-guest'] },
        { name: 'trove-guest', origin: 'project', digest: expect.any(String), requestedBy: ['recipe'] },
      ],
      elementPaths: ['/project/elements'],
      environment: dibEnvironment(recipe(), distribution, lock),
      placeEnvironment: {},
      packages: [],
      hooks: [
        { phase: 'root.d', name: '75-base', element: 'debian-minimal' },
        { phase: 'install.d', name: '9-guest', element: 'trove-guest' },
        { phase: 'install.d', name: '10-base', element: 'base' },
      ],
      lockFile: 'lock.json',
      lockDigest: lockDigest(lock),
      image: {
        name: 'trove-guest-mine-amd64',
        sizeBytes: 5 * 1024 ** 3,
        formats: ['qcow2'],
        compression: 'zlib',
        disk: 'own',
      },
      warnings: [],
    })
  })

  test('without a lock is unresolved', () => {
    const { digest, lockDigest: ofLock, lockFile, environment } = planOf({ lock: null, lockFile: null })
    expect({ digest, ofLock, lockFile }).toEqual({ digest: null, ofLock: null, lockFile: null })
    expect(Object.keys(environment).filter(name => /MIRROR|APT_SOURCES|EXTRA_ARGS/.test(name))).toEqual([])
  })

  test.each<[string, Partial<PlanInputs>]>([
    ['where it is made', { elementPaths: ['/elsewhere/elements'], lockFile: '../lock.json' }],
    ['when the lock was written', { lock: { ...lock, createdAt: '2027-01-01T00:00:00.000Z' } }],
    ['where elements lie', { elements: elements.map(item => ({ ...item, folder: `/other/${item.name}` })) }],
    [
      'what DIB’s elements are warned of',
      { elements: elements.map(item => (item.name === 'base' ? { ...item, overrides: [item] } : item)) },
    ],
  ])('has the same digest whatever %s', (_, change) => {
    expect(planOf(change).digest).toBe(planOf().digest)
    expect(differences(planOf(), planOf(change))).toEqual([])
  })

  test('has the same digest wherever the agent’s checkout lies', () => {
    const [here, there] = [planOf(localFrom('/here')), planOf(localFrom('/there'))]
    expect(there.digest).toBe(here.digest)
    expect(there.agentPlaces).toEqual({ checkout: '/there/trove', constraintsFile: '/there/upper-constraints.txt' })
    expect(differences(here, there)).toEqual([])
  })

  test('has another digest for another commit of the agent or its constraints, and can say why', () => {
    const before = planOf(localFrom('/here'))
    const after = planOf({
      ...localFrom('/here'),
      agent: {
        ...localAgent,
        checkout: { ...localAgent.checkout, commit: 'c'.repeat(40) },
        constraints: { ...localAgent.constraints, digest: 'd'.repeat(64) },
      },
    })
    expect(after.digest).not.toBe(before.digest)
    expect(differences(before, after)).toEqual([
      `agent.checkout.commit: ${'a'.repeat(40)} -> ${'c'.repeat(40)}`,
      `agent.constraints.digest: ${'e'.repeat(64)} -> ${'d'.repeat(64)}`,
    ])
  })

  const changed = (files: Record<string, string>) => [...elements.slice(0, 2), element('trove-guest', files)]
  const guest = { 'element-deps': 'debian-minimal', '+install.d/9-guest': script, 'environment.d/1': 'export GUEST=1' }

  test.each<[string, Partial<PlanInputs>, string[]]>([
    [
      'a hook’s content',
      { elements: changed({ ...guest, '+install.d/9-guest': `${script}true\n` }) },
      ['element trove-guest: its content changed'],
    ],
    [
      'a file’s mode',
      {
        elements: changed({
          'element-deps': 'debian-minimal',
          '+install.d/9-guest': script,
          '+environment.d/1': 'export GUEST=1',
        }),
      },
      ['element trove-guest: its content changed'],
    ],
    [
      'a new element',
      { elements: [...elements, element('zsh', { 'element-deps': '' })] },
      ['element zsh: added, asked for by '],
    ],
    ['an element less', { elements: elements.slice(1) }, ['element base: gone']],
    [
      'an element of another origin',
      { elements: elements.map(item => ({ ...item, origin: 'recipe' as const })) },
      [
        'element base: from dib -> from recipe',
        'element debian-minimal: from dib -> from recipe',
        'element trove-guest: from project -> from recipe',
      ],
    ],
    [
      'DIB’s code',
      { dib: { ...inputs.dib, codeDigest: 'd'.repeat(64) } },
      [`dib.codeDigest: ${'c'.repeat(64)} -> ${'d'.repeat(64)}`],
    ],
    ['the project', { projectVersion: '1.2.4' }, ['projectVersion: 1.2.3 -> 1.2.4']],
    [
      'the package sources',
      { lock: { ...lock, base: { ...lock.base, suites: [{ ...suite, inRelease: 'b'.repeat(64) }] } } },
      ['lock: the package sources have another state'],
    ],
    [
      'the recipe',
      { recipe: recipe('packages: [htop]\nimage-size: 6GiB\n') },
      [
        'recipe.imageSize: 5GiB -> 6GiB',
        'recipe.packages: [] -> ["htop"]',
        'packages: [] -> ["htop"]',
        'image.sizeBytes: 5368709120 -> 6442450944',
      ],
    ],
  ])('has another digest for %s, and can say why', (_, change, why) => {
    expect(planOf(change).digest).not.toBe(planOf().digest)
    expect(differences(planOf(), planOf(change))).toEqual(why)
  })

  test('a lock that comes or goes is said', () => {
    const unresolved = planOf({ lock: null })
    expect(differences(unresolved, planOf()).at(-1)).toBe('lock: there was none before')
    expect(differences(planOf(), unresolved).at(-1)).toBe('lock: there is none any more')
    expect(differences(planOf(), unresolved)).toContain(
      'environment.DIB_DISTRIBUTION_MIRROR: http://m.example/debian -> (none)',
    )
  })
})

describe('what cannot be planned is refused', () => {
  const fetchAgain = (what: string) =>
    new InputError(`the lock has ${what}: run 'trove-image fetch' for this recipe again`)
  test.each<[string, Partial<PlanInputs>, InputError]>([
    [
      'a lock of another release',
      { lock: { ...lock, release: 'bookworm' } },
      fetchAgain('release bookworm, but the recipe asks for trixie'),
    ],
    [
      'a lock of another mirror',
      { recipe: recipe('mirror: http://mine.example/debian/\n') },
      fetchAgain('mirror http://m.example/debian, but the recipe asks for http://mine.example/debian'),
    ],
    [
      'a lock of another base',
      { lock: { ...lock, base: { source: 'local', file: 'a', format: 'tar', sizeBytes: 1, sha256: 'a'.repeat(64) } } },
      fetchAgain('base local, but the recipe asks for minimal'),
    ],
    [
      'a local base',
      { recipe: recipe('base: local\nbase-file: a.tar\n') },
      new InputError(
        'base: local can be fetched and checked, but this version cannot build from it yet: use base: minimal',
      ),
    ],
    [
      'faults in elements, all at once',
      {
        elements: [
          ...elements,
          element('x', { '+install.d/50-x.sh': script, 'package-installs.yaml': 'a:\n  when: NOT_SET = 1\n' }),
        ],
      },
      new InputError(
        '/e/x/install.d/50-x.sh: DIB will not run this hook: its name may hold letters, digits, - and _ only; rename it to 50-x\n' +
          "/e/x/package-installs.yaml:2: package a: when needs NOT_SET, which nothing sets, and DIB ends there: give it a default in the element's environment.d",
      ),
    ],
  ])('%s', (_, change, error) => {
    expect(() => makePlan({ ...inputs, ...change })).toThrow(error)
  })

  test('variables of elements, of DIB and of the plan are set', () => {
    const when = (name: string) => element('x', { 'package-installs.yaml': `a:\n  when: ${name} = 1\n` })
    for (const name of ['GUEST', 'ARCH', 'DIB_RELEASE']) {
      expect(() => makePlan({ ...inputs, elements: [...elements, when(name)] })).not.toThrow()
    }
  })

  test('the same fault in DIB’s own element is a warning in the plan', () => {
    const { plan, findings } = makePlan({
      ...inputs,
      elements: [...elements, element('x', { '+install.d/50-x.sh': script }, 'dib')],
    })
    expect(plan.warnings).toEqual([
      '/e/x/install.d/50-x.sh: DIB will not run this hook: its name may hold letters, digits, - and _ only; rename it to 50-x',
    ])
    expect(findings.map(finding => finding.level)).toEqual(['warning'])
  })
})

describe('elements on the command line', () => {
  const head = ['debian-minimal', 'trove-guest', 'trove-docker', 'trove-guest-agent']
  test.each([
    ['', [...head, 'trove-boot-loader', 'trove-image-sources']],
    ['elements: [mine, trove-guest]', [...head, 'trove-boot-loader', 'trove-image-sources', 'mine']],
    ['disk: dib', [...head, 'vm', 'block-device-efi', 'trove-image-sources']],
    ['disk: dib\nelements: [vm, block-device-gpt]', [...head, 'vm', 'block-device-gpt', 'trove-image-sources']],
  ])('%j', (more, expected) => {
    expect(typedElementsOf(recipe(more))).toEqual(expected)
  })
})

describe('the environment of DIB', () => {
  test('with a lock', () => {
    expect(dibEnvironment(recipe('guest-user: trove\n'), distribution, lock)).toEqual({
      PYTHONHASHSEED: '0',
      DIB_RELEASE: 'trixie',
      DIB_APT_LOCAL_CACHE: '0',
      DIB_CLOUD_INIT_DATASOURCES: 'ConfigDrive, OpenStack',
      DIB_CLOUD_INIT_ETC_HOSTS: 'localhost',
      DIB_TROVE_GUEST_USER: 'trove',
      DIB_TROVE_AGENT_SOURCE: 'distribution',
      DIB_DISTRIBUTION_MIRROR: 'http://m.example/debian',
      DIB_DEBIAN_SECURITY_MIRROR: 'http://m.example/security',
      DIB_DEBIAN_COMPONENTS: 'main',
      DIB_APT_SOURCES_CONF:
        'default:deb http://m.example/debian trixie main\nsecurity:deb http://m.example/security trixie-security main',
      DIB_DEBOOTSTRAP_EXTRA_ARGS: '--keyring=/usr/share/keyrings/k.gpg',
      DIB_MMDEBSTRAP_EXTRA_ARGS: '--keyring=/usr/share/keyrings/k.gpg',
    })
  })

  test('apt in the tree has certificates when a mirror speaks https', () => {
    const secure = { ...lock, base: { ...lock.base, sources: ['default:deb https://m.example/debian trixie main'] } }
    const { DIB_DEBOOTSTRAP_EXTRA_ARGS, DIB_MMDEBSTRAP_EXTRA_ARGS } = dibEnvironment(recipe(), distribution, secure)
    const expected = '--keyring=/usr/share/keyrings/k.gpg --include=ca-certificates'
    expect([DIB_DEBOOTSTRAP_EXTRA_ARGS, DIB_MMDEBSTRAP_EXTRA_ARGS]).toEqual([expected, expected])
  })

  test('the agent of a checkout: its version, and its places apart', () => {
    const plan = planOf(localFrom('/here'))
    const { DIB_TROVE_AGENT_SOURCE, DIB_TROVE_AGENT_VERSION } = plan.environment
    expect({ DIB_TROVE_AGENT_SOURCE, DIB_TROVE_AGENT_VERSION }).toEqual({
      DIB_TROVE_AGENT_SOURCE: 'local',
      DIB_TROVE_AGENT_VERSION: '25.0.1.dev45',
    })
    expect(plan.placeEnvironment).toEqual({
      DIB_TROVE_AGENT_CHECKOUT: '/here/trove',
      DIB_TROVE_AGENT_CONSTRAINTS: '/here/upper-constraints.txt',
    })
    expect(JSON.stringify(plan.environment)).not.toContain('/here')
  })

  test('sources of the image', () => {
    const wanted = recipe('image-sources: ["deb http://a.example/ trixie main", "deb http://b.example/ trixie main"]\n')
    expect(dibEnvironment(wanted, distribution, null).DIB_TROVE_IMAGE_SOURCES).toBe(
      'deb http://a.example/ trixie main\ndeb http://b.example/ trixie main',
    )
  })
})

describe('a plan of files', () => {
  const work = mkdtempSync(join(tmpdir(), 'plan-'))
  afterAll(() => rmSync(work, { recursive: true }))

  /** A DIB with just the elements that ours depend on. */
  function fakeDib(folder: string): DibInstallation {
    const names = [
      'base',
      'debian-minimal',
      'cloud-init',
      'cloud-init-datasources',
      'package-installs',
      'sysprep',
      'manifests',
    ]
    const packageFolder = join(folder, 'diskimage_builder')
    const files: Record<string, string> = {
      'lib/disk-image-create': 'export ARCH=$2\n',
      'element_dependencies.py': 'x\n',
      'elements/debian-minimal/element-provides': 'operating-system\n',
      ...Object.fromEntries(names.map(name => [`elements/${name}/README.rst`, `${name}\n`])),
    }
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(packageFolder, path)), { recursive: true })
      writeFileSync(join(packageFolder, path), text)
    }
    return {
      version: '3.43.0',
      from: 'private',
      packageFolder,
      elementsFolder: join(packageFolder, 'elements'),
      binFolder: folder,
    }
  }

  const request = (folder: string, more = '') => ({
    recipe: recipe(`element-paths: [mine]\nelements: [mine]\n${more}`),
    recipeFolder: folder,
    dib: fakeDib(folder),
    dibCheckout: null,
    agent: { source: 'distribution' as const },
    lock,
    lockFile: 'lock.json',
  })

  test('is the same from another folder', () => {
    const [here, there] = [join(work, 'here'), join(work, 'there')]
    mkdirSync(join(here, 'mine/mine'), { recursive: true })
    writeFileSync(join(here, 'mine/mine/README.rst'), 'mine\n')
    const first = assemblePlan(request(here)).plan
    cpSync(here, there, { recursive: true })
    mkdirSync(join(there, 'diskimage_builder/__pycache__'))
    writeFileSync(join(there, 'diskimage_builder/__pycache__/x.pyc'), 'compiled')
    const second = assemblePlan(request(there)).plan
    expect(first.digest).toMatch(/^[0-9a-f]{64}$/)
    expect(second.digest).toBe(first.digest)
    expect(second.elementPaths).not.toEqual(first.elementPaths)
    expect(first.elements.find(item => item.name === 'mine')).toMatchObject({
      origin: 'recipe',
      requestedBy: ['recipe'],
    })
    writeFileSync(join(there, 'mine/mine/README.rst'), 'changed\n')
    expect(differences(first, assemblePlan(request(there)).plan)).toEqual(['element mine: its content changed'])
  })

  test('says of which checkout its diskimage-builder was made', () => {
    const folder = join(work, 'of-checkout')
    mkdirSync(join(folder, 'mine/mine'), { recursive: true })
    writeFileSync(join(folder, 'mine/mine/README.rst'), 'mine\n')
    const dibCheckout = { ...localAgent.checkout, describe: '3.43.0-2-gaaaaaaa' }
    const dib = { ...fakeDib(folder), version: '3.43.1', from: 'checkout' as const }
    expect(assemblePlan({ ...request(folder), dib, dibCheckout }).plan.dib).toEqual({
      version: '3.43.1',
      from: 'checkout',
      checkout: dibCheckout,
      codeDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
  })

  test('refuses a path without a folder, and a DIB too old', () => {
    const folder = join(work, 'refused')
    expect(() => assemblePlan(request(folder))).toThrow(
      new InputError(`element path ${folder}/mine is not a directory; element-paths names folders that hold elements`),
    )
    const old = { ...request(folder), dib: { ...fakeDib(folder), version: '3.13.0', from: 'system' as const } }
    expect(() => assemblePlan(old)).toThrow(/^diskimage-builder 3\.13\.0 cannot build debian trixie/)
  })
})
