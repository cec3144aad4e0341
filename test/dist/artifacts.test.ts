import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sha256 } from '../../src/system/documents.ts'
import { projectRoot } from '../../src/system/home.ts'
import { runActionProcess } from '../support/action-process.ts'
import { ResultsService } from '../support/results/service.ts'

/** The committed bundles with the real clients of artifacts, against a double of GitHub's service. */
let folder: string
let service: ResultsService
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trove-image-artifacts.'))
  service = await ResultsService.start(join(folder, 'blobs'))
})
afterAll(async () => {
  await service.close()
  rmSync(folder, { recursive: true })
})
beforeEach(() => {
  service.reset()
  rmSync(join(folder, 'runner'), { recursive: true, force: true })
  mkdirSync(join(folder, 'runner/workspace/out'), { recursive: true })
})

const name = 'trove-guest-debian-trixie-amd64.qcow2'
const out = (...parts: string[]) => join(folder, 'runner/workspace/out', ...parts)
const action = (stage: string, inputs: Record<string, string>, env: Record<string, string> = service.environment()) =>
  runActionProcess({
    program: join(projectRoot(), `dist/actions/${stage}.js`),
    folder: join(folder, 'runner'),
    inputs,
    env,
  })

/** A published image as build, inspect and smoke leave it. */
function tested(content = 'bytes'): string {
  mkdirSync(out(), { recursive: true })
  writeFileSync(out(name), content)
  for (const document of ['image', 'inventory', 'inspection', 'smoke-test']) {
    const fixture = new URL(`../fixtures/report/registered/${document}.json`, import.meta.url)
    writeFileSync(out(`${document}.json`), readFileSync(fixture, 'utf8').replaceAll(sha256('trixie'), sha256(content)))
  }
  return sha256(content)
}

/** The failing action's annotation, as one line. */
const errorOf = (run: { stdout: string }) => decodeURIComponent(/^::error::(.*)$/m.exec(run.stdout)?.[1] ?? '')

