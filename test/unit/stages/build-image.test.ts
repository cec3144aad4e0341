import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { readAgent } from '../../../src/agent/index.ts'
import { buildRecordSchema, type DibInstallation } from '../../../src/dib/index.ts'
import { codeDigest, elementDigest } from '../../../src/elements/digest.ts'
import { readElementFiles } from '../../../src/elements/element.ts'
import { type Plan, planSchema } from '../../../src/elements/index.ts'
import { parseRecipe } from '../../../src/recipe/index.ts'
import { buildImage, runBuild } from '../../../src/stages/build-image.ts'
import { readDocument, writeDocument } from '../../../src/system/documents.ts'
import { makeCheckout, troveFiles } from '../../support/git-checkout.ts'
import { recordingPlatform } from '../../support/recording-platform.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'build-stage-'))
  for (const name of ['mine/one/install.d', 'dib/elements', 'dib/lib'])
    mkdirSync(join(folder, name), { recursive: true })
  writeFileSync(hook(), 'echo one\n')
  writeFileSync(join(folder, 'dib/lib/main.py'), 'pass\n')
  writeDocument(join(folder, 'plan.json'), planSchema, plan())
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

const hook = () => join(folder, 'mine/one/install.d/50-one')
const dib = (): DibInstallation => ({
  version: '3.43.0',
  from: 'private',
  packageFolder: join(folder, 'dib'),
  elementsFolder: join(folder, 'dib/elements'),
  binFolder: '/bin',
})

/** A plan of one element, as things stand. */
function plan(): Plan {
  const digest = elementDigest(readElementFiles(join(folder, 'mine/one')))
  return {
    schemaVersion: 1,
    digest: 'd'.repeat(64),
    projectVersion: '0',
    recipe: parseRecipe('name: mine\ndistribution: debian\nrelease: trixie\ndib-version: 3.43.0\n', 'r.yaml'),
    dib: { version: '3.43.0', from: 'private', checkout: null, codeDigest: codeDigest(join(folder, 'dib')) },
    agent: { source: 'distribution' },
    agentPlaces: null,
    typedElements: ['one'],
    elements: [{ name: 'one', origin: 'recipe', digest, requestedBy: ['recipe'] }],
    elementPaths: [join(folder, 'mine')],
    environment: {},
    placeEnvironment: {},
    packages: [],
    hooks: [],
    lockFile: null,
    lockDigest: null,
    image: { name: 'mine', sizeBytes: 5e9, formats: ['qcow2'], compression: 'zlib', disk: 'own' },
    warnings: [],
  }
}

/** How far the build goes: diskimage-builder is played, and never ends well. */
async function build(): Promise<unknown> {
  const inputs = buildImage.inputs.parse({ plan: join(folder, 'plan.json'), output: join(folder, 'out') })
  const never = (): never => {
    throw new Error('nothing comes after diskimage-builder')
  }
  return runBuild(inputs, recordingPlatform().platform, new AbortController().signal, {
    findDib: dib,
    preflight: async () => undefined,
    toolVersions: async () => ({}),
    runDib: async () => {
      throw new Error('diskimage-builder ran')
    },
    makeDisk: async () => never(),
  }).catch((error: unknown) => error)
}

test('a plan that holds is built', async () => {
  expect(await build()).toEqual(new Error('diskimage-builder ran'))
})

test('a plan whose element was edited since is refused, and nothing is written', async () => {
  writeFileSync(hook(), 'echo two\n')
  expect(await build()).toMatchObject({
    name: 'InputError',
    message: expect.stringContaining('since the plan was made, this has changed: the element one'),
  })
  expect(existsSync(join(folder, 'out'))).toBe(false)
})

test('the record holds the commits that the image was built from', async () => {
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'))
  mkdirSync(join(folder, 'cache/trove-image'), { recursive: true })
  const agentPlaces = { checkout: join(folder, 'trove'), constraintsFile: join(folder, 'requirements/upper.txt') }
  const commit = makeCheckout(agentPlaces.checkout, troveFiles, '25.0.0')
  const requirements = makeCheckout(join(folder, 'requirements'), { 'upper.txt': 'pbr===6.1.0\n' })
  const agent = await readAgent(agentPlaces)
  const checkout = {
    commit: 'a'.repeat(40),
    describe: '3.43.0-0-gaaaaaaaaaaaa',
    branch: 'master',
    modified: false,
    contentDigest: 'b'.repeat(64),
  }
  const planned = { ...plan(), agent, agentPlaces, dib: { ...plan().dib, from: 'checkout' as const, checkout } }
  writeDocument(join(folder, 'plan.json'), planSchema, planned)
  const inputs = buildImage.inputs.parse({ plan: join(folder, 'plan.json'), output: join(folder, 'out') })
  const { outputs } = await runBuild(inputs, recordingPlatform().platform, new AbortController().signal, {
    findDib: dib,
    preflight: async () => undefined,
    toolVersions: async () => ({}),
    runDib: async () => ({ file: join(folder, 'root.tar'), phases: [], archiveStates: [], seconds: 1 }),
    makeDisk: async () => ({
      files: [],
      steps: [],
      tree: { bytes: 0, inodes: 0 },
      packages: 0,
      freeBytes: 0,
      seconds: 1,
    }),
  })
  const record = readDocument(outputs.record, buildRecordSchema)
  expect({ agent: record.agent, dibCheckout: record.dibCheckout }).toEqual({ agent, dibCheckout: checkout })
  expect(record.agent).toMatchObject({ checkout: { commit }, constraints: { commit: requirements } })
})
