import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { inspectionSchema } from '../../src/contract/inspection.ts'
import { buildRecordSchema } from '../../src/dib/record.ts'
import { planSchema } from '../../src/elements/plan.ts'
import { publicationSchema } from '../../src/publish/publication.ts'
import { readDocument } from '../../src/system/documents.ts'
import { smokeTestSchema } from '../../src/vm/smoke-document.ts'
import { type BuiltImage, builtImage } from '../support/built-image.ts'

let built: BuiltImage
beforeAll(async () => {
  built = await builtImage()
})
const file = (name: string) => join(built.folder, name)

describe('./trove-image build, from nothing but a recipe', () => {
  test('ends with exit status 0 and the table of what was done', () => {
    expect(built.exitStatus, built.log.slice(-4000)).toBe(0)
    const labels = built.stdout
      .trimEnd()
      .split('\n')
      .map(line => line.split(' ')[0])
    expect(labels).toEqual(['setup', 'lock', 'plan', 'build', 'disk', 'inspect', 'smoke', 'publish'])
    expect(built.stdout).toMatch(/^inspect +\d+ passed, 0 failed, \d+ waived/m)
    expect(built.stdout).toMatch(/^smoke +boot \d+ s, agent \d+ s, registered \d+ s \(rpc_ping answered\)/m)
    expect(built.stdout).toMatch(/^publish .*level: registered/m)
  })

  test('leaves nothing on the host: no mount, loop device, process, port, unit or temporary file', () => {
    expect(built.leaks).toEqual({})
  })

  test('publishes the bytes that were tested', () => {
    const sha256 = execFileSync('sha256sum', [built.image], { encoding: 'utf8' }).split(' ')[0]
    const inspection = readDocument(file('inspection.json'), inspectionSchema)
    const smoke = readDocument(file('smoke-test.json'), smokeTestSchema)
    const record = readDocument(file('image.json'), buildRecordSchema)
    const publication = readDocument(file('publication.json'), publicationSchema)
    expect([
      inspection.image.sha256,
      smoke.image.sha256,
      smoke.image.sha256After,
      record.files[0]?.sha256,
      publication.image.sha256,
    ]).toEqual(Array(5).fill(sha256))
    expect(execFileSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: built.folder, encoding: 'utf8' })).toContain(
      '.qcow2: OK',
    )
    expect(publication.level).toBe('registered')
  })

  test('the agent answered twice, a minute apart', () => {
    const smoke = readDocument(file('smoke-test.json'), smokeTestSchema)
    const at = (event: RegExp) => smoke.timeline.filter(entry => event.test(entry.event)).map(entry => entry.seconds)
    const pings = at(/^answered/)
    expect(pings.length).toBeGreaterThanOrEqual(2)
    expect((pings.at(-1) ?? 0) - (pings[0] ?? 0)).toBeGreaterThanOrEqual(60)
    expect({ level: smoke.level, reached: smoke.reached, grown: smoke.rootFileSystemGrown }).toEqual({
      level: 'registered',
      reached: 'rpc',
      grown: true,
    })
  })

  test('the plan is resolved and has the digest that the record names', () => {
    const plan = readDocument(built.plan, planSchema)
    expect(plan.digest).toMatch(/^[0-9a-f]{64}$/)
    expect(readDocument(file('image.json'), buildRecordSchema).planDigest).toBe(plan.digest)
  })

  test('the report ends with the commands for this image', () => {
    const report = readFileSync(file('report.md'), 'utf8')
    expect(report).toContain('openstack image create')
    expect(report).toContain('openstack datastore version create')
    expect(report).toContain('db_load_datastore_config_parameters')
  })

  test('no half-written file is left beside the image', () => {
    expect(existsSync(`${built.image}.new`)).toBe(false)
  })
})
