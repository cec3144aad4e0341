import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { isComplete } from '../../src/host/python-environment.ts'
import { type ActionRun, runActionProcess } from '../support/action-process.ts'
import { copyCheckout } from '../support/checkout.ts'
import { ResultsService } from '../support/results/service.ts'

/**
 * setup-host's committed bundle with the real client of the cache, against a double of GitHub's service. Only pip is not
 * run: the launcher's place is taken by one that makes a small environment at once.
 */
let folder: string
let service: ResultsService
const runner = () => join(folder, 'runner')
const cacheOf = () => join(runner(), '.cache/trove-image')
const made = () => readFileSync(join(folder, 'made'), 'utf8').split('\n').length - 1

const launcher = (log: string) => `#!/bin/sh
set -eu
root=$(dirname "$0")
environment=$HOME/.cache/trove-image/environment
python3 -I -m venv --without-pip "$environment"
site=$(echo "$environment"/lib/python3*/site-packages)
mkdir -p "$site/diskimage_builder/elements" "$site/diskimage_builder-$2.dist-info"
touch "$site/diskimage_builder/__init__.py" "$environment/bin/disk-image-create"
echo made >>"${log}"
{ sha256sum <"$root/requirements.txt" | cut -d' ' -f1; readlink -f "$environment/bin/python3"; } >"$environment/complete"
`

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trove-image-cache.'))
  copyCheckout(join(folder, 'copy'))
  writeFileSync(join(folder, 'copy/trove-image'), launcher(join(folder, 'made')), { mode: 0o755 })
  service = await ResultsService.start(join(folder, 'blobs'))
})
afterAll(async () => {
  await service.close()
  rmSync(folder, { recursive: true })
})
beforeEach(() => {
  service.mend()
  writeFileSync(join(folder, 'made'), '')
})

/** The step on a new runner, where nothing is left of earlier jobs. */
function setup(
  inputs: Record<string, string> = {},
  env: Record<string, string> = service.environment(),
): Promise<ActionRun> {
  rmSync(runner(), { recursive: true, force: true })
  mkdirSync(runner(), { recursive: true })
  return runActionProcess({ program: join(folder, 'copy/dist/actions/setup-host.js'), folder: runner(), inputs, env })
}

/** An entry as an earlier job has kept it. */
async function keptBefore(): Promise<void> {
  if (service.cacheFiles().length === 0) await setup()
  service.mend()
  writeFileSync(join(folder, 'made'), '')
}

/** Whatever happens to the cache: the step is green and the environment is there. */
function expectReady(run: ActionRun): void {
  expect(run.status, run.stdout + run.stderr).toBe(0)
  expect(run.outputs.environment).toBe(join(cacheOf(), 'environment'))
  expect(isComplete(join(cacheOf(), 'environment'))).toBe(true)
}
const wordsOf = (run: ActionRun) =>
  run.stdout.split('\n').filter(line => /^(taken from|not taken|kept in|not kept)/.test(line))

test('this machine lacks nothing else, so that nothing else is changed here', async () => {
  const run = await setup({ 'dry-run': 'true' })
  expect(run.stdout.split('\n').filter(line => /^ {2}\S/.test(line))).toEqual([
    expect.stringContaining('make the private environment'),
  ])
})

