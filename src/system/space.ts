import { existsSync, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DiskSpaceError } from './errors.ts'
import { run } from './run.ts'

/** A place that a piece of work writes to. */
export interface Place {
  /** What it is for, in words: "the working folder". */
  readonly use: string
  readonly path: string
}

/** Bytes that will lie at a place at the same time. */
export interface SpaceNeed extends Place {
  readonly bytes: number
}

/** A file system and what is asked of it. */
export interface SpaceState extends FileSystem {
  readonly freeBytes: number
  readonly neededBytes: number
  readonly needs: readonly SpaceNeed[]
}

/** The file system below a path. */
export interface FileSystem {
  readonly device: string
  readonly mountPoint: string
}

/** Bytes that an ordinary user may still write below a path that exists or whose nearest parent does. */
export function freeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(nearestExisting(path))
  return bavail * bsize
}

/** The file system that holds a path, as `df` names it. */
export async function fileSystemOf(path: string): Promise<FileSystem> {
  const { stdout } = await run('df', ['--output=source,target', nearestExisting(path)])
  const [device = 'unknown', ...mountPoint] = (stdout.trim().split('\n')[1] ?? '').trim().split(/\s+/)
  return { device, mountPoint: mountPoint.join(' ') }
}

/** Whether a message says that a file system is full (or a quota is used up). */
export function saysNoSpace(message: string): boolean {
  return /No space left on device|Disk quota exceeded|ENOSPC|EDQUOT/.test(message)
}

/** Watches how far the free space of some places goes down, because clean-up gives it back before anybody can look. */
export class SpaceWatch {
  readonly #lowest = new Map<Place, number>()
  readonly #timer: NodeJS.Timeout

  constructor(places: readonly Place[], everySeconds = 1) {
    const sample = () => {
      for (const place of places) {
        try {
          const free = freeBytes(place.path)
          this.#lowest.set(place, Math.min(free, this.#lowest.get(place) ?? Number.POSITIVE_INFINITY))
        } catch {
          // The place is gone or cannot be asked: what was seen before stays.
        }
      }
    }
    sample()
    this.#timer = setInterval(sample, everySeconds * 1000)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** The place that came nearest to being full, with what was left. */
  tightest(): { readonly place: Place; readonly freeBytes: number } | undefined {
    const [first] = [...this.#lowest].toSorted(([, left], [, right]) => left - right)
    return first && { place: first[0], freeBytes: first[1] }
  }
}

/**
 * Runs a piece of work; when it fails for want of space, says which file system is full.
 *
 * @throws DiskSpaceError in place of an error that says "No space left on device"
 */
export async function explainingNoSpace<T>(places: readonly Place[], work: () => Promise<T>): Promise<T> {
  const watch = new SpaceWatch(places)
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Error) || !saysNoSpace(error.message)) throw error
    throw await noSpaceError(watch, error)
  } finally {
    watch.stop()
  }
}

/** The error for a full file system, from what a watch has seen. */
export async function noSpaceError(watch: SpaceWatch, cause: Error): Promise<DiskSpaceError> {
  const tightest = watch.tightest()
  const where = tightest ? await describeFull(tightest.place, tightest.freeBytes) : 'a file system is full'
  return new DiskSpaceError(
    `No space left on device: ${where}. Nothing of the unfinished work remains.\n${cause.message}`,
    {
      cause,
    },
  )
}

async function describeFull(place: Place, lowestFreeBytes: number): Promise<string> {
  const { device, mountPoint } = await fileSystemOf(place.path).catch(() => ({ device: 'unknown', mountPoint: '?' }))
  return (
    `the file system ${device} on ${mountPoint}, which holds ${place.use} ${place.path}, ` +
    `went down to ${Math.round(lowestFreeBytes / 1024 ** 2)} MiB free`
  )
}

/** Where needs meet: those of places on the same file system add up. */
export async function spaceStates(needs: readonly SpaceNeed[]): Promise<SpaceState[]> {
  const byDevice = Map.groupBy(needs, ({ path }) => statSync(nearestExisting(path)).dev)
  const states: SpaceState[] = []
  for (const together of byDevice.values()) {
    const [first] = together
    if (first === undefined) continue
    const neededBytes = together.reduce((sum, { bytes }) => sum + bytes, 0)
    states.push({
      ...(await fileSystemOf(first.path)),
      freeBytes: freeBytes(first.path),
      neededBytes,
      needs: together,
    })
  }
  return states
}

/**
 * @throws DiskSpaceError with the numbers when a file system cannot take what is about to be written
 */
export async function requireSpace(needs: readonly SpaceNeed[]): Promise<void> {
  for (const { device, mountPoint, freeBytes: free, neededBytes, needs: together } of await spaceStates(needs)) {
    if (free >= neededBytes) continue
    const mebibytes = (bytes: number) => `${Math.round(bytes / 1024 ** 2)} MiB`
    const parts = together.map(({ use, path, bytes }) => `${use} ${path} ${mebibytes(bytes)}`).join(', ')
    throw new DiskSpaceError(
      `the file system ${device} on ${mountPoint} has ${mebibytes(free)} free and the build needs ` +
        `${mebibytes(neededBytes)} there (${parts}). Free some space, or use another folder: --output for the image, ` +
        'XDG_CACHE_HOME for the working folder',
    )
  }
}

function nearestExisting(path: string): string {
  let folder = path
  while (!existsSync(folder)) folder = dirname(folder)
  return folder
}
