import { execFileSync, spawn } from 'node:child_process'
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

test('one that ends a moment later, or that is dead and not waited for, holds nothing up', async () => {
  // The shell starts a child that ends at once, becomes a program that waits for none, and so leaves it a zombie.
  const parent = spawn('sh', ['-c', 'cp /bin/true "$0/ended"; "$0/ended" & exec sleep 60', older])
  const late = spawn('sh', ['-c', 'cp /bin/sleep "$0/late"; exec "$0/late" 1', older])
  await sleep(300)
  expect(execFileSync('ps', ['-C', 'ended', '-o', 'stat='], { encoding: 'utf8' }).trim()).toMatch(/^Z/)
  begin('ended')
  await cleanCurrentRun()
  expect(existsSync(newer)).toBe(false)
  begin('late')
  await cleanCurrentRun()
  expect(existsSync(newer)).toBe(false)
  for (const child of [parent, late]) child.kill()
})

test('while one of its name runs, it may be that one which needs it', async () => {
  const other = spawn('sleep', ['60'])
  begin('sleep')
  await cleanCurrentRun()
  other.kill()
  expect([older, newer].map(path => existsSync(path))).toEqual([true, true])
})
