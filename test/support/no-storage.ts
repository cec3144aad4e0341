import type { Platform } from '../../src/platform.ts'
import { noArtifacts } from '../../src/platforms/no-artifacts.ts'

/** The storage of a platform that keeps nothing, for tests of what does not need it. */
export const noStorage: Pick<Platform, 'cache' | 'artifacts'> = {
  cache: {
    isShared: false,
    take: async () => ({ hit: false, reason: 'nothing is kept here' }),
    keep: async () => ({ kept: false, reason: 'nothing is kept here' }),
  },
  artifacts: noArtifacts,
}
