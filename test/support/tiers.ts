import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Reporter, TestModule, TestSpecification } from 'vitest/node'
import { BaseSequencer } from 'vitest/node'

/** What a tier came to, written to `test-results/<tier>.json` for `.ci/run`. */
export interface TierResult {
  readonly tier: string
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly seconds: number
}

/** Counts each tier for itself. In CI a skipped test and an empty tier are failures: nobody notices them otherwise. */
export class TierReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tiers = new Map<string, TierResult>()
    for (const module of modules) {
      const tier = module.project.name
      const before = tiers.get(tier) ?? { tier, passed: 0, failed: 0, skipped: 0, seconds: 0 }
      const states = [...module.children.allTests()].map(test => test.result().state)
      const count = (state: string) => states.filter(candidate => candidate === state).length
      // A module that could not be loaded has no tests, and that is a failure of its own.
      const broken = states.length === 0 || module.errors().length > 0 ? 1 : 0
      tiers.set(tier, {
        tier,
        passed: before.passed + count('passed'),
        failed: before.failed + count('failed') + broken,
        skipped: before.skipped + count('skipped') + count('pending'),
        seconds: before.seconds + module.diagnostic().duration / 1000,
      })
    }
    mkdirSync('test-results', { recursive: true })
    for (const result of tiers.values()) {
      writeFileSync(join('test-results', `${result.tier}.json`), `${JSON.stringify(result)}\n`)
      if (process.env.CI && result.skipped > 0) {
        process.exitCode = 1
        process.stderr.write(`tier ${result.tier}: ${result.skipped} skipped, which counts as failed here\n`)
      }
    }
  }
}

/** Files in the order of their names: the same order on every machine. */
export class ByName extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((left, right) => (left.moduleId < right.moduleId ? -1 : 1))
  }
}
