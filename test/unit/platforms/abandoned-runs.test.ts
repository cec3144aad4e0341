import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { asksForDryRun, describeLeft, startAfterAbandoned } from '../../../src/platforms/abandoned-runs.ts'

let cache: string
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'trove-image-abandoned.'))
  vi.stubEnv('XDG_CACHE_HOME', cache)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(cache, { recursive: true })
})

test.each([
  [0, undefined],
  [1, 'a killed run has left something behind; "trove-image clean" undoes it'],
  [3, '3 killed runs have left something behind; "trove-image clean" undoes it'],
])('%d abandoned runs', (count, text) => {
  expect(describeLeft(count)).toBe(text)
})

test.each([
  [{}, false],
  [{ dryRun: true }, true],
  [{ dryRun: 'TRUE' }, true],
  [{ dryRun: false }, false],
  [{ dryRun: '' }, false],
])('%j', (raw, expected) => {
  expect(asksForDryRun(raw)).toBe(expected)
})

test('a dry run says that a killed run is left, and leaves it', async () => {
  const run = join(cache, 'trove-image/runs/killed')
  const half = join(cache, 'half')
  mkdirSync(run, { recursive: true })
  writeFileSync(half, '')
  writeFileSync(join(run, 'owner'), '0 1\n')
  writeFileSync(join(run, 'journal'), `${JSON.stringify({ kind: 'file', path: half })}\n`)
  const said: string[] = []
  const say = (text: string) => void said.push(text)
  await startAfterAbandoned(true, { debug: say, info: say, warning: say, error: say })
  expect(said).toEqual(['a killed run has left something behind; "trove-image clean" undoes it'])
  expect([existsSync(half), existsSync(join(run, 'journal'))]).toEqual([true, true])
})
