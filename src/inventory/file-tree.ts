import { posix } from 'node:path'
import type { ImageEntry } from './inventory.ts'

const types: Record<string, ImageEntry['type']> = { f: 'file', d: 'folder', l: 'link' }

/**
 * Reads find's listing: `type mode uid gid size TAB path TAB target NUL` (see capture-script.ts).
 *
 * @param mountPoint where the listed file system belongs in the tree
 */
export function parseListing(text: string, mountPoint: string): ImageEntry[] {
  return text.split('\0').flatMap(record => {
    const [facts = '', path, target = ''] = record.split('\t')
    const [type = '', mode = '', uid = '', gid = '', size = ''] = facts.split(' ')
    if (path === undefined) return []
    return [
      {
        path: posix.join(mountPoint, path),
        type: types[type] ?? 'other',
        mode: mode.padStart(4, '0'),
        uid: Number(uid),
        gid: Number(gid),
        sizeBytes: Number(size),
        ...(type === 'l' ? { target } : {}),
      },
    ]
  })
}

/** The file tree of an image, in memory. Links are followed within the image, never on this machine. */
export class FileTree {
  readonly #entries = new Map<string, ImageEntry>()
  readonly #children = new Map<string, ImageEntry[]>()
  readonly #notListed: readonly string[]

  constructor(entries: Iterable<ImageEntry>, notListed: readonly string[] = []) {
    for (const entry of entries) this.#entries.set(entry.path, entry)
    for (const entry of this.#entries.values()) {
      if (entry.path === '/') continue
      const folder = posix.dirname(entry.path)
      const siblings = this.#children.get(folder)
      if (siblings === undefined) this.#children.set(folder, [entry])
      else siblings.push(entry)
    }
    for (const siblings of this.#children.values()) siblings.sort((left, right) => (left.path < right.path ? -1 : 1))
    this.#notListed = notListed
  }

  /** The entry itself; a link is not followed, but links among its folders are. */
  entry(path: string): ImageEntry | undefined {
    const direct = this.#entries.get(path)
    if (direct !== undefined || path === '/') return direct
    const folder = this.resolve(posix.dirname(path))
    return folder === undefined ? undefined : this.#entries.get(posix.join(folder.path, posix.basename(path)))
  }

  /** What a path leads to, through all links; undefined when there is nothing. */
  resolve(path: string): ImageEntry | undefined {
    return this.trail(path).at(-1)
  }

  /** Every link on the way to what a path leads to, then that; empty when it leads nowhere. */
  trail(path: string): ImageEntry[] {
    const passed: ImageEntry[] = []
    let rest = posix
      .normalize(path)
      .split('/')
      .filter(part => part !== '')
    let at = '/'
    let links = 0
    for (;;) {
      const part = rest.shift()
      if (part === undefined) break
      if (part === '..') {
        at = posix.dirname(at)
        continue
      }
      const next = this.#entries.get(posix.join(at, part))
      if (next === undefined) return []
      if (next.type !== 'link') {
        at = next.path
        continue
      }
      passed.push(next)
      if (++links > 40) return []
      const target = next.target ?? ''
      rest = [...target.split('/').filter(step => step !== '' && step !== '.'), ...rest]
      if (target.startsWith('/')) at = '/'
    }
    const end = this.#entries.get(at)
    return end === undefined ? [] : [...passed, end]
  }

  /** Whether a regular file that somebody may execute is there. Unlisted folders get the benefit of the doubt. */
  isProgram(path: string): boolean {
    const found = this.resolve(path)
    if (found === undefined) return this.isUnlisted(path)
    return found.type === 'file' && (Number.parseInt(found.mode, 8) & 0o111) !== 0
  }

  /** Whether anything is there. Unlisted folders get the benefit of the doubt. */
  exists(path: string): boolean {
    return this.resolve(path) !== undefined || this.isUnlisted(path)
  }

  isUnlisted(path: string): boolean {
    return this.#notListed.some(folder => path.startsWith(`${folder}/`))
  }

  /** Directly in a folder, sorted by name; links in the folder's own path are followed. */
  within(folder: string): readonly ImageEntry[] {
    const start = this.resolve(folder)
    return start === undefined ? [] : (this.#children.get(start.path) ?? [])
  }

  /** All below a folder, each folder before its content. */
  below(folder: string): ImageEntry[] {
    return this.within(folder).flatMap(entry => [entry, ...(entry.type === 'folder' ? this.below(entry.path) : [])])
  }

  entries(): IterableIterator<ImageEntry> {
    return this.#entries.values()
  }
}
