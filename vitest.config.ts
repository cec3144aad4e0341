import { defineConfig } from 'vitest/config'
import { ByName, TierReporter } from './test/support/tiers.ts'

/** A tier is a project of its own, so that `.ci/run` can time it and refuse a run in which it was skipped. */
const tier = (name: string, testTimeout: number) => ({
  // Not a line for each source map of a dependency that lacks its sources.
  logLevel: 'error' as const,
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout,
    hookTimeout: testTimeout,
    setupFiles: ['test/support/leave-no-run.ts'],
    // GitHub's language service imports JSON without saying so, which Node refuses and the bundler does not.
    server: { deps: { inline: [/@actions\/(languageservice|workflow-parser|expressions)/] } },
  },
})

/** Real programs share two cores, loop devices and ports, and leaks are counted: one file after the other. */
const inTurn = (name: string, testTimeout: number, groupOrder: number) => {
  const { test, logLevel } = tier(name, testTimeout)
  return {
    logLevel,
    test: { ...test, exclude: ['test/*/parallel/**'], fileParallelism: false, sequence: { groupOrder } },
  }
}

/** Boots and inspections of images that exist already: a guest under emulation leaves one of two cores idle for most of the time. */
const sideBySide = (name: string, testTimeout: number, groupOrder: number) => {
  const { test, logLevel } = tier(name, testTimeout)
  const include = ['test/system/parallel/**/*.test.ts']
  return { logLevel, test: { ...test, include, maxWorkers: 2, sequence: { groupOrder } } }
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
      // A whole build under Ansible: a quarter of an hour, by name only.
      tier('zuul-job', 7_200_000),
    ],
  },
})
