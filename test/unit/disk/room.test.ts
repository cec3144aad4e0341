import { describe, expect, test } from 'vitest'
import { requireRoom, roomInGuest } from '../../../src/disk/room.ts'
import { InputError } from '../../../src/system/errors.ts'

const mebibyte = 1024 ** 2
const gibibyte = 1024 ** 3
const tree = (mebibytes: number) => ({ bytes: mebibytes * mebibyte, inodes: 40_000 })

test('a partition holds the tree, ext4 itself, and the rest is free', () => {
  const room = roomInGuest(5 * gibibyte, tree(1000))
  expect([room.partitionBytes / mebibyte, room.treeBytes / mebibyte]).toEqual([5053, 1000])
  // Inode tables 79 MiB, journal 64, reserved for root 51, group descriptors 32.
  expect(Math.round(room.overheadBytes / mebibyte)).toBe(225)
  expect(room.freeBytes).toBe(room.partitionBytes - room.treeBytes - room.overheadBytes)
})

describe('2 GiB must stay free', () => {
  test('enough room is given back', () => {
    expect(requireRoom(5 * gibibyte, tree(1100))).toEqual(roomInGuest(5 * gibibyte, tree(1100)))
  })

  test('too little is refused with numbers and the size that is enough', () => {
    expect(() => requireRoom(3 * gibibyte, tree(1000))).toThrow(
      new InputError(
        'image-size 3072 MiB is too small: the root partition has 3005 MiB, of which the root file system takes 1000 MiB ' +
          'and ext4 itself 173 MiB; only 1832 MiB would stay free and the guest needs 2048 MiB. ' +
          'Use image-size 4GiB or more (--set image-size=4GiB).',
      ),
    )
  })

  test('a tree that does not fit at all', () => {
    expect(() => requireRoom(1 * gibibyte, tree(1500))).toThrow('it does not fit and the guest needs 2048 MiB')
  })

  test('before the build a lower bound is used', () => {
    expect(() => requireRoom(2 * gibibyte)).toThrow('takes at least 800 MiB')
    expect(() => requireRoom(5 * gibibyte)).not.toThrow()
  })

  test('the size that is named is accepted', () => {
    expect(() => requireRoom(8 * gibibyte, tree(7000))).toThrow('Use image-size 10GiB or more')
    expect(() => requireRoom(10 * gibibyte, tree(7000))).not.toThrow()
  })
})
