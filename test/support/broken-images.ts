import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inspectionSchema } from '../../src/contract/inspection.ts'
import { readDocument } from '../../src/system/documents.ts'
import { smokeTestSchema } from '../../src/vm/smoke-document.ts'
import { breakImage } from './broken-image.ts'
import { builtImage } from './built-image.ts'
import { troveImage } from './checkout.ts'

/** An image broken on purpose, and what the two judges must say of it. */
export interface BrokenImage {
  readonly name: string
  /** guestfish lines that break the image. */
  readonly commands: readonly string[]
  /** The contract rules that must fail for it, and no other. */
  readonly rules: readonly string[]
  /** The step of the agent's start-up that the smoke test must find proven. */
  readonly reached: string
  readonly cause: RegExp
}

/** Breaks the default image, boots and inspects it. A file of its own for each, so that two of them run side by side. */
export function describeBrokenImage(broken: BrokenImage): void {
  describe(broken.name, () => {
    const folder = mkdtempSync(join(tmpdir(), 'broken.'))
    const image = join(folder, 'broken.qcow2')
    beforeAll(async () => {
      const built = await builtImage()
      await breakImage(built.image, image, broken.commands)
    })
    afterAll(() => rmSync(folder, { recursive: true, force: true }))

    test('the smoke test fails within its cap and names the step that was reached', async () => {
      const output = join(folder, 'smoke')
      const result = await troveImage(['smoke', image, '--output', output, '--cap-seconds', '420', '--log', 'plain'], {
        cwd: folder,
        logFile: join(folder, 'smoke.log'),
        timeoutSeconds: 1200,
      })
      expect(result.exitStatus, result.log.slice(-3000)).toBe(1)
      const document = readDocument(join(output, 'smoke-test.json'), smokeTestSchema)
      expect({ status: document.status, level: document.level, reached: document.reached }).toEqual({
        status: 'failed',
        level: 'none',
        reached: broken.reached,
      })
      expect(document.cause).toMatch(broken.cause)
      expect(document.image.sha256After).toBe(document.image.sha256)
    })

    // A Python package whose files are gone is not seen by reading the image: that is what booting it is for.
    const title = broken.rules.length > 0 ? 'the inspection fails for just that' : 'the inspection cannot see it'
    test(title, async () => {
      const output = join(folder, 'inspected')
      const result = await troveImage(['inspect', image, '--output', output, '--log', 'plain'], {
        cwd: folder,
        logFile: join(folder, 'inspect.log'),
        timeoutSeconds: 300,
      })
      const inspection = readDocument(join(output, 'inspection.json'), inspectionSchema)
      expect(
        inspection.results.filter(rule => ['failed', 'unknown'].includes(rule.status)).map(rule => rule.rule),
      ).toEqual(broken.rules)
      expect(result.exitStatus).toBe(broken.rules.length > 0 ? 1 : 0)
    })
  })
}
