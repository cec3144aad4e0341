import { defineConfig } from 'vitest/config'

/** A tier is a project of its own, so that `.ci/run` can time it and refuse a run in which it was skipped. */
const tier = (name: string, testTimeout: number, serial = false) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout,
    hookTimeout: testTimeout,
    ...(serial ? { fileParallelism: false } : {}),
  },
})

export default defineConfig({
  test: {
    passWithNoTests: false,
    projects: [
      tier('unit', 20_000),
      tier('contract', 20_000),
      tier('policy', 60_000),
      tier('dist', 120_000, true),
      tier('system', 3_600_000, true),
    ],
  },
})
