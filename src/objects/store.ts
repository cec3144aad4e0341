import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { sha256OfFile } from '../system/hash.ts'
import { forget, recordFile } from '../system/journal.ts'
import type { ObjectKey } from './key.ts'

/** The two files of an object at rest. */
export interface ObjectFiles {
  /** `<digest>.tar.zst`, mode 0644. */
  readonly content: string
  /** The content's SHA-256 in the form of sha256sum. */
  readonly checksum: string
}

/** What looking for an object came to. */
export type Found =
  | { readonly hit: true; readonly path: string; readonly sizeBytes: number }
  /** `broken`: there was one, and it was not what its checksum says. It is gone. */
  | { readonly hit: false; readonly reason: string; readonly broken: boolean }

const gibibyte = 1024 ** 3

/** Objects in a folder: one file each with its checksum beside it, the least recently used out under a size bound. */
export class ObjectStore {
  readonly folder: string
  readonly #maxBytes: number

  constructor(folder: string, maxBytes = 10 * gibibyte) {
    this.folder = folder
    this.#maxBytes = maxBytes
  }

  /** Where an object lies or will lie: the same place on every machine with the same home. */
  filesOf(key: ObjectKey): ObjectFiles {
    const content = join(this.folder, `${key.digest}.tar.zst`)
    return { content, checksum: `${content}.sha256` }
  }

  /** Looks for an object and reads it whole: what does not fit its checksum is removed and counts as missing. */
  async find(key: ObjectKey, signal?: AbortSignal): Promise<Found> {
    const files = this.filesOf(key)
    if (!existsSync(files.content)) return { hit: false, reason: 'there is none', broken: false }
    const fault = await faultOf(files, signal)
    if (fault !== undefined) {
      this.remove(key)
      return { hit: false, reason: fault, broken: true }
    }
    const now = new Date()
    utimesSync(files.content, now, now)
    return { hit: true, path: files.content, sizeBytes: statSync(files.content).size }
  }

  /**
   * Has an object written and puts it into its place when it is whole. Two that make the same object at once do no harm:
   * should their files mix, the checksum does not fit and the next one makes it again.
   */
  async put(
    key: ObjectKey,
    write: (path: string) => Promise<void>,
    signal?: AbortSignal,
  ): Promise<{ readonly sizeBytes: number }> {
    await mkdir(this.folder, { recursive: true, mode: 0o755 })
    const files = this.filesOf(key)
    const waiting = `${files.content}.${randomBytes(4).toString('hex')}.new`
    recordFile(waiting)
    recordFile(`${waiting}.sha256`)
    try {
      await write(waiting)
      const digest = await sha256OfFile(waiting, signal)
      writeFileSync(`${waiting}.sha256`, `${digest}  ${basename(files.content)}\n`, { mode: 0o644, flush: true })
      renameSync(waiting, files.content)
      renameSync(`${waiting}.sha256`, files.checksum)
    } finally {
      for (const path of [waiting, `${waiting}.sha256`]) {
        rmSync(path, { force: true })
        forget({ kind: 'file', path })
      }
    }
    this.#evict(files.content)
    return { sizeBytes: statSync(files.content).size }
  }

  remove(key: ObjectKey): void {
    const { content, checksum } = this.filesOf(key)
    rmSync(content, { force: true })
    rmSync(checksum, { force: true })
  }

  #evict(keep: string): void {
    const objects = readdirSync(this.folder)
      .filter(name => name.endsWith('.tar.zst'))
      .map(name => join(this.folder, name))
      .map(path => ({ path, usedAt: statSync(path).mtimeMs, sizeBytes: statSync(path).size }))
    for (const path of toEvict(objects, this.#maxBytes, keep)) {
      rmSync(path, { force: true })
      rmSync(`${path}.sha256`, { force: true })
    }
  }
}

/** The least recently used objects that must go so that the rest fits; never `keep`. */
export function toEvict(
  objects: readonly { readonly path: string; readonly usedAt: number; readonly sizeBytes: number }[],
  maxBytes: number,
  keep: string,
): string[] {
  let total = objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const gone: string[] = []
  for (const { path, sizeBytes } of objects.toSorted((left, right) => left.usedAt - right.usedAt)) {
    if (total <= maxBytes) break
    if (path === keep) continue
    gone.push(path)
    total -= sizeBytes
  }
  return gone
}

async function faultOf({ content, checksum }: ObjectFiles, signal?: AbortSignal): Promise<string | undefined> {
  if (!existsSync(checksum)) return `${basename(content)} has no checksum beside it`
  const expected = /^([0-9a-f]{64}) {2}/.exec(readFileSync(checksum, 'utf8'))?.[1]
  if (expected === undefined) return `${basename(checksum)} holds no sha256`
  const actual = await sha256OfFile(content, signal)
  return actual === expected ? undefined : `${basename(content)} has sha256 ${actual}, its checksum says ${expected}`
}
