import { defineConfig } from 'vitest/config'
import { ByName, TierReporter } from './test/support/tiers.ts'

/** A tier is a project of its own, so that `.ci/run` can time it and refuse a run in which it was skipped. */
const tier = (name: string, testTimeout: number) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout,
    hookTimeout: testTimeout,
    setupFiles: ['test/support/leave-no-run.ts'],
  },
})

/** Real programs share two cores, loop devices and ports, and leaks are counted: one file after the other. */
const inTurn = (name: string, testTimeout: number, groupOrder: number) => {
  const { test } = tier(name, testTimeout)
  return {
    test: { ...test, exclude: ['test/*/parallel/**'], fileParallelism: false, sequence: { groupOrder } },
  }
}

/** Boots and inspections of images that exist already: a guest under emulation leaves one of two cores idle for most of the time. */
const sideBySide = (name: string, testTimeout: number, groupOrder: number) => {
  const { test } = tier(name, testTimeout)
  const include = ['test/system/parallel/**/*.test.ts']
  return { test: { ...test, include, maxWorkers: 2, sequence: { groupOrder } } }
}

export default defineConfig({
  test: {
    passWithNoTests: false,
    reporters: ['default', new TierReporter()],
    sequence: { sequencer: ByName },
    projects: [
      tier('unit', 20_000),
      tier('contract', 30_000),
      tier('policy', 120_000),
      inTurn('dist', 300_000, 1),
      inTurn('system', 3_600_000, 2),
      sideBySide('system-parallel', 3_600_000, 3),
      // The README's workflow by act, once cancelled and once whole: some twenty minutes, by name only.
      inTurn('act', 3_600_000, 5),
      // A whole build under Ansible: a quarter of an hour, by name only.
      tier('zuul-job', 7_200_000),
    ],
  },
})
