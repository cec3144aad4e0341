/** What the first bytes of a file say about it, read by us: a probe by QEMU would open the files that a header names. */
export type ImageHeader =
  | { readonly format: 'qcow2'; readonly virtualSizeBytes: number }
  | { readonly format: 'raw'; readonly requiredBytes: number }
  | { readonly format: 'refused'; readonly reason: string }

/** How much of a file's beginning {@link parseImageHeader} wants. */
export const headerBytes = 64 * 1024

const otherFormats: readonly (readonly [string, string, number])[] = [
  ['VMDK', 'KDMV', 0],
  ['VMDK', '# Disk DescriptorFile', 0],
  ['VHD', 'conectix', 0],
  ['VHDX', 'vhdxfile', 0],
  ['QED', 'QED\0', 0],
  ['VDI', '\x7f\x10\xda\xbe', 64],
  ['ISO 9660', 'CD001', 32769],
]

const compressedFormats: readonly (readonly [string, string])[] = [
  ['gzip', '\x1f\x8b'],
  ['xz', '\xfd7zXZ\0'],
  ['zstd', '\x28\xb5\x2f\xfd'],
  ['bzip2', 'BZh'],
  ['zip', 'PK\x03\x04'],
]

/**
 * Judges the beginning of a file. qcow2 by docs/interop/qcow2.txt of QEMU; a raw disk by its partition table (GPT, MBR) or
 * its file system (ext4, XFS, Btrfs on the whole disk).
 */
export function parseImageHeader(head: Uint8Array, fileSizeBytes: number): ImageHeader {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength)
  const has = (text: string, at = 0) => bytes.subarray(at, at + text.length).equals(Buffer.from(text, 'latin1'))
  const refused = (reason: string): ImageHeader => ({ format: 'refused', reason })
  if (fileSizeBytes === 0) return refused('it is empty')
  if (has('QFI\xfb')) return parseQcow2(bytes)
  if (has('LUKS\xba\xbe')) return refused('it is encrypted (LUKS): an encrypted image cannot be inspected')
  for (const [name, magic, at] of otherFormats) {
    if (has(magic, at)) {
      return refused(`it is a ${name} image; convert it first: qemu-img convert -O qcow2 FILE FILE.qcow2`)
    }
  }
  for (const [name, magic] of compressedFormats) {
    if (has(magic)) return refused(`it is compressed (${name}); unpack it first`)
  }
  return parseRaw(bytes, fileSizeBytes)
}

function parseQcow2(bytes: Buffer): ImageHeader {
  const refused = (reason: string): ImageHeader => ({ format: 'refused', reason })
  if (bytes.length < 72) return refused('it is truncated within its qcow2 header')
  const version = bytes.readUInt32BE(4)
  if (version !== 2 && version !== 3) return refused(`it is qcow of version ${version}; 2 and 3 are known`)
  if (bytes.readBigUInt64BE(8) !== 0n) {
    return refused(
      'it has a backing file, which is never followed: it could name any file of this machine. ' +
        'Make it whole first: qemu-img convert -O qcow2 FILE WHOLE.qcow2',
    )
  }
  if (bytes.readUInt32BE(32) !== 0) return refused('it is encrypted: an encrypted image cannot be inspected')
  if (version === 3) {
    if (bytes.length < 104) return refused('it is truncated within its qcow2 header')
    const incompatible = bytes.readBigUInt64BE(72)
    if ((incompatible & 2n) !== 0n) return refused('it is marked corrupt; try qemu-img check -r all')
    if ((incompatible & 4n) !== 0n || hasDataFileName(bytes)) {
      return refused('its data is in another file, which is never followed; convert it first')
    }
  }
  return { format: 'qcow2', virtualSizeBytes: Number(bytes.readBigUInt64BE(24)) }
}

/** Header extension "DATA" (0x44415441): the name of an external data file. */
function hasDataFileName(bytes: Buffer): boolean {
  let at = bytes.readUInt32BE(100)
  while (at + 8 <= bytes.length) {
    const type = bytes.readUInt32BE(at)
    if (type === 0) return false
    if (type === 0x44415441) return true
    at += 8 + Math.ceil(bytes.readUInt32BE(at + 4) / 8) * 8
  }
  return false
}

function parseRaw(bytes: Buffer, fileSizeBytes: number): ImageHeader {
  const raw = (requiredBytes: number): ImageHeader => ({ format: 'raw', requiredBytes })
  for (const sector of [512, 4096]) {
    if (bytes.length >= sector + 512 && bytes.subarray(sector, sector + 8).toString('latin1') === 'EFI PART') {
      // The header names the block of its copy, which is the disk's last.
      return raw((Number(bytes.readBigUInt64LE(sector + 32)) + 1) * sector)
    }
  }
  if (bytes.length >= 1080 + 2 && bytes.readUInt16LE(1024 + 56) === 0xef53) {
    const blocks = bytes.readUInt32LE(1024 + 4) + bytes.readUInt32LE(1024 + 0x150) * 2 ** 32
    return raw(blocks * 1024 * 2 ** bytes.readUInt32LE(1024 + 24))
  }
  if (bytes.subarray(0, 4).toString('latin1') === 'XFSB') {
    return raw(Number(bytes.readBigUInt64BE(8)) * bytes.readUInt32BE(4))
  }
  if (bytes.length >= 512 && bytes.readUInt16LE(510) === 0xaa55) {
    const ends = [446, 462, 478, 494].map(at => (bytes.readUInt32LE(at + 8) + bytes.readUInt32LE(at + 12)) * 512)
    if (Math.max(...ends) > 0) return raw(Math.max(...ends))
  }
  return {
    format: 'refused',
    reason:
      fileSizeBytes < 1024 * 1024
        ? `it is not a disk image (${fileSizeBytes} bytes, no qcow2 header, no partition table, no file system)`
        : 'it is not a disk image: neither a qcow2 header nor a partition table nor a file system at its beginning',
  }
}
