/** Where a file system lies on a disk. */
export interface Extent {
  readonly startBytes: number
  readonly sizeBytes: number
}

const sector = 512

/**
 * The partition that may grow: the last on the disk, by GPT or MBR; without a partition table the whole disk.
 * `head` is the beginning of the disk, 34 sectors or more.
 */
export function lastPartition(head: Uint8Array, diskBytes: number): Extent {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength)
  const whole = { startBytes: 0, sizeBytes: diskBytes }
  const extents: Extent[] = []
  if (bytes.subarray(sector, sector + 8).toString('latin1') === 'EFI PART') {
    const [count, entryBytes] = [bytes.readUInt32LE(sector + 80), bytes.readUInt32LE(sector + 84)]
    const table = Number(bytes.readBigUInt64LE(sector + 72)) * sector
    // The UEFI specification, 5.3.2: an entry has 128 bytes or more. With less, a hostile table would have four thousand million.
    if (entryBytes < 128) return whole
    for (let index = 0; index < count && table + (index + 1) * entryBytes <= bytes.length; index++) {
      const at = table + index * entryBytes
      if (bytes.subarray(at, at + 16).every(byte => byte === 0)) continue
      const [first, last] = [Number(bytes.readBigUInt64LE(at + 32)), Number(bytes.readBigUInt64LE(at + 40))]
      extents.push({ startBytes: first * sector, sizeBytes: (last - first + 1) * sector })
    }
  } else if (bytes.readUInt16LE(510) === 0xaa55) {
    for (const at of [446, 462, 478, 494]) {
      const [type, first, count] = [bytes[at + 4], bytes.readUInt32LE(at + 8), bytes.readUInt32LE(at + 12)]
      if (type !== 0 && count > 0) extents.push({ startBytes: first * sector, sizeBytes: count * sector })
    }
  }
  return extents.toSorted((left, right) => right.startBytes - left.startBytes)[0] ?? whole
}

/** The size that a file system says it has, from its first 2 KiB: ext2 to ext4, or XFS. Undefined for anything else. */
export function fileSystemBytes(head: Uint8Array): number | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength)
  if (bytes.length < 2048) return undefined
  if (bytes.subarray(0, 4).toString('latin1') === 'XFSB')
    return Number(bytes.readBigUInt64BE(8)) * bytes.readUInt32BE(4)
  if (bytes.readUInt16LE(1024 + 0x38) !== 0xef53) return undefined
  const wide = (bytes.readUInt32LE(1024 + 0x60) & 0x80) !== 0
  const blocks = bytes.readUInt32LE(1024 + 4) + (wide ? bytes.readUInt32LE(1024 + 0x150) * 2 ** 32 : 0)
  return blocks * 1024 * 2 ** bytes.readUInt32LE(1024 + 0x18)
}
