import { describe, expect, test } from 'vitest'
import { diskIdentity, diskLayout, partitionTable } from '../../../src/disk/layout.ts'

const mebibyte = 1024 ** 2

describe('layout', () => {
  test('root is last and takes what is left', () => {
    const layout = diskLayout(5 * 1024 ** 3)
    const places = [layout.biosBoot, layout.efi, layout.root].map(({ name, startBytes, sizeBytes }) => [
      name,
      startBytes / mebibyte,
      sizeBytes / mebibyte,
    ])
    expect(places).toEqual([
      ['bios-boot', 1, 1],
      ['efi', 2, 64],
      ['root', 66, 5053],
    ])
  })

  test.each([
    [5 * 1024 ** 3 + 512, 'not a multiple of 1 MiB'],
    [100 * mebibyte, 'leaves no room'],
  ])('%i bytes are refused', (size, words) => {
    expect(() => diskLayout(size)).toThrow(words)
  })
})

describe('identity', () => {
  test('the same seed gives the same names, another seed others, all of them UUIDs and different', () => {
    const first = diskIdentity('plan')
    const names = Object.values(first)
    expect(diskIdentity('plan')).toEqual(first)
    expect(Object.values(diskIdentity('other')).filter(name => names.includes(name))).toEqual([])
    expect(new Set(names).size).toBe(names.length)
    const shape = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
    expect(names.filter(name => !shape.test(name))).toEqual([])
  })
})

test("sfdisk's script", () => {
  const identity = {
    disk: 'D',
    biosBoot: 'B',
    efi: 'E',
    root: 'R',
    fileSystem: 'F',
    directoryHashSeed: 'H',
  }
  expect(partitionTable(diskLayout(1024 ** 3), identity)).toBe(
    `label: gpt
label-id: D
start=2048, size=2048, type=21686148-6449-6E6F-744E-656564454649, uuid=B, name="bios-boot"
start=4096, size=131072, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, uuid=E, name="efi"
start=135168, size=1959936, type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709, uuid=R, name="root"
`,
  )
})
