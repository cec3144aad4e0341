import { join } from 'node:path'
import type { ObjectKey } from '../objects/index.ts'
import { ObjectStore } from '../objects/index.ts'
import type { Kept, ObjectCache, Taken } from '../platform.ts'
import { asError } from '../system/errors.ts'
import { cacheFolder } from '../system/home.ts'

/** Objects in a folder of this machine, by default in the user's cache. */
export class DirectoryCache implements ObjectCache {
  readonly isShared = false
  readonly store: ObjectStore

  constructor(store = new ObjectStore(join(cacheFolder(), 'objects'))) {
    this.store = store
  }

  async take(key: ObjectKey, signal: AbortSignal): Promise<Taken> {
    try {
      const found = await this.store.find(key, signal)
      if (found.hit) return { ...found, from: this.store.folder }
      return { hit: false, reason: `${this.store.folder}: ${found.reason}` }
    } catch (error) {
      signal.throwIfAborted()
      return { hit: false, reason: asError(error).message }
    }
  }

  async keep(key: ObjectKey, write: (path: string) => Promise<void>, signal: AbortSignal): Promise<Kept> {
    try {
      const { sizeBytes } = await this.store.put(key, write, signal)
      return { kept: true, sizeBytes, where: this.store.folder }
    } catch (error) {
      signal.throwIfAborted()
      return { kept: false, reason: asError(error).message }
    }
  }
}
