import { InputError } from '../system/errors.ts'
import { diskLayout } from './layout.ts'

/** What must stay free for the guest's own data, logs and container images: it is refused to build less. */
export const freeBytesWanted = 2 * 1024 ** 3

/** A root file system smaller than any that has Docker and the agent; a bound for plans whose tree nobody has seen. */
const smallestTreeBytes = 800 * 1024 ** 2

/** A tree measured in whole blocks, as a file system will store it. */
export interface TreeSize {
  readonly bytes: number
  readonly inodes: number
}

/** How the root partition will be filled. */
export interface Room {
  readonly partitionBytes: number
  readonly treeBytes: number
  /** Inode tables, journal, group descriptors kept for growth, and what only root may use. */
  readonly overheadBytes: number
  /** What the guest can still write; negative when the tree does not fit. */
  readonly freeBytes: number
}

/** Bytes per inode: 1.6 % of the disk for inode tables instead of the 6.25 % of DIB's 4096. */
export const bytesPerInode = 16_384
/** Large enough for the resize at first boot, small against the disk. */
export const journalMebibytes = 64
/** Percentage of blocks kept for root. */
export const reservedPercent = 1

/** Estimates the free space of a guest before its disk is made. */
export function roomInGuest(imageSizeBytes: number, tree: TreeSize): Room {
  const partitionBytes = diskLayout(imageSizeBytes).root.sizeBytes
  const inodeTables = (partitionBytes / bytesPerInode) * 256
  const overheadBytes = Math.ceil(
    inodeTables + journalMebibytes * 1024 ** 2 + (partitionBytes * reservedPercent) / 100 + 32 * 1024 ** 2,
  )
  return {
    partitionBytes,
    treeBytes: tree.bytes,
    overheadBytes,
    freeBytes: partitionBytes - tree.bytes - overheadBytes,
  }
}

/**
 * Refuses an image in which too little would stay free. Without a tree (before the build) a lower bound of it is used, or
 * what the last build of the same recipe had.
 *
 * @throws InputError with the numbers and the smallest size that is enough
 */
export function requireRoom(imageSizeBytes: number, tree?: TreeSize): Room {
  const size = tree ?? { bytes: smallestTreeBytes, inodes: 0 }
  const room = roomInGuest(imageSizeBytes, size)
  if (room.freeBytes >= freeBytesWanted) return room
  const mebibytes = (bytes: number) => `${Math.round(bytes / 1024 ** 2)} MiB`
  throw new InputError(
    `image-size ${mebibytes(imageSizeBytes)} is too small: the root partition has ${mebibytes(room.partitionBytes)}, ` +
      `of which the root file system takes ${tree ? '' : 'at least '}${mebibytes(room.treeBytes)} and ext4 itself ` +
      `${mebibytes(room.overheadBytes)}; ` +
      (room.freeBytes > 0 ? `only ${mebibytes(room.freeBytes)} would stay free` : 'it does not fit') +
      ` and the guest needs ${mebibytes(freeBytesWanted)}. ` +
      `Use image-size ${smallestSufficient(size)}GiB or more (--set image-size=${smallestSufficient(size)}GiB).`,
  )
}

function smallestSufficient(tree: TreeSize): number {
  let gibibytes = 1
  while (roomInGuest(gibibytes * 1024 ** 3, tree).freeBytes < freeBytesWanted) gibibytes++
  return gibibytes
}
