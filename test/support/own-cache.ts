import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { cleanCurrentRun } from '../../src/system/cleanup.ts'

/** Each test of the file gets a folder, below which the user's cache with its runs lies; both are gone afterwards. */
export function folderWithCache(prefix: string): () => string {
  let folder = ''
  let cache: string | undefined
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), prefix))
    cache = process.env.XDG_CACHE_HOME
    process.env.XDG_CACHE_HOME = join(folder, 'cache')
  })
  afterEach(async () => {
    await cleanCurrentRun()
    if (cache === undefined) delete process.env.XDG_CACHE_HOME
    else process.env.XDG_CACHE_HOME = cache
    rmSync(folder, { recursive: true })
  })
  return () => folder
}
