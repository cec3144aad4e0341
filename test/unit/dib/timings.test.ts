import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BuildProgress } from '../../../src/dib/progress.ts'
import { estimate, partsOf, readTimings, writeTimings } from '../../../src/dib/timings.ts'

const history = { parts: { 'root.d/a': 40, 'install.d/b': 50, output: 10 } }

describe('estimate', () => {
  test.each([
    ['nothing done yet', [], undefined, { remainingSeconds: 100, fraction: 0 }],
    ['one part over', ['root.d/a'], undefined, { remainingSeconds: 60, fraction: 0.4 }],
    [
      'half into the second',
      ['root.d/a'],
      { part: 'install.d/b', seconds: 25 },
      { remainingSeconds: 35, fraction: 0.65 },
    ],
    [
      'slower than last time',
      ['root.d/a'],
      { part: 'install.d/b', seconds: 500 },
      { remainingSeconds: 10, fraction: 0.9 },
    ],
    ['a part nobody knows', ['root.d/a'], { part: 'new', seconds: 9 }, { remainingSeconds: 60, fraction: 0.4 }],
    ['all over', ['root.d/a', 'install.d/b', 'output'], undefined, { remainingSeconds: 0, fraction: 1 }],
  ])('%s', (_name, finished, current, expected) => {
    expect(estimate(history, { finished: new Set(finished), current })).toEqual(expected)
  })

  test('without a history there is none', () => {
    expect([
      estimate(undefined, { finished: new Set(), current: undefined }),
      estimate({ parts: {} }, { finished: new Set(), current: undefined }),
    ]).toEqual([undefined, undefined])
  })

  test('follows a build', () => {
    let now = 0
    const progress = new BuildProgress(history, () => now)
    progress.started('root.d/a')
    now = 30_000
    const during = progress.estimate()
    progress.finished('root.d/a')
    expect([during, progress.estimate()]).toEqual([
      { remainingSeconds: 70, fraction: 0.3 },
      { remainingSeconds: 60, fraction: 0.4 },
    ])
  })
})

test('the parts of a run add up to its phases', () => {
  const phases = [
    {
      name: 'install.d',
      seconds: 12.5,
      profiled: true,
      hooks: [
        { name: '10-a', seconds: 4 },
        { name: '20-b', seconds: 8 },
      ],
    },
    { name: 'packages', seconds: 78, profiled: false, hooks: [] },
  ]
  expect(partsOf(phases)).toEqual({ 'install.d/10-a': 4, 'install.d/20-b': 8, 'install.d': 0.5, packages: 78 })
})

describe('the file', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'timings-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  test('keeps each image apart, and parts that a build did not have', () => {
    const file = join(folder, 'cache', 'timings.json')
    writeTimings('one', { parts: { a: 1, b: 2 }, treeBytes: 10 }, file)
    writeTimings('two', { parts: { a: 9 } }, file)
    writeTimings('one', { parts: { b: 3 } }, file)
    expect([readTimings('one', file), readTimings('two', file), readTimings('three', file)]).toEqual([
      { parts: { a: 1, b: 3 }, treeBytes: 10 },
      { parts: { a: 9 } },
      undefined,
    ])
  })

  test('a damaged file is no file', () => {
    const file = join(folder, 'timings.json')
    writeFileSync(file, '{"one": {"parts": {"a": "soon"}}}')
    expect(readTimings('one', file)).toBeUndefined()
    writeTimings('one', { parts: { a: 1 } }, file)
    expect(readTimings('one', file)).toEqual({ parts: { a: 1 } })
  })
})
