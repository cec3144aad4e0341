import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ArtifactUpload, Platform } from '../../../src/platform.ts'
import { keepingFailureLogs } from '../../../src/platforms/failure-logs.ts'
import { EnvironmentError, ToolError } from '../../../src/system/errors.ts'
import { noStorage } from '../../support/no-storage.ts'

let folder: string
let uploads: ArtifactUpload[]
let warnings: string[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trove-image-logs.'))
  uploads = []
  warnings = []
})
afterEach(() => rmSync(folder, { recursive: true }))

const stage = {
  name: 'smoke-test',
  failureFiles: () => ['console.log', 'smoke-test.json', 'absent'].map(name => join(folder, name)),
}

function platform(artifacts: Partial<Platform['artifacts']> = {}): Platform {
  const silent = () => undefined
  return {
    debugging: false,
    disposable: false,
    log: { debug: silent, info: silent, warning: text => warnings.push(text), error: silent },
    group: (_, work) => work(),
    annotate: silent,
    summary: async () => undefined,
    secret: silent,
    confirm: async () => true,
    progress: silent,
    ...noStorage,
    artifacts: {
      ...noStorage.artifacts,
      isKnown: true,
      fault: () => undefined,
      upload: async upload => {
        uploads.push(upload)
        return { id: 1, name: 'a', sizeBytes: 1, sha256: '' }
      },
      ...artifacts,
    },
  }
}

const failure = new ToolError('qemu ended', 'qemu', 1)
async function run(
  inputs: Record<string, unknown>,
  where = platform(),
  signal = new AbortController().signal,
  outcome: 'throws' | 'failed' | 'passed' = 'throws',
): Promise<unknown> {
  return keepingFailureLogs(stage, inputs, where, signal, async () => {
    writeFileSync(join(folder, 'console.log'), 'Kernel panic')
    // Of an earlier run.
    writeFileSync(join(folder, 'smoke-test.json'), '{}')
    utimesSync(join(folder, 'smoke-test.json'), 1, 1)
    if (outcome === 'throws') throw failure
    return { verdict: { status: outcome, text: '' } }
  }).catch(error => error)
}

const uploaded = {
  name: expect.stringMatching(/^trove-image-failure-smoke-test-[0-9a-f]{6}$/),
  files: ['console.log'],
  retentionDays: 3,
}

test('a stage that throws: what this run has written is uploaded for three days', async () => {
  expect(await run({ failureLogs: true })).toBe(failure)
  expect(uploads).toEqual([{ ...uploaded, folder }])
})

test('a failed verdict too, and it stays the result', async () => {
  const result = await run({ failureLogs: true }, platform(), new AbortController().signal, 'failed')
  expect(result).toEqual({ verdict: { status: 'failed', text: '' } })
  expect(uploads).toEqual([{ ...uploaded, folder }])
})

test('nothing when it passed, when the input says no, when it was cancelled, and where there are no artifacts', async () => {
  await run({ failureLogs: true }, platform(), new AbortController().signal, 'passed')
  await run({ failureLogs: false })
  await run({}) // a stage without the input
  await run({ failureLogs: true }, platform(), AbortSignal.abort())
  await run({ failureLogs: true }, platform({ isKnown: false }))
  expect([uploads, warnings]).toEqual([[], []])
})

test('an upload that cannot be or fails is a warning beside the failure itself', async () => {
  expect(await run({ failureLogs: true }, platform({ fault: () => 'no token' }))).toBe(failure)
  const refusing = platform({ upload: async () => Promise.reject(new EnvironmentError('no room')) })
  expect(await run({ failureLogs: true }, refusing)).toBe(failure)
  expect(warnings).toEqual([
    'the logs of the failure were not uploaded: no token',
    'the logs of the failure were not uploaded: no room',
  ])
})
