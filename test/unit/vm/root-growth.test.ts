import { describe, expect, test } from 'vitest'
import { fileSystemBytes, lastPartition } from '../../../src/vm/root-growth.ts'

const gibibyte = 1024 ** 3

function gpt(partitions: readonly (readonly [first: number, last: number])[]): Buffer {
  const head = Buffer.alloc(1024 * 1024)
  head.writeUInt16LE(0xaa55, 510)
  head.write('EFI PART', 512, 'latin1')
  head.writeBigUInt64LE(2n, 512 + 72)
  head.writeUInt32LE(128, 512 + 80)
  head.writeUInt32LE(128, 512 + 84)
  partitions.forEach(([first, last], index) => {
    const at = 1024 + index * 128
    head.fill(0xab, at, at + 16)
    head.writeBigUInt64LE(BigInt(first), at + 32)
    head.writeBigUInt64LE(BigInt(last), at + 40)
  })
  return head
}

/** A table that has as many entries as can be said, all in one place. */
function endless(): Buffer {
  const head = gpt([[2048, 4095]])
  head.writeUInt32LE(0xffff_ffff, 512 + 80)
  head.writeUInt32LE(0, 512 + 84)
  return head
}

function mbr(partitions: readonly (readonly [first: number, count: number])[]): Buffer {
  const head = Buffer.alloc(1024 * 1024)
  head.writeUInt16LE(0xaa55, 510)
  partitions.forEach(([first, count], index) => {
    head[446 + index * 16 + 4] = 0x83
    head.writeUInt32LE(first, 446 + index * 16 + 8)
    head.writeUInt32LE(count, 446 + index * 16 + 12)
  })
  return head
}

function ext4(blocks: number, wide = false): Buffer {
  const head = Buffer.alloc(4096)
  head.writeUInt16LE(0xef53, 1024 + 0x38)
  head.writeUInt32LE(2, 1024 + 0x18)
  head.writeUInt32LE(blocks % 2 ** 32, 1024 + 4)
  if (wide) head.writeUInt32LE(0x80, 1024 + 0x60)
  head.writeUInt32LE(wide ? Math.floor(blocks / 2 ** 32) : 0xffff, 1024 + 0x150)
  return head
}

function xfs(blocks: number): Buffer {
  const head = Buffer.alloc(4096)
  head.write('XFSB', 0, 'latin1')
  head.writeUInt32BE(4096, 4)
  head.writeBigUInt64BE(BigInt(blocks), 8)
  return head
}

describe('the partition that may grow is the last on the disk', () => {
  test.each([
    [
      'GPT, in any order of the table',
      gpt([
        [264_192, 14_680_030],
        [2048, 4095],
        [4096, 264_191],
      ]),
      { startBytes: 264_192 * 512, sizeBytes: 14_415_839 * 512 },
    ],
    ['MBR', mbr([[2048, 10_000]]), { startBytes: 2048 * 512, sizeBytes: 10_000 * 512 }],
    ['GPT whose entries have no size', endless(), { startBytes: 0, sizeBytes: 7 * gibibyte }],
    ['no partition table', ext4(1), { startBytes: 0, sizeBytes: 7 * gibibyte }],
  ])('%s', (_, head, expected) => {
    expect(lastPartition(head, 7 * gibibyte)).toEqual(expected)
  })
})

describe("a file system's own size", () => {
  test.each([
    ['ext4', ext4(1_310_720), 5 * gibibyte],
    ['ext4 beyond 16 TiB', ext4(2 ** 33, true), 2 ** 33 * 4096],
    ['XFS', xfs(262_144), gibibyte],
    ['something else', Buffer.alloc(4096), undefined],
    ['too little', Buffer.alloc(100), undefined],
  ])('%s', (_, head, expected) => {
    expect(fileSystemBytes(head)).toBe(expected)
  })
})
