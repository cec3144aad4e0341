import { expect, test } from 'vitest'
import { chooseWorkPlace, workPlaceAt } from '../../../src/system/work-place.ts'

const gibibyte = 1024 ** 3
const place = (path: string, gibibytes: number, inMemory = false) => ({
  path,
  freeBytes: gibibytes * gibibyte,
  inMemory,
})

test.each([
  ['the same disk', place('/temp', 50), place('/cache', 50), '/temp'],
  ['less room, but plenty', place('/temp', 30), place('/cache', 90), '/temp'],
  ['less room, and little', place('/temp', 8), place('/cache', 12), '/cache'],
  ['little room, but more', place('/temp', 12), place('/cache', 8), '/temp'],
  ['memory', place('/temp', 60, true), place('/cache', 8), '/cache'],
  ['nothing', undefined, place('/cache', 1), '/cache'],
] as const)('offered is %s', (_, offered, usual, expected) => {
  expect(chooseWorkPlace(offered, usual).path).toBe(expected)
})

test('a folder in memory is told from one on a disk; of one that is missing the parent is asked', () => {
  expect(workPlaceAt('/dev/shm/not/there')).toMatchObject({ path: '/dev/shm/not/there', inMemory: true })
  expect(workPlaceAt('/usr/not/there')).toMatchObject({ path: '/usr/not/there', inMemory: false })
})
