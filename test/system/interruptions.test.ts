import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BuiltImage, builtImage } from '../support/built-image.ts'
import { type Blow, faults, interrupt } from '../support/interruption.ts'
import { points } from '../support/points.ts'

let built: BuiltImage
const folder = mkdtempSync(join(tmpdir(), 'interrupt.'))
beforeAll(async () => {
  built = await builtImage()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Five of the places; `npm run test:interrupt` strikes all of them, with delays drawn from a seed. */
test.each<[string, Blow]>([
  ['root.d', 'SIGINT'],
  ['install.d', 'SIGTERM'],
  ['guestfish in the inspection', 'SIGINT'],
  ['broker start', 'SIGTERM'],
  ['QEMU', 'SIGKILL'],
])('an interruption in %s by %s leaves nothing', async (name, blow) => {
  const point = points.find(candidate => candidate.name === name)
  if (point === undefined) throw new Error(`no point ${name}`)
  const result = await interrupt(point, blow, Math.min(0.5, point.delaySeconds), built, join(folder, 'work'))
  expect(faults(result), result.lastLines.join('\n')).toEqual([])
  if (blow !== 'SIGKILL') expect(result.lastLines.join('\n')).toMatch(/interrupted by SIG(INT|TERM)/)
})