describe('publish-image', () => {
  test('uploads the image as it is, and its documents as a second artifact', async () => {
    const digest = tested()
    const run = await action('publish-image', { 'retention-days': '5' })
    expect(run.status, run.stdout).toBe(0)
    expect(run.outputs).toEqual({
      publication: 'out/publication.json',
      level: 'registered',
      sha256: digest,
      'image-artifact': name,
      'image-artifact-id': '1001',
      'documents-artifact': 'trove-guest-debian-trixie-amd64-documents',
      'documents-artifact-id': '1002',
      'documents-artifact-digest': expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(service.calls()).toEqual(['CreateArtifact', 'FinalizeArtifact', 'CreateArtifact', 'FinalizeArtifact'])
    const created = service.requests.filter(({ what }) => what === 'CreateArtifact').map(({ request }) => request)
    const days = (value: unknown) => Math.round((Date.parse(String(value)) - Date.now()) / 86_400_000)
    expect(created.map(request => ({ name: request?.name, days: days(request?.expires_at) }))).toEqual([
      { name, days: 5 },
      { name: 'trove-guest-debian-trixie-amd64-documents', days: 5 },
    ])
  })

  test('uploads nothing with upload: never', async () => {
    tested()
    const run = await action('publish-image', { upload: 'never' })
    expect({ status: run.status, artifact: run.outputs['image-artifact'], calls: service.calls() }).toEqual({
      status: 0,
      artifact: '',
      calls: [],
    })
  })

  test.each<[string, Record<string, string>, number, RegExp]>([
    ['no token', { ACTIONS_RUNTIME_TOKEN: '' }, 3, /this step has no ACTIONS_RUNTIME_TOKEN.*say upload: never$/],
    [
      'an Enterprise Server',
      { GITHUB_SERVER_URL: 'https://git.company.example' },
      3,
      /git\.company\.example is a GitHub/,
    ],
  ])('refuses %s before anything is written', async (_, env, status, reason) => {
    tested()
    const run = await action('publish-image', {}, { ...service.environment(), ...env })
    expect(run.status).toBe(status)
    expect(errorOf(run)).toMatch(reason)
    expect(existsSync(out('publication.json'))).toBe(false)
    expect(service.requests).toEqual([])
  })

  test.each<[string, () => void, number, RegExp]>([
    ['the quota is used up', () => (service.fault = 'quota'), 3, /What to do: the storage for artifacts is used up/],
    ['the token may not write', () => (service.fault = 'write-denied'), 3, /What to do: the step's token may not/],
  ])('says what to do when %s', async (_, harm, status, reason) => {
    tested()
    harm()
    const run = await action('publish-image', {})
    expect(run.status, run.stdout).toBe(status)
    expect(errorOf(run)).toMatch(reason)
  })

  test('says so when the service is down', async () => {
    tested()
    const closed = await ResultsService.start(join(folder, 'closed'))
    const env = closed.environment()
    await closed.close()
    const run = await action('publish-image', {}, env)
    expect(run.status).toBe(3)
    expect(errorOf(run)).toMatch(
      /^artifact .* was not uploaded: .*ECONNREFUSED.*\n?.*What to do: such errors may pass/s,
    )
  })

  test('takes an image of the same bytes for its own and replaces its documents, and refuses an image of others', async () => {
    tested()
    const first = await action('publish-image', {})
    const second = await action('publish-image', {})
    expect([second.status, second.outputs['image-artifact-id']], second.stdout).toEqual([0, '1001'])
    expect(second.outputs['documents-artifact']).toBe(first.outputs['documents-artifact'])
    expect(service.calls().slice(4)).toEqual([
      ...['CreateArtifact', 'ListArtifacts'],
      ...['CreateArtifact', 'ListArtifacts', 'DeleteArtifact', 'CreateArtifact', 'FinalizeArtifact'],
    ])
    tested('other bytes')
    const other = await action('publish-image', {})
    expect(other.status).toBe(2)
    expect(errorOf(other)).toMatch(
      new RegExp(`^this workflow run already has an artifact "${name}" with other content`),
    )
  })

  // Three times through 3 GB: half a minute on an idle machine, many minutes on a busy one.
  test('uploads 3 GB without holding them in memory', { timeout: 1_500_000 }, async () => {
    const image = out('big.raw')
    const file = openSync(image, 'w')
    ftruncateSync(file, 3 * 1024 ** 3)
    // By the header of a partition table the file is known as a raw disk.
    writeSync(file, 'EFI PART', 512)
    closeSync(file)
    const run = await action('publish-image', { image: 'out/big.raw', allow: 'not-inspected\nnot-smoke-tested' })
    expect(run.status, run.stdout.slice(-2000)).toBe(0)
    // What the client has computed over the bytes that it sent, and what the publication says.
    const finished = service.requests.find(({ what }) => what === 'FinalizeArtifact')?.request
    expect(finished).toMatchObject({
      name: 'big.raw',
      size: String(3 * 1024 ** 3),
      hash: `sha256:${run.outputs.sha256}`,
    })
    expect(service.requests.filter(({ what }) => what === 'PUT block').length).toBe(384 + 1)
    expect(run.peakBytes / 1024 ** 2).toBeLessThan(200)
    expect(run.peakBytes / 1024 ** 2, 'the measurement itself').toBeGreaterThan(30)
    process.stdout.write(`3 GB: ${run.seconds.toFixed(1)} s, peak ${Math.round(run.peakBytes / 1024 ** 2)} MiB\n`)
  })
})

describe('an image of another job', () => {
  /** Uploads an image in one "job" and empties the workspace, as the next job finds it. */
  async function upload(content = 'bytes'): Promise<Readonly<Record<string, string>>> {
    tested(content)
    const { outputs } = await action('publish-image', {})
    rmSync(out(), { recursive: true })
    service.requests.length = 0
    return outputs
  }
  // The inspection itself needs a real image; that it is reached shows that the hand-over was accepted.
  const accepted = /bytes|too small|neither qcow2|is no image|size/

  test('is downloaded and verified by number and by name', async () => {
    const outputs = await upload()
    for (const artifact of [outputs['image-artifact-id'], outputs['image-artifact']]) {
      const run = await action('inspect-image', { 'image-artifact': String(artifact), sha256: String(outputs.sha256) })
      expect(readFileSync(out(name), 'utf8')).toBe('bytes')
      expect(readdirSync(out())).toEqual([name])
      expect(errorOf(run)).toMatch(accepted)
      rmSync(out(), { recursive: true })
    }
    expect(service.calls()).toEqual(Array(2).fill(['ListArtifacts', 'ListArtifacts', 'GetSignedArtifactURL']).flat())
  })

  test('is the one that was asked for when the jobs were run again, whatever their numbers', async () => {
    const first = await upload('first')
    service.runAgain()
    const second = await upload('second')
    expect([first['image-artifact-id'], second['image-artifact-id']]).toEqual(['1001', '903'])
    for (const [outputs, content] of [
      [first, 'first'],
      [second, 'second'],
    ] as const) {
      for (const artifact of [outputs['image-artifact-id'], outputs['image-artifact']]) {
        const run = await action('inspect-image', {
          'image-artifact': String(artifact),
          sha256: String(outputs.sha256),
        })
        expect(errorOf(run)).toMatch(accepted)
        expect(readFileSync(out(name), 'utf8')).toBe(content)
        rmSync(out(), { recursive: true })
      }
    }
  })

  test('that is not the one which was asked for is refused', async () => {
    const outputs = await upload()
    const run = await action('inspect-image', {
      'image-artifact': String(outputs['image-artifact-id']),
      sha256: sha256('other'),
    })
    expect(run.status).toBe(2)
    expect(errorOf(run)).toContain(`has sha256 ${sha256('bytes')}, and sha256 ${sha256('other')} was asked for`)
  })

  test('that does not exist is refused with those that do', async () => {
    await upload()
    const run = await action('smoke-test', { 'image-artifact': 'nothing', sha256: sha256('bytes') })
    expect(run.status).toBe(2)
    expect(errorOf(run)).toBe(
      `this workflow run has no artifact "nothing"; it has ${name} (1001), trove-guest-debian-trixie-amd64-documents (1002)`,
    )
  })

  test.each(['corrupt', 'short'] as const)('that arrives %s is downloaded again, then refused', async fault => {
    const outputs = await upload('bytes'.repeat(100_000))
    service.fault = fault
    const run = await action('inspect-image', {
      'image-artifact': String(outputs['image-artifact-id']),
      sha256: String(outputs.sha256),
    })
    expect(run.status).toBe(3)
    expect(errorOf(run)).toMatch(/could not be downloaded whole in 3 tries: the bytes that arrived do not have sha256/)
    expect(service.requests.filter(({ what }) => what === 'GET blob').length).toBe(3)
    expect(readdirSync(out())).toEqual([])
  })

  test('is not downloaded outside GitHub', async () => {
    const run = await action('inspect-image', { 'image-artifact': '1', sha256: sha256('bytes') }, {})
    expect(run.status).toBe(3)
    expect(errorOf(run)).toMatch(/^image-artifact 1: this step has no ACTIONS_RUNTIME_TOKEN/)
  })
})

test('the double holds no 3 GB on the disk', () => {
  const blocks = readdirSync(join(folder, 'blobs')).map(file => statSync(join(folder, 'blobs', file)).blocks * 512)
  expect(blocks.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(100 * 1024 ** 2)
})
