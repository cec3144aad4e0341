import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BuiltImage, builtImage } from '../../support/built-image.ts'
import { troveImage } from '../../support/checkout.ts'

let built: BuiltImage
const folder = mkdtempSync(join(tmpdir(), 'firmware.'))
beforeAll(async () => {
  built = await builtImage()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the image boots by UEFI with fresh variables to the login prompt', async () => {
  const result = await troveImage(
    ['smoke', built.image, '--firmware', 'uefi', '--until', 'login', '--output', 'out', '--log', 'plain'],
    { cwd: folder, logFile: join(folder, 'log'), timeoutSeconds: 1500 },
  )
  expect(result.exitStatus, result.log.slice(-3000)).toBe(0)
  const console = readFileSync(join(folder, 'out/console.log'), 'utf8')
  const { firmware, image } = JSON.parse(readFileSync(join(folder, 'out/boot-test.json'), 'utf8'))
  expect({ firmware, unchanged: image.sha256 === image.sha256After }).toEqual({ firmware: 'uefi', unchanged: true })
  // The document repeats what was asked for; only the firmware's own words show what really started the boot loader.
  expect(console).toMatch(/BdsDxe: starting Boot/)
  expect(console).toMatch(/ login: /)
})
