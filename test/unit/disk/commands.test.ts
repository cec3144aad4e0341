import { describe, expect, test } from 'vitest'
import { convertArguments } from '../../../src/disk/convert.ts'
import { mke2fsArguments } from '../../../src/disk/file-system.ts'
import { diskIdentity, diskLayout } from '../../../src/disk/layout.ts'
import { unpackArguments } from '../../../src/disk/tree.ts'

test('mke2fs writes into the root partition and takes no default from the host', () => {
  const identity = { ...diskIdentity('x'), fileSystem: 'FS', directoryHashSeed: 'HASH' }
  expect(mke2fsArguments(diskLayout(5 * 1024 ** 3), identity, '/w/tree', '/w/disk.raw').join(' ')).toBe(
    '-q -F -t ext4 -O none,has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit,flex_bg,sparse_super,' +
      'large_file,huge_file,dir_nlink,extra_isize,metadata_csum -b 4096 -I 256 -i 16384 -m 1 -J size=64 ' +
      '-L cloudimg-rootfs -U FS -E offset=69206016,root_owner=0:0,hash_seed=HASH,assume_storage_prezeroed=1 ' +
      '-d /w/tree /w/disk.raw 5174272k',
  )
})

test('tar keeps numeric owners, attributes and access control lists, and leaves host devices out', () => {
  expect(unpackArguments('/w/root.tar', '/w/tree').join(' ')).toBe(
    '--extract --file /w/root.tar --directory /w/tree --numeric-owner --same-owner --preserve-permissions ' +
      '--delay-directory-restore --xattrs --xattrs-include=* --acls --anchored --exclude=./dev/* --exclude=./lost+found',
  )
})

describe('qemu-img convert', () => {
  test.each([
    ['zstd', '-c -o compression_type=zstd '],
    ['zlib', '-c -o compression_type=zlib '],
    ['none', ''],
  ] as const)('%s', (compression, options) => {
    expect(convertArguments('/w/a', '/o/b', compression).join(' ')).toBe(
      `convert -f raw -O qcow2 -m 16 -W ${options}/w/a /o/b`,
    )
  })
})
