import { defineConfig } from 'vitest/config'
import { ByName, TierReporter } from './test/support/tiers.ts'

/** A tier is a project of its own, so that `.ci/run` can time it and refuse a run in which it was skipped. */
const tier = (name: string, testTimeout: number) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout,
    hookTimeout: testTimeout,
    // Real programs share two cores, loop devices and ports: one file after the other.
    fileParallelism: name !== 'system' && name !== 'dist',
  },
})

export default defineConfig({
  test: {
    passWithNoTests: false,
    reporters: ['default', new TierReporter()],
    sequence: { sequencer: ByName },
    projects: [
      tier('unit', 20_000),
      tier('contract', 30_000),
      tier('policy', 120_000),
      tier('dist', 300_000),
      tier('system', 3_600_000),
      // A whole build under Ansible: a quarter of an hour, by name only.
      tier('zuul-job', 7_200_000),
    ],
  },
})
