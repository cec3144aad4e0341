import { describe, expect, test } from 'vitest'
import { judgeMemory, judgeSpace, spaceNeeds } from '../../../src/host/capacity.ts'

const mebibyte = 1024 ** 2
const gibibyte = 1024 ** 3

describe('spaceNeeds', () => {
  const question = {
    imageSizeBytes: 5000 * mebibyte,
    formats: 1,
    treeBytes: gibibyte,
    workFolder: '/work',
    cacheFolder: '/cache',
    outputFolder: '/out',
    bringsPackages: false,
    bringsEnvironment: false,
  }
  const sizes = (needs: ReturnType<typeof spaceNeeds>) =>
    needs.map(({ path, bytes }) => [path, Math.round(bytes / mebibyte)])

  test('of a host that has everything', () => {
    expect(sizes(spaceNeeds(question))).toEqual([
      ['/work', 3 * 1024 + 700 + 5],
      ['/cache', 100],
      ['/out', 1024],
      ['/var/tmp', 100],
    ])
  })

  test('of a fresh host, for two formats', () => {
    const fresh = { ...question, formats: 2, bringsPackages: true, bringsEnvironment: true }
    expect(sizes(spaceNeeds(fresh))).toEqual([
      ['/work', 3 * 1024 + 700 + 5],
      ['/cache', 100],
      ['/out', 2 * 1024],
      ['/var/tmp', 100],
      ['/cache', 350],
      ['/usr', 2048],
    ])
  })
})

describe('judgeSpace', () => {
  const needs = [
    { use: 'the cache', path: '/cache', bytes: 3 * gibibyte },
    { use: 'the output folder', path: '/out', bytes: gibibyte },
  ]
  const place = { device: '/dev/sda1', mountPoint: '/', neededBytes: 4 * gibibyte, needs }
  const words = { subject: 'free disk', needed: '4.0 GiB: the cache 3.0 GiB, the output folder 1.0 GiB' }

  test('exactly enough is enough', () => {
    expect(judgeSpace({ ...place, freeBytes: 4 * gibibyte })).toEqual({
      ...words,
      found: '4.0 GiB on /dev/sda1 on /',
      status: 'ok',
    })
  })

  test('too little says how much more, and that other folders can be used', () => {
    expect(judgeSpace({ ...place, freeBytes: 3.5 * gibibyte })).toEqual({
      ...words,
      found: '3.5 GiB on /dev/sda1 on /',
      status: 'missing',
      remedy: 'free 0.5 GiB there, or use other folders: --output, and XDG_CACHE_HOME for the cache',
    })
  })

  test.each([
    ['may be removed', { mayRemove: true, folders: ['/sdk'] }, 'mend'],
    ['may be removed, but there are none here', { mayRemove: true, folders: [] }, 'missing'],
    ['could be removed', { mayRemove: false, folders: ['/sdk'] }, 'missing'],
  ] as const)('on a hosted runner, kits %s', (_, kits, status) => {
    const others = 'free 0.5 GiB there, or use other folders: --output, and XDG_CACHE_HOME for the cache'
    expect(judgeSpace({ ...place, freeBytes: 3.5 * gibibyte }, kits)).toEqual({
      ...words,
      found: '3.5 GiB on /dev/sda1 on /',
      status,
      ...(status === 'mend'
        ? { changes: [{ kind: 'kits', path: '/', wantedBytes: 4 * gibibyte, folders: ['/sdk'] }] }
        : { remedy: kits.folders.length > 0 ? `set free-disk-space: true on this step, ${others}` : others }),
    })
  })
})

describe('judgeMemory', () => {
  const memInfo = (availableMebibytes: number, swapMebibytes: number) =>
    `MemTotal: 99999999 kB\nMemAvailable:   ${availableMebibytes * 1024} kB\nSwapFree:  ${swapMebibytes * 1024} kB\n`
  const needed = '2.5 GiB: the virtual machine of the smoke test has 2.0 GiB'
  const remedy = 'end other programs, add swap, or use a larger machine'

  test.each([
    [memInfo(2560, 0), undefined, 0, { found: '2.5 GiB available', status: 'ok' }],
    [memInfo(2000, 1000), undefined, 0, { found: '2.9 GiB available', status: 'ok' }],
    [memInfo(2000, 0), undefined, 0, { found: '2.0 GiB available', status: 'missing', remedy }],
    [
      memInfo(8192, 0),
      3 * gibibyte,
      gibibyte,
      { found: '2.0 GiB available (control group)', status: 'missing', remedy },
    ],
    [memInfo(8192, 0), 64 * gibibyte, gibibyte, { found: '8.0 GiB available', status: 'ok' }],
  ])('%#', (text, limit, used, expected) => {
    expect(judgeMemory(text, limit, used)).toEqual({ subject: 'memory', needed, ...expected })
  })
})
