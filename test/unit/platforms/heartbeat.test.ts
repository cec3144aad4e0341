import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Heartbeat } from '../../../src/platforms/heartbeat.ts'

let written: string[]
let heartbeat: Heartbeat
beforeEach(() => {
  vi.useFakeTimers()
  written = []
  heartbeat = new Heartbeat(text => written.push(text))
})
afterEach(() => {
  vi.useRealTimers()
})

test('each minute without a line, what is being done is said', () => {
  heartbeat.progress('hook 1')
  vi.advanceTimersByTime(59_000)
  expect(written).toEqual([])
  heartbeat.progress('hook 2')
  vi.advanceTimersByTime(61_000)
  expect(written).toEqual(['no news for a minute; last: hook 2', 'no news for a minute; last: hook 2'])
})

test('a line puts it off', () => {
  heartbeat.progress('hook')
  vi.advanceTimersByTime(59_000)
  heartbeat.lineWritten()
  vi.advanceTimersByTime(59_000)
  expect(written).toEqual([])
})

test('work that is over is not spoken of', () => {
  heartbeat.progress('hook')
  heartbeat.rest()
  vi.advanceTimersByTime(600_000)
  expect(written).toEqual([])
  expect(vi.getTimerCount()).toBe(0)
})
