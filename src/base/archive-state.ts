import type { Lock } from './lock.ts'

/** An InRelease file that a build used. */
interface UsedState {
  readonly file: string
  readonly sha256: string
}

export interface ArchiveComparison {
  /** Each state that the build used, and whether the lock names the same bytes. */
  readonly states: readonly (UsedState & { readonly locked: boolean })[]
  /** Suites of the lock whose bytes the build did not use: the archive has moved since the lock was written. */
  readonly moved: readonly string[]
}

/**
 * Holds what apt used during a build against the lock. Only a mirror that keeps old states can give the locked one again, so a
 * difference is told and recorded, not refused.
 */
export function compareArchive(lock: Lock | undefined, used: readonly UsedState[]): ArchiveComparison {
  const suites = lock?.base.source === 'minimal' ? lock.base.suites : []
  const locked = new Set(suites.map(suite => suite.inRelease))
  const seen = new Set(used.map(state => state.sha256))
  return {
    states: used.map(({ file, sha256 }) => ({ file, sha256, locked: locked.has(sha256) })),
    moved: suites.filter(suite => !seen.has(suite.inRelease)).map(suite => suite.suite),
  }
}
