import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { cleanCurrentRun } from '../../src/system/cleanup.ts'
import { recordTemporary } from '../../src/system/journal.ts'

let older: string
let newer: string
let prefix: string
beforeEach(async () => {
  older = mkdtempSync('/tmp/contract-')
  prefix = older.slice('/tmp/'.length)
  await sleep(1100) // the journal counts whole seconds
})
afterEach(() => {
  for (const path of [older, newer]) rmSync(path, { recursive: true, force: true })
})
const begin = (program: string) => {
  recordTemporary(program, prefix)
  newer = mkdtempSync(`/tmp/${prefix}-`)
  writeFileSync(join(newer, 'pubring'), '')
  // Programs keep the times of what they unpack.
  utimesSync(newer, 1, 1)
}

test('what a killed program has left in /tmp since it was started is removed, what was there before stays', async () => {
  begin('no-such-program')
  await cleanCurrentRun()
  expect([older, newer].map(path => existsSync(path))).toEqual([true, false])
})

test('while one of its name runs, it may be that one which needs it', async () => {
  const other = spawn('sleep', ['60'])
  begin('sleep')
  await cleanCurrentRun()
  other.kill()
  expect([older, newer].map(path => existsSync(path))).toEqual([true, true])
})
