import type { ObjectKey } from '../objects/index.ts'
import type { Kept, ObjectCache, Taken } from '../platform.ts'
import { sparingMemory } from '../system/buffer-memory.ts'
import { asError } from '../system/errors.ts'
import { DirectoryCache } from './directory-cache.ts'

/** The name of an object in a repository's cache. Only the whole key is ever asked for. */
export function cacheKey({ kind, digest }: ObjectKey): string {
  return `trove-image-${kind}-${digest}`
}

/**
 * Objects in the repository's cache, by way of the folder on the runner: the cache stores and restores the object's two
 * files at the same absolute paths, because these paths are part of what it compares. The client logs its own troubles and
 * goes on; here they become a reason.
 */
export class GithubCache implements ObjectCache {
  readonly isShared = true
  readonly #local: DirectoryCache

  constructor(local = new DirectoryCache()) {
    this.#local = local
  }

  async take(key: ObjectKey, signal: AbortSignal): Promise<Taken> {
    const there = await this.#local.take(key, signal)
    if (there.hit) return there
    try {
      return await this.#restore(key, signal)
    } catch (error) {
      signal.throwIfAborted()
      return { hit: false, reason: asError(error).message }
    }
  }

  async keep(key: ObjectKey, write: (path: string) => Promise<void>, signal: AbortSignal): Promise<Kept> {
    const kept = await this.#local.keep(key, write, signal)
    if (!kept.kept) return kept
    const name = cacheKey(key)
    try {
      const client = await import('@actions/cache')
      if (!client.isFeatureAvailable()) return { kept: false, reason: 'this runner has no cache service' }
      const files = this.#local.store.filesOf(key)
      const id = await sparingMemory(() => client.saveCache([files.content, files.checksum], name))
      if (id !== -1) return { ...kept, where: `the repository's cache as ${name}` }
      return {
        kept: false,
        reason: `the repository's cache did not take ${name}: it has it already, is full, or this run may only read; see above`,
      }
    } catch (error) {
      signal.throwIfAborted()
      return { kept: false, reason: asError(error).message }
    }
  }

  async #restore(key: ObjectKey, signal: AbortSignal): Promise<Taken> {
    const name = cacheKey(key)
    const client = await import('@actions/cache')
    if (!client.isFeatureAvailable()) return { hit: false, reason: 'this runner has no cache service' }
    const { store } = this.#local
    const files = store.filesOf(key)
    const matched = await sparingMemory(() => client.restoreCache([files.content, files.checksum], name))
    signal.throwIfAborted()
    if (matched === undefined) {
      return {
        hit: false,
        reason: `the repository's cache gave no ${name}; what went wrong, if anything, stands above`,
      }
    }
    const found = await store.find(key, signal)
    if (found.hit) return { ...found, from: `the repository's cache, ${matched}` }
    // An entry cannot be overwritten: as long as it is there, every run finds it broken.
    return {
      hit: false,
      reason: `${matched} of the repository's cache is broken: ${found.reason}. A whole one can take its place after: gh cache delete ${name}`,
    }
  }
}
