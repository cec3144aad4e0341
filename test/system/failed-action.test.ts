import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { projectRoot } from '../../src/system/home.ts'
import { troveImage } from '../support/checkout.ts'
import { recipeWithHook } from '../support/recipe-with-hook.ts'
import { ResultsService } from '../support/results/service.ts'
import { Job } from '../support/runner.ts'

/** The action build-image with a hook that fails, by the real diskimage-builder; artifacts go to a double of GitHub's service. */
const folder = mkdtempSync(join(tmpdir(), 'failed.'))
let service: ResultsService
let job: Job
beforeAll(async () => {
  service = await ResultsService.start(join(folder, 'blobs'))
  job = new Job({ folder, checkout: projectRoot(), env: { HOME: homedir(), ...service.environment() } })
  const output = join(job.workspace, 'out')
  mkdirSync(output, { recursive: true })
  const recipe = recipeWithHook(join(job.workspace, 'own'), 'fails', 'echo "about to fail"; exit 3')
  const planned = await troveImage(
    ['build', '--yes', '--recipe', recipe, '--until', 'assemble-elements', '--output', output, '--log', 'plain'],
    { cwd: folder, logFile: join(folder, 'log'), timeoutSeconds: 300 },
  )
  expect(planned.exitStatus, planned.log).toBe(0)
})
afterAll(async () => {
  await service.close()
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(() => service.reset())

test('names element and hook, marks the file, and uploads its log for three days', async () => {
  const step = await job.main('build-image', { plan: 'out/plan.json' })
  expect(step.exitStatus, step.stdout).toBe(4)
  expect(step.annotations.map(({ level, file }) => ({ level, file }))).toContainEqual({
    level: 'error',
    file: 'own/elements/test-fails/root.d/00-fails',
  })
  const [[name, files] = ['', []] as const, ...others] = Object.entries(service.artifactFiles())
  expect([name, others]).toEqual([expect.stringMatching(/^trove-image-failure-build-image-[0-9a-f]{6}$/), []])
  expect(execFileSync('python3', ['-m', 'zipfile', '-l', files[0] ?? ''], { encoding: 'utf8' })).toMatch(
    /^build\.log /m,
  )
  const created = service.requests.find(({ what }) => what === 'CreateArtifact')?.request
  expect(Math.round((Date.parse(String(created?.expires_at)) - Date.now()) / 86_400_000)).toBe(3)
})

test('uploads nothing with failure-logs: false', async () => {
  const step = await job.main('build-image', { plan: 'out/plan.json', 'failure-logs': 'false' })
  expect([step.exitStatus, service.calls()], step.stdout).toEqual([4, []])
})
