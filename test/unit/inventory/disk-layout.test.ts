import { expect, test } from 'vitest'
import { parseBlkid, parsePartitions, placeFileSystems } from '../../../src/inventory/disk-layout.ts'

/** As the appliance printed them for an image of this project; its own disk was /dev/sda in that run. */
const sfdisk = JSON.stringify({
  partitiontable: {
    label: 'gpt',
    id: '1F6CE314-B131-5E4E-AE3F-0878AAB30FD4',
    device: '/dev/sdb',
    unit: 'sectors',
    sectorsize: 512,
    partitions: [
      { node: '/dev/sdb3', start: 135168, size: 8388608, type: '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709', name: 'root' },
      { node: '/dev/sdb1', start: 2048, size: 2048, type: '21686148-6449-6E6F-744E-656564454649', name: 'bios' },
      { node: '/dev/sdb2', start: 4096, size: 131072, type: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B' },
    ],
  },
})
const blkid = `DEVNAME=/dev/sdb2
LABEL_FATBOOT=ESP
LABEL=ESP
UUID=5B41-3F71
TYPE=vfat
PARTUUID=f15265e5-7af4-c744-97e0-6d784ec8e723

DEVNAME=/dev/sdb3
LABEL=my\\ root
UUID=3f901f1e-a6a2-4dc5-adf3-b60106ebf165
TYPE=ext4
PARTLABEL=root
PARTUUID=a8f67f88-4612-5540-bcfd-98ce8fec0cd0

DEVNAME=/dev/sdb1
PARTLABEL=bios
`

test('partitions in the order of their places', () => {
  expect(parsePartitions(sfdisk)).toEqual({
    partitionTable: 'gpt',
    partitions: [
      {
        number: 1,
        type: '21686148-6449-6e6f-744e-656564454649',
        name: 'bios',
        startBytes: 1048576,
        sizeBytes: 1048576,
      },
      { number: 2, type: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b', name: '', startBytes: 2097152, sizeBytes: 67108864 },
      {
        number: 3,
        type: '4f68bce3-e8cd-4db1-96e7-fbcaf984b709',
        name: 'root',
        startBytes: 69206016,
        sizeBytes: 4294967296,
      },
    ],
    nodes: ['/dev/sdb1', '/dev/sdb2', '/dev/sdb3'],
  })
  expect(parsePartitions('')).toEqual({ partitionTable: 'none', partitions: [], nodes: [] })
})

const root = {
  device: '/dev/sdb3',
  type: 'ext4',
  label: 'my root',
  uuid: '3f901f1e-a6a2-4dc5-adf3-b60106ebf165',
  partitionLabel: 'root',
  partitionUuid: 'a8f67f88-4612-5540-bcfd-98ce8fec0cd0',
}
const esp = {
  device: '/dev/sdb2',
  type: 'vfat',
  label: 'ESP',
  uuid: '5B41-3F71',
  partitionLabel: '',
  partitionUuid: 'f15265e5-7af4-c744-97e0-6d784ec8e723',
}

test('file systems; a device without one is left out', () => {
  expect(parseBlkid(blkid)).toEqual([esp, root])
})

test.each([
  ['an EFI system partition that fstab does not name', [], '/boot/efi'],
  [
    'one that fstab puts elsewhere',
    [{ line: 2, device: 'UUID=5B41-3F71', mountPoint: '/efi', type: 'vfat', options: [] }],
    '/efi',
  ],
])('%s', (_, fstab, expected) => {
  expect(placeFileSystems([esp, root], parsePartitions(sfdisk), '/dev/sdb3', fstab)).toEqual([
    { ...esp, partition: 2, mountPoint: expected },
    { ...root, partition: 3, mountPoint: '/' },
  ])
})

test('a file system on the whole disk has no partition; what nothing names has no place', () => {
  const whole = { ...root, device: '/dev/sdb' }
  const other = { ...esp, device: '/dev/vg/data' }
  expect(placeFileSystems([whole, other], parsePartitions(''), '/dev/sdb', [])).toEqual([
    { ...whole, partition: 0, mountPoint: '/' },
    { ...other, partition: 0, mountPoint: null },
  ])
})
