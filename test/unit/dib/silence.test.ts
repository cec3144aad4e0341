import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { DibEvent } from '../../../src/dib/events.ts'
import { Silence } from '../../../src/dib/silence.ts'

const hook = { phase: 'install.d', name: '50-x', element: 'x', file: '/e/x/install.d/50-x' }

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('each minute without a line tells what runs and how long it took last time', () => {
  const events: DibEvent[] = []
  const activity = { running: () => hook, phase: () => 'install.d' }
  const silence = new Silence(activity, { parts: { 'install.d/50-x': 95 } }, event => events.push(event))
  vi.advanceTimersByTime(30_000)
  silence.heard()
  vi.advanceTimersByTime(59_000)
  const early = events.length
  vi.advanceTimersByTime(61_000)
  silence.stop()
  vi.advanceTimersByTime(600_000)
  const told = { kind: 'silent', hook, phase: 'install.d', lastTimeSeconds: 95 }
  expect([early, events]).toEqual([
    0,
    [
      { ...told, silentSeconds: 60, runningSeconds: 89 },
      { ...told, silentSeconds: 120, runningSeconds: 149 },
    ],
  ])
})
