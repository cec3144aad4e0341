import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { projectRoot } from '../../src/system/home.ts'
import { leaks, snapshot } from '../support/host.ts'
import { configurationFaults, freezeAll, tenants } from '../zuul/checks.ts'
import { leftOver } from '../zuul/leftovers.ts'
import { runScenario } from '../zuul/scenarios.ts'
import { type Site, siteFolder, startSite } from '../zuul/site.ts'

/**
 * A real Zuul (ZooKeeper, database, scheduler, executor, launcher, web, a node) loads this project's jobs, beside stand-ins of
 * our own for their parents in OpenStack. What costs a whole image build is `npm run test:zuul -- run`.
 */
describe('a real Zuul', () => {
  const before = snapshot([])
  const golden = (file: string) => join(projectRoot(), 'test/fixtures/zuul/frozen', file)
  let site: Site
  beforeAll(async () => {
    site = await startSite()
  })
  afterAll(async () => {
    await site?.stop()
  })

  test.each(tenants)('loads the tenant %s without errors and warnings', async tenant => {
    expect(await configurationFaults(site.api, tenant)).toEqual([])
  })

  test('tells errors and warnings of a tenant that has them', async () => {
    expect(await configurationFaults(site.api, 'faulty')).toEqual([
      'warning Cleanup Run Deprecation in consumer/faulty-images zuul.d/faulty.yaml: The cleanup-run job attribute is ' +
        'deprecated. Replace it with post-run playbooks with the `cleanup` attribute set.',
      'error Unknown in consumer/faulty-images zuul.d/faulty.yaml: Job trove-image-build-nothing not defined',
    ])
  })

  test('freezes every job as the golden files say', async () => {
    const all = await freezeAll(site.api)
    await expect(`${all.map(({ name }) => name).join('\n')}\n`).toMatchFileSnapshot(golden('jobs.txt'))
    for (const { name, job } of all) {
      await expect(`${JSON.stringify(job, null, 2)}\n`).toMatchFileSnapshot(golden(`${name}.json`))
    }
  })

  test('runs a job on the node, with an artifact in the API', async () => {
    expect(await runScenario(site, 'hello')).toEqual([])
  })

  test('is found by the search for what is left, and leaves nothing when it is stopped', async () => {
    const found = leftOver()
    expect(found.slice(0, 2)).toEqual([siteFolder, '/home/trove-zuul'])
    for (const program of [
      'java',
      'mariadbd',
      'sshd',
      'zuul-scheduler',
      'zuul-executor',
      'zuul-launcher',
      'zuul-web',
    ]) {
      expect(found.filter(line => line.startsWith('process ') && line.includes(program))).not.toEqual([])
    }
    await site.stop()
    expect({ left: leftOver(), leaks: leaks(before, snapshot([])) }).toEqual({ left: [], leaks: {} })
  })
})
