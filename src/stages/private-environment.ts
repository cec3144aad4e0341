import { environmentFolder, environmentKey, makeEnvironment, restoreEnvironment } from '../host/index.ts'
import { packFolder } from '../objects/index.ts'
import type { Platform } from '../platform.ts'

export interface EnvironmentRequest {
  readonly version: string
  /** Whether the platform's cache is asked first and given the result. */
  readonly useCache: boolean
}

/**
 * Brings the private environment: out of the cache, when that outlives the machine and has the very same one, else made
 * anew and put there. Nothing that is wrong with the cache keeps it from being made.
 */
export async function bringEnvironment(
  { version, useCache }: EnvironmentRequest,
  platform: Platform,
  signal: AbortSignal,
): Promise<void> {
  const { cache, log } = platform
  const key = useCache && cache.isShared ? await environmentKey(version) : undefined
  if (key !== undefined) {
    const taken = await cache.take(key, signal)
    const fault = taken.hit ? await restoreEnvironment(version, taken.path, signal) : taken.reason
    if (taken.hit && fault === undefined) {
      log.info(`taken from ${taken.from}, ${megabytes(taken.sizeBytes)}, verified`)
      return
    }
    log.info(`not taken from a cache: ${fault}`)
  }
  await makeEnvironment(version, { signal, onLine: line => log.info(line) })
  if (key === undefined) return
  const kept = await cache.keep(key, path => packFolder(environmentFolder(version), path, signal), signal)
  log.info(
    kept.kept ? `kept in ${kept.where}, ${megabytes(kept.sizeBytes)}` : `not kept for the next run: ${kept.reason}`,
  )
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1_000_000)} MB`
}
