import { existsSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'

/** A folder that working folders could be made in. */
export interface WorkPlace {
  readonly path: string
  readonly freeBytes: number
  /** A file system in memory: what is written there is missing elsewhere. */
  readonly inMemory: boolean
}

/** A build's tree, its copy and the disk, with room to spare. */
const plentyBytes = 20 * 1024 ** 3

/**
 * Where working folders go: into the platform's temporary folder when that is on a disk and has plenty of room, or at least as
 * much as the usual place, which is the user's cache. Pure.
 */
export function chooseWorkPlace(offered: WorkPlace | undefined, usual: WorkPlace): WorkPlace {
  if (offered === undefined || offered.inMemory) return usual
  return offered.freeBytes >= Math.min(plentyBytes, usual.freeBytes) ? offered : usual
}

/** What a folder offers; of one that does not exist yet, its nearest parent. */
export function workPlaceAt(path: string): WorkPlace {
  let folder = path
  while (!existsSync(folder)) folder = dirname(folder)
  const { bavail, bsize, type } = statfsSync(folder)
  return { path, freeBytes: bavail * bsize, inMemory: memoryTypes.has(type) }
}

/** TMPFS_MAGIC and RAMFS_MAGIC of linux/magic.h. */
const memoryTypes: ReadonlySet<number> = new Set([0x01021994, 0x858458f6])