describe('the private environment', () => {
  test('is made and kept by the first job, and taken by the next one', async () => {
    const first = await setup()
    expectReady(first)
    expect(wordsOf(first)).toEqual([
      expect.stringMatching(
        /^not taken from a cache: the repository's cache gave no trove-image-environment-[0-9a-f]{64};/,
      ),
      expect.stringMatching(/^kept in the repository's cache as trove-image-environment-[0-9a-f]{64}, 1 MB$/),
    ])
    const second = await setup()
    expectReady(second)
    expect(wordsOf(second)).toEqual([
      expect.stringMatching(
        /^taken from the repository's cache, trove-image-environment-[0-9a-f]{64}, 1 MB, verified$/,
      ),
    ])
    expect(made()).toBe(1)
    expect(service.calls()).toEqual([
      'GetCacheEntryDownloadURL',
      'CreateCacheEntry',
      'FinalizeCacheEntryUpload',
      'GetCacheEntryDownloadURL',
    ])
    const [asked, created, , again] = service.requests.filter(({ request }) => request).map(({ request }) => request)
    // The whole key and no other, and the same version: both sides name the same paths.
    expect(asked).toEqual({ key: created?.key, version: created?.version })
    expect(again).toEqual(asked)
    expect(readdirSync(join(cacheOf(), 'objects')).length).toBe(2)
    expect(readdirSync(cacheOf()).filter(name => name.startsWith('.'))).toEqual([])
  })

  test('is made when another job keeps the same one at this moment', async () => {
    await keptBefore()
    await setup()
    const asked = service.requests.find(({ what }) => what === 'GetCacheEntryDownloadURL')?.request
    service.reset()
    const headers = { authorization: 'Bearer other-job' }
    await fetch(`${service.url}twirp/github.actions.results.api.v1.CacheService/CreateCacheEntry`, {
      method: 'POST',
      headers,
      body: JSON.stringify(asked),
    })
    const run = await setup()
    expectReady(run)
    expect(wordsOf(run)[1]).toMatch(
      /^not kept for the next run: the repository's cache did not take .* it has it already/,
    )
  })

  test.each(['write-denied', 'quota'] as const)('is made when the cache answers %s', async fault => {
    service.reset()
    service.fault = fault
    const run = await setup()
    expectReady(run)
    expect(wordsOf(run)[1]).toMatch(/^not kept for the next run: the repository's cache did not take/)
    expect(made()).toBe(1)
  })

  test('is made when the service is down', async () => {
    const closed = await ResultsService.start(join(folder, 'closed'))
    const env = closed.environment()
    await closed.close()
    const run = await setup({}, env)
    expectReady(run)
    expect(run.stdout).toContain('ECONNREFUSED')
    expect(wordsOf(run).map(line => line.split(':')[0])).toEqual([
      'not taken from a cache',
      'not kept for the next run',
    ])
  })

  test('is made where the runner has no cache service', async () => {
    const run = await setup({}, {})
    expectReady(run)
    expect(wordsOf(run)).toEqual([
      'not taken from a cache: this runner has no cache service',
      'not kept for the next run: this runner has no cache service',
    ])
  })

  test('is made without a question to the cache with cache: false', async () => {
    const run = await setup({ cache: 'false' })
    expectReady(run)
    expect([wordsOf(run), service.requests]).toEqual([[], []])
  })

  test.each(['corrupt', 'short'] as const)('is made when what the cache sends is %s', async fault => {
    await keptBefore()
    service.fault = fault
    const run = await setup()
    expectReady(run)
    expect(wordsOf(run)[0]).toMatch(/^not taken from a cache: /)
    expect(made()).toBe(1)
  })

  test('is made when the object in a whole archive is not what its checksum says', async () => {
    await keptBefore()
    const [blob = ''] = service.cacheFiles()
    rewriteArchive(blob, objects => {
      const [object = ''] = readdirSync(objects).filter(name => name.endsWith('.zst'))
      appendFileSync(join(objects, object), 'x')
    })
    const run = await setup()
    expectReady(run)
    expect(wordsOf(run)[0]).toMatch(
      /^not taken from a cache: (trove-image-environment-[0-9a-f]{64}) of the repository's cache is broken: .* has sha256 .*, its checksum says .*\. A whole one can take its place after: gh cache delete \1$/,
    )
    expect(made()).toBe(1)
  })

  test('is made when a whole object holds no environment of this checkout', async () => {
    await keptBefore()
    const [blob = ''] = service.cacheFiles()
    rewriteArchive(blob, objects => {
      const [object = ''] = readdirSync(objects).filter(name => name.endsWith('.zst'))
      mkdirSync(join(folder, 'other/environment'), { recursive: true })
      execFileSync('tar', ['--zstd', '-cf', join(objects, object), '-C', join(folder, 'other'), 'environment'])
      const line = execFileSync('sha256sum', [object], { cwd: objects, encoding: 'utf8' })
      writeFileSync(join(objects, `${object}.sha256`), line)
    })
    const run = await setup()
    expectReady(run)
    expect(wordsOf(run)[0]).toBe('not taken from a cache: its stamp is not that of this checkout and this Python')
    expect(readdirSync(cacheOf()).filter(name => name.startsWith('.'))).toEqual([])
  })
})

/** Unpacks a cache archive as the client does, lets the objects in it be changed, and packs it again in its place. */
function rewriteArchive(blob: string, change: (objects: string) => void): void {
  const place = join(folder, 'rewritten')
  rmSync(place, { recursive: true, force: true })
  mkdirSync(join(place, 'workspace'), { recursive: true })
  const compression = readFileSync(blob).readUInt16BE(0) === 0x1f8b ? '--gzip' : '--zstd'
  const tar = (...args: string[]) =>
    execFileSync('tar', [compression, '-P', '-C', join(place, 'workspace'), ...args], { encoding: 'utf8' })
  const members = tar('-tf', blob).trim().split('\n')
  tar('-xf', blob)
  const objects = join(place, '.cache/trove-image/objects')
  expect(existsSync(objects)).toBe(true)
  change(objects)
  tar('-cf', blob, ...members)
}
