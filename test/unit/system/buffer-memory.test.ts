import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { sparingMemory } from '../../../src/system/buffer-memory.ts'

const mebibyte = 1024 ** 2

/** Makes garbage of 400 MiB in blocks of 8 MiB, as a fast upload does, and says how much of it lay about at most. */
async function churn(): Promise<number> {
  const before = process.memoryUsage().arrayBuffers
  let most = 0
  for (let block = 0; block < 50; block++) {
    Buffer.alloc(8 * mebibyte)
    await pause(25)
    most = Math.max(most, process.memoryUsage().arrayBuffers - before)
  }
  return most
}

test('what is no longer used is given back early', async () => {
  expect(await sparingMemory(churn)).toBeLessThan(48 * mebibyte)
})

test('the result and the failure of the work come through', async () => {
  expect(await sparingMemory(async () => 7)).toBe(7)
  await expect(sparingMemory(async () => Promise.reject(new Error('no room')))).rejects.toThrow('no room')
})
