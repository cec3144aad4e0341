import { expect, test } from 'vitest'
import { describeFailure } from '../../../src/dib/failure.ts'
import type { LogSummary } from '../../../src/dib/log.ts'

const nothing: LogSummary = {
  phases: [],
  completed: false,
  images: [],
  archiveStates: [],
  unfinished: undefined,
  openPhase: undefined,
  cause: undefined,
  pythonCause: undefined,
  lastLines: ['the end'],
}
const hook = {
  phase: 'install.d',
  name: '50-docker',
  element: 'trove-docker',
  file: '/srv/elements/trove-docker/install.d/50-docker',
  runningSeconds: 12,
  line: 17,
  lastLines: ['one', 'two'],
}

test('a failing hook is named with element, file, line, status, cause and last lines', () => {
  const cause = { cause: 'a download failed', remedy: 'check the mirror', line: 'E: Failed to fetch x' }
  const summary = { ...nothing, unfinished: hook, openPhase: 'install.d', cause }
  expect(describeFailure({ how: 'status', exitStatus: 3 }, summary, '/out/build.log')).toBe(
    `disk-image-create failed: hook install.d/50-docker of element trove-docker ended with exit status 3 after 12 s
file: /srv/elements/trove-docker/install.d/50-docker, line 17
cause: a download failed ("E: Failed to fetch x")
what to do: check the mirror
last lines:
  one
  two
whole log: /out/build.log`,
  )
})

test('a hook that hangs is named by the time limit', () => {
  const summary = { ...nothing, unfinished: { ...hook, runningSeconds: 3480, line: undefined, lastLines: [] } }
  expect(describeFailure({ how: 'time-limit', limitSeconds: 3600 }, summary, 'build.log')).toBe(
    `disk-image-create was stopped by the time limit of 1 h 00 min: hook install.d/50-docker of element trove-docker had been running for 58 min 00 s
file: /srv/elements/trove-docker/install.d/50-docker
whole log: build.log`,
  )
})

test('without a hook to blame the phase and what a called program said are named', () => {
  const summary = { ...nothing, openPhase: 'block-device', pythonCause: 'mkfs: no such option' }
  expect(describeFailure({ how: 'status', exitStatus: 1 }, summary, 'build.log')).toBe(
    `disk-image-create failed with exit status 1 in block-device
cause: mkfs: no such option
last lines:
  the end
whole log: build.log`,
  )
})
