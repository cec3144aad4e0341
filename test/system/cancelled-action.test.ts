import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { projectRoot } from '../../src/system/home.ts'
import { type BuiltImage, builtImage } from '../support/built-image.ts'
import { leaks, snapshot } from '../support/host.ts'
import { Job } from '../support/runner.ts'

let built: BuiltImage
const folder = mkdtempSync(join(tmpdir(), 'cancel.'))
beforeAll(async () => {
  built = await builtImage()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** GitHub gives a cancelled step 10 s and then kills it; the post step has the rest. */
test('the action build-image, cancelled in install.d as GitHub does it, leaves nothing with its post step', async () => {
  const job = new Job({ folder, checkout: projectRoot(), env: { HOME: homedir() } })
  const output = join(job.workspace, 'out')
  mkdirSync(output, { recursive: true })
  for (const document of ['lock.json', 'plan.json']) copyFileSync(join(built.folder, document), join(output, document))
  const caches = [join(homedir(), '.cache')]
  const before = snapshot(caches)
  const step = job.start('build-image', { plan: 'out/plan.json' })
  const log = join(output, 'build.log')
  const deadline = performance.now() + 600_000
  const reached = () =>
    existsSync(log) && /dib-run-parts Running \S*in_target\.d\/install\.d\//.test(readFileSync(log, 'utf8'))
  while (!reached()) {
    if (performance.now() > deadline) throw new Error('install.d was never reached')
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  step.cancel()
  const main = await step.done
  expect(main.groupFaults).toEqual([])
  expect([130, null], `${main.stdout}\n${main.stderr}`).toContain(main.exitStatus)
  const post = await job.post('build-image', main)
  expect([post.exitStatus, post.annotations], post.stdout).toEqual([0, []])
  expect(leaks(before, snapshot(caches))).toEqual({})
  expect(existsSync(join(output, 'image.json'))).toBe(false)
})
