import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sha256 } from '../../src/system/documents.ts'
import { projectRoot } from '../../src/system/home.ts'
import { runActionProcess } from '../support/action-process.ts'
import { ResultsService } from '../support/results/service.ts'

/** Two jobs of a workflow: one builds and inspects, the other boots. The committed bundle, the real client, a double of the service. */
let folder: string
let service: ResultsService
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trove-image-documents.'))
  service = await ResultsService.start(join(folder, 'blobs'))
})
afterAll(async () => {
  await service.close()
  rmSync(folder, { recursive: true })
})

const image = 'trove-guest-debian-trixie-amd64.qcow2'
const digest = sha256('bytes')

const publish = (job: string, inputs: Record<string, string>) =>
  runActionProcess({
    program: join(projectRoot(), 'dist/actions/publish-image.js'),
    folder: join(folder, job),
    inputs,
    env: service.environment(),
  })

/** The output folder of a job, with the image and some of the documents about it. */
function jobWith(job: string, documents: readonly string[]): string {
  const out = join(folder, job, 'workspace/out')
  rmSync(join(folder, job), { recursive: true, force: true })
  mkdirSync(out, { recursive: true })
  writeFileSync(join(out, image), 'bytes')
  for (const document of documents) {
    const fixture = new URL(`../fixtures/report/registered/${document}.json`, import.meta.url)
    writeFileSync(join(out, `${document}.json`), readFileSync(fixture, 'utf8').replaceAll(sha256('trixie'), digest))
  }
  return out
}

const errorOf = (run: { stdout: string }) => decodeURIComponent(/^::error::(.*)$/m.exec(run.stdout)?.[1] ?? '')

describe('documents-artifact', () => {
  let artifact: string
  beforeEach(async () => {
    service.reset()
    jobWith('build', ['image', 'inventory', 'inspection'])
    const built = await publish('build', { allow: 'not-smoke-tested' })
    expect({ status: built.status, level: built.outputs.level }, built.stdout).toEqual({
      status: 0,
      level: 'inspected',
    })
    artifact = String(built.outputs['documents-artifact'])
  })

  test('the job that boots publishes with the documents of the one that builds, whose artifact it replaces', async () => {
    const out = jobWith('boot', ['smoke-test'])
    const run = await publish('boot', { 'documents-artifact': artifact, sha256: digest, image: join('out', image) })
    expect({ status: run.status, level: run.outputs.level }, run.stdout).toEqual({ status: 0, level: 'registered' })
    const names = [
      'image.json',
      'inspection.json',
      'inventory.json',
      'smoke-test.json',
      'publication.json',
      'report.md',
    ]
    expect(readdirSync(out)).toEqual(expect.arrayContaining([...names, image, 'SHA256SUMS']))
    expect(JSON.parse(readFileSync(join(out, 'publication.json'), 'utf8')).level).toBe('registered')
    expect(readFileSync(join(folder, 'build/workspace/out/image.json'), 'utf8')).toBe(
      readFileSync(join(out, 'image.json'), 'utf8'),
    )
    expect(service.calls().filter(call => call === 'DeleteArtifact').length).toBe(1)
  })

  test('what the job has itself stays as it is', async () => {
    const out = jobWith('boot', ['smoke-test', 'inspection'])
    copyFileSync(join(out, 'inspection.json'), join(folder, 'mine'))
    writeFileSync(join(folder, 'mine'), `${readFileSync(join(folder, 'mine'), 'utf8')}\n`)
    copyFileSync(join(folder, 'mine'), join(out, 'inspection.json'))
    const run = await publish('boot', { 'documents-artifact': artifact, upload: 'never' })
    expect(run.status, run.stdout).toBe(0)
    expect(readFileSync(join(out, 'inspection.json'), 'utf8')).toBe(readFileSync(join(folder, 'mine'), 'utf8'))
  })

  test('documents of another image prove nothing', async () => {
    const out = jobWith('boot', ['smoke-test'])
    writeFileSync(join(out, image), 'other bytes')
    const run = await publish('boot', { 'documents-artifact': artifact, upload: 'never' })
    expect({ status: run.status, error: errorOf(run) }).toEqual({
      status: 2,
      error: expect.stringContaining('inspected-other-image'),
    })
  })

  test('an artifact that does not exist is named, with those that do', async () => {
    jobWith('boot', ['smoke-test'])
    const run = await publish('boot', { 'documents-artifact': 'nothing' })
    expect({ status: run.status, error: errorOf(run) }).toEqual({
      status: 2,
      error: expect.stringMatching(new RegExp(`no artifact "nothing"; it has .*${artifact}`)),
    })
  })
})
