import { expect, test } from 'vitest'
import { InterruptedError } from '../../../src/system/errors.ts'
import { together } from '../../../src/system/together.ts'

/** Works until it is told to stop, as a supervised program does. */
function untilAborted(signal: AbortSignal, ended: () => void): Promise<string> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      ended()
      reject(signal.reason instanceof InterruptedError ? signal.reason : new InterruptedError('SIGTERM'))
    })
  })
}

test('gives all results in order', async () => {
  const results = await together<[number, string]>(undefined, [async () => 1, async () => 'two'])
  expect(results).toEqual([1, 'two'])
})

test('the first failure stops the others, which are waited for, and is what is thrown', async () => {
  const log: string[] = []
  const work = together<readonly unknown[]>(undefined, [
    signal => untilAborted(signal, () => log.push('stopped')),
    async () => {
      throw new Error('the disk is full')
    },
  ])
  await expect(work).rejects.toThrow('the disk is full')
  expect(log).toEqual(['stopped'])
})

test("the caller's abort reaches all and stays what it was", async () => {
  const caller = new AbortController()
  const log: string[] = []
  const work = together<readonly unknown[]>(caller.signal, [
    signal => untilAborted(signal, () => log.push('one')),
    signal => untilAborted(signal, () => log.push('two')),
  ])
  caller.abort(new InterruptedError('SIGINT'))
  await expect(work).rejects.toEqual(new InterruptedError('SIGINT'))
  expect(log.toSorted()).toEqual(['one', 'two'])
})
