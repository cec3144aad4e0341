import { existsSync, readFileSync } from 'node:fs'

/** Prints a line for each tier and the closing line; the argument is the number of steps that failed. */
const tiers = ['unit', 'contract', 'policy', 'dist', 'system', 'system-parallel']
const failedSteps = Number(process.argv[2] ?? 0)
let passed = 0
let failed = 0
process.stdout.write('\n')
for (const tier of tiers) {
  const file = `test-results/${tier}.json`
  if (!existsSync(file)) {
    failed += 1
    process.stdout.write(`${tier.padEnd(16)} did not run, which counts as failed\n`)
    continue
  }
  const result = JSON.parse(readFileSync(file, 'utf8'))
  passed += result.passed
  failed += result.failed + result.skipped + (result.passed === 0 ? 1 : 0)
  process.stdout.write(
    `${tier.padEnd(16)} ${result.passed} passed, ${result.failed} failed, ${result.skipped} skipped, ${Math.round(result.seconds)} s\n`,
  )
}
// A step that failed without a failing test, such as lint, is a failure too.
if (failedSteps > 0 && failed === 0) failed = failedSteps
process.stdout.write(`${passed} passed, ${failed} failed\n`)
process.exit(failed > 0 || failedSteps > 0 ? 1 : 0)
