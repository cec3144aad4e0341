import { describe, expect, test } from 'vitest'
import { type ImageHeader, parseImageHeader } from '../../../src/guestfs/image-header.ts'

/** Bytes at places in an otherwise empty head. */
function head(length: number, ...parts: readonly (readonly [number, string | Uint8Array])[]): Uint8Array {
  const bytes = Buffer.alloc(length)
  for (const [at, part] of parts) Buffer.from(part as string, 'latin1').copy(bytes, at)
  return bytes
}

const u16 = (value: number) => Buffer.from([value & 0xff, value >> 8])
const u32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
const u64 = (value: bigint) => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(value)
  return bytes
}
const be = (bytes: Buffer) => Buffer.from(bytes).reverse()

/** A qcow2 header of version 3 as qemu-img 7.2 writes it, 100 MiB. */
function qcow2(...parts: readonly (readonly [number, string | Uint8Array])[]): Uint8Array {
  return head(
    512,
    [0, 'QFI\xfb'],
    [4, be(u32(3))],
    [24, be(u64(104_857_600n))],
    [100, be(u32(112))],
    [112, be(u32(0x6803f857))],
    [116, be(u32(8))],
    ...parts,
  )
}

const refused = (reason: string): ImageHeader => ({ format: 'refused', reason })

describe('qcow2', () => {
  test.each<[string, Uint8Array, ImageHeader]>([
    ['whole', qcow2(), { format: 'qcow2', virtualSizeBytes: 104_857_600 }],
    ['of version 2', qcow2([4, be(u32(2))]), { format: 'qcow2', virtualSizeBytes: 104_857_600 }],
    [
      'with a backing file',
      qcow2([8, be(u64(512n))]),
      refused(
        'it has a backing file, which is never followed: it could name any file of this machine. ' +
          'Make it whole first: qemu-img convert -O qcow2 FILE WHOLE.qcow2',
      ),
    ],
    [
      'with its data elsewhere',
      qcow2([72, be(u64(4n))]),
      refused('its data is in another file, which is never followed; convert it first'),
    ],
    [
      'with the name of a data file, though no bit says so',
      qcow2([128, be(u32(0x44415441))], [132, be(u32(5))]),
      refused('its data is in another file, which is never followed; convert it first'),
    ],
    ['encrypted', qcow2([32, be(u32(2))]), refused('it is encrypted: an encrypted image cannot be inspected')],
    ['marked corrupt', qcow2([72, be(u64(2n))]), refused('it is marked corrupt; try qemu-img check -r all')],
    ['of version 1', qcow2([4, be(u32(1))]), refused('it is qcow of version 1; 2 and 3 are known')],
    ['cut in its header', qcow2().subarray(0, 90), refused('it is truncated within its qcow2 header')],
  ])('%s', (_, bytes, expected) => {
    expect(parseImageHeader(bytes, bytes.length)).toEqual(expected)
  })
})

describe('raw', () => {
  test.each<[string, Uint8Array, ImageHeader]>([
    [
      'GPT names the disk’s last block',
      head(2048, [510, '\x55\xaa'], [512, 'EFI PART'], [544, u64(10_485_759n)]),
      { format: 'raw', requiredBytes: 5_368_709_120 },
    ],
    [
      'GPT with blocks of 4096 bytes',
      head(8192, [510, '\x55\xaa'], [4096, 'EFI PART'], [4128, u64(1_310_719n)]),
      { format: 'raw', requiredBytes: 5_368_709_120 },
    ],
    [
      'an MBR: the end of its last partition',
      head(1024, [510, '\x55\xaa'], [446 + 8, u32(2048)], [446 + 12, u32(2_095_104)]),
      { format: 'raw', requiredBytes: 1_073_741_824 },
    ],
    [
      'ext4 on the whole disk',
      head(4096, [1024 + 4, u32(1_048_576)], [1024 + 24, u32(2)], [1024 + 56, u16(0xef53)]),
      { format: 'raw', requiredBytes: 4_294_967_296 },
    ],
    [
      'XFS on the whole disk',
      head(4096, [0, 'XFSB'], [4, be(u32(4096))], [8, be(u64(262_144n))]),
      { format: 'raw', requiredBytes: 1_073_741_824 },
    ],
  ])('%s', (_, bytes, expected) => {
    expect(parseImageHeader(bytes, 5_368_709_120)).toEqual(expected)
  })
})

describe('what is no image', () => {
  const convert = (name: string) => `it is a ${name} image; convert it first: qemu-img convert -O qcow2 FILE FILE.qcow2`
  test.each<[string, Uint8Array, number, string]>([
    ['empty', new Uint8Array(), 0, 'it is empty'],
    ['LUKS', head(4096, [0, 'LUKS\xba\xbe']), 4096, 'it is encrypted (LUKS): an encrypted image cannot be inspected'],
    ['VMDK', head(4096, [0, 'KDMV']), 4096, convert('VMDK')],
    ['a VMDK descriptor, which names files', head(512, [0, '# Disk DescriptorFile']), 512, convert('VMDK')],
    ['VHDX', head(4096, [0, 'vhdxfile']), 4096, convert('VHDX')],
    ['VDI', head(4096, [64, '\x7f\x10\xda\xbe']), 4096, convert('VDI')],
    ['xz', head(4096, [0, '\xfd7zXZ\0']), 4096, 'it is compressed (xz); unpack it first'],
    ['zstd', head(4096, [0, '\x28\xb5\x2f\xfd']), 4096, 'it is compressed (zstd); unpack it first'],
    [
      'text',
      head(12, [0, 'hello world\n']),
      12,
      'it is not a disk image (12 bytes, no qcow2 header, no partition table, no file system)',
    ],
    [
      'a large file of zeros',
      head(65_536),
      2 ** 30,
      'it is not a disk image: neither a qcow2 header nor a partition table nor a file system at its beginning',
    ],
  ])('%s', (_, bytes, size, reason) => {
    expect(parseImageHeader(bytes, size)).toEqual({ format: 'refused', reason })
  })
})
