import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { builtImage } from '../support/built-image.ts'
import { draw, faults, interrupt } from '../support/interruption.ts'

/** `npm run test:interrupt -- --count N --seed S`: strikes real runs and counts what they leave. */
const { values } = parseArgs({
  options: { count: { type: 'string', default: '20' }, seed: { type: 'string', default: '1' } },
})
const count = Number(values.count)
const seed = Number(values.seed)
if (!Number.isInteger(count) || count < 1 || !Number.isInteger(seed)) {
  process.stderr.write('usage: npm run test:interrupt -- --count N --seed S (whole numbers, N at least 1)\n')
  process.exit(2)
}

const print = (text: string) => process.stdout.write(`${text}\n`)
const built = await builtImage()
if (built.exitStatus !== 0) {
  print(`the build that is to be interrupted fails by itself:\n${built.log}`)
  process.exit(1)
}
const folder = mkdtempSync(join(tmpdir(), 'interrupt.'))
let failed = 0
print(`${count} interruptions, seed ${seed}`)
for (const { point, blow, delaySeconds } of draw(count, seed)) {
  const result = await interrupt(point, blow, delaySeconds, built, join(folder, 'work'))
  const wrong = faults(result)
  if (wrong.length > 0) failed += 1
  const ending = `exit ${result.exitStatus ?? blow} after ${result.endedAfterSeconds.toFixed(1)} s`
  print(
    `${wrong.length === 0 ? 'ok    ' : 'FAILED'} ${point.name.padEnd(28)} ${blow.padEnd(8)} +${delaySeconds.toFixed(1)} s  ${ending}`,
  )
  for (const line of wrong) print(`         ${line}`)
  if (wrong.length > 0) for (const line of result.lastLines) print(`         | ${line}`)
}
rmSync(folder, { recursive: true, force: true })
print(`${count - failed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
