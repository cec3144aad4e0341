import { beforeEach, describe, expect, test } from 'vitest'
import { BuildProgress, type DibEvent } from '../../../src/dib/index.ts'
import type { Platform, Progress } from '../../../src/platform.ts'
import { BuildNarrator, wordSilence } from '../../../src/stages/build-narrator.ts'
import { noStorage } from '../../support/no-storage.ts'

let told: string[]
let shown: Progress[]
beforeEach(() => {
  told = []
  shown = []
})

const line = (text: string) => void told.push(text)
const platform: Platform = {
  log: { debug: line, info: line, warning: line, error: line },
  async group(title, work) {
    told.push(`> ${title}`)
    try {
      return await work()
    } finally {
      told.push(`< ${title}`)
    }
  },
  annotate: () => undefined,
  summary: async () => undefined,
  secret: () => undefined,
  confirm: async () => true,
  ...noStorage,
  progress: progress => void shown.push(progress),
  debugging: false,
  disposable: false,
}

const hook = { phase: 'install.d', name: '50-x', element: 'trove-x', file: '/e/trove-x/install.d/50-x' }
const phase: DibEvent[] = [
  { kind: 'phase-started', phase: 'install.d' },
  { kind: 'hook-started', hook },
  { kind: 'package', action: 'unpacking', name: 'docker.io', number: 3, total: 9 },
  { kind: 'hook-finished', hook, seconds: 12 },
  { kind: 'hook-started', hook: { ...hook, name: '60-fast' } },
  { kind: 'hook-finished', hook: { ...hook, name: '60-fast' }, seconds: 0.2 },
  { kind: 'phase-finished', phase: 'install.d', seconds: 12.4 },
]

async function follow(events: readonly DibEvent[], end: () => Promise<void> = async () => undefined) {
  const history = { parts: { 'install.d/50-x': 10, 'install.d/60-fast': 30 } }
  const narrator = new BuildNarrator(platform, new BuildProgress(history, () => 0))
  return narrator.follow(async () => {
    for (const event of events) {
      narrator.dib(event)
      await Promise.resolve()
    }
    await end()
  })
}

test('a group for each phase, a line for each hook that took time', async () => {
  await follow([...phase, { kind: 'phase-started', phase: 'packages' }])
  expect(told.filter(text => !text.startsWith('<'))).toEqual([
    '> diskimage-builder install.d',
    'install.d/50-x of trove-x 12 s',
    'install.d took 12 s',
    '> diskimage-builder packages',
  ])
})

test('a proxy that the build does not get is told before its first phase', async () => {
  await follow([{ kind: 'proxy-withheld', name: 'http_proxy', reason: 'it holds a user or a password' }])
  expect(told).toEqual([
    'http_proxy is kept from diskimage-builder, whose hooks would all see it: it holds a user or a password',
  ])
})

test('every group is closed, also when the build fails', async () => {
  const failed = follow(phase.slice(0, 2), async () => {
    throw new Error('exit status 3')
  })
  await expect(failed).rejects.toThrow('exit status 3')
  expect(told).toEqual(['> diskimage-builder install.d', '< diskimage-builder install.d'])
})

test('progress says what runs and what is left', async () => {
  await follow(phase)
  expect(shown).toEqual([
    { text: 'install.d, about 40 s left', fraction: 0 },
    { text: 'install.d/50-x, about 40 s left', fraction: 0 },
    { text: 'install.d/60-fast, about 30 s left', fraction: 0.25 },
  ])
})

describe('a silence in words', () => {
  const silent = { kind: 'silent' as const, phase: 'install.d', silentSeconds: 60, runningSeconds: 190 }
  test.each([
    [
      { ...silent, hook, lastTimeSeconds: 245 },
      'no output for 1 min 00 s; install.d/50-x of trove-x runs since 3 min 10 s; last time it took 4 min 05 s',
    ],
    [
      { ...silent, hook: undefined, lastTimeSeconds: undefined },
      'no output for 1 min 00 s; install.d runs since 3 min 10 s; no earlier build tells how long it takes',
    ],
  ])('%#', (event, words) => {
    expect(wordSilence(event)).toBe(words)
  })
})
