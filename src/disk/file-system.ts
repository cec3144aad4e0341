import { asRoot } from '../system/privilege.ts'
import type { DiskIdentity, DiskLayout } from './layout.ts'
import { rootLabel } from './layout.ts'
import { bytesPerInode, journalMebibytes, reservedPercent } from './room.ts'

/**
 * All features are named, so that they follow the guest and not the defaults of the host's mke2fs: every one here is read by
 * GRUB 2.06 and by e2fsprogs 1.46 and newer. Left out on purpose: orphan_file and metadata_csum_seed, which e2fsprogs 1.47
 * turned on by default and older guests can neither check nor boot from (grml/grml-debootstrap#204).
 */
const features = [
  'none',
  'has_journal',
  'ext_attr',
  'resize_inode',
  'dir_index',
  'filetype',
  'extent',
  '64bit',
  'flex_bg',
  'sparse_super',
  'large_file',
  'huge_file',
  'dir_nlink',
  'extra_isize',
  'metadata_csum',
]

/** Arguments of mke2fs that write a tree straight into the root partition of a disk file. */
export function mke2fsArguments(layout: DiskLayout, identity: DiskIdentity, tree: string, disk: string): string[] {
  const extended = [
    `offset=${layout.root.startBytes}`,
    'root_owner=0:0',
    `hash_seed=${identity.directoryHashSeed}`,
    // The file is new and sparse: its zeros need not be written, and the guest need not write them at first boot.
    'assume_storage_prezeroed=1',
  ]
  return [
    ...['-q', '-F', '-t', 'ext4'],
    ...['-O', features.join(',')],
    ...['-b', '4096', '-I', '256', '-i', String(bytesPerInode), '-m', String(reservedPercent)],
    ...['-J', `size=${journalMebibytes}`],
    ...['-L', rootLabel, '-U', identity.fileSystem],
    ...['-E', extended.join(',')],
    ...['-d', tree],
    disk,
    `${layout.root.sizeBytes / 1024}k`,
  ]
}

/** Makes the root file system. Root reads files that nobody else may. */
export async function makeFileSystem(
  layout: DiskLayout,
  identity: DiskIdentity,
  tree: string,
  disk: string,
  limits: { readonly timeoutSeconds: number; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  await asRoot('mke2fs', mke2fsArguments(layout, identity, tree, disk), { supervised: true, ...limits })
}
