import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { projectRoot } from '../../src/system/home.ts'
import { leaks, snapshot } from '../support/host.ts'
import { configurationFaults, freezeAll, tenants } from '../zuul/checks.ts'
import { leftOver } from '../zuul/leftovers.ts'
import { runScenario } from '../zuul/scenarios.ts'
import { type Site, startSite } from '../zuul/site.ts'

/**
 * A real Zuul (ZooKeeper, database, scheduler, executor, launcher, web, a node) loads this project's jobs, beside stand-ins of
 * our own for their parents in OpenStack. What costs a whole image build is `npm run test:zuul -- run`.
 */
let site: Site
const before = snapshot([])
beforeAll(async () => {
  site = await startSite(() => undefined, new AbortController().signal)
})
afterAll(async () => {
  await site?.stop()
})

describe('a real Zuul', () => {
  test.each(tenants)('loads the tenant %s without errors and warnings', async tenant => {
    expect(await configurationFaults(site.api, tenant)).toEqual([])
  })

  test('freezes every job as the golden files say', async () => {
    const all = await freezeAll(site.api)
    for (const { name, job } of all) {
      const file = join(projectRoot(), 'test/fixtures/zuul/frozen', `${name}.json`)
      await expect(`${JSON.stringify(job, null, 2)}\n`).toMatchFileSnapshot(file)
    }
    await expect(`${all.map(({ name }) => name).join('\n')}\n`).toMatchFileSnapshot(
      join(projectRoot(), 'test/fixtures/zuul/frozen/jobs.txt'),
    )
  })

  test('runs a job on the node', async () => {
    expect(await runScenario(site, 'hello')).toEqual([])
  })

  test('leaves nothing when it is stopped', async () => {
    await site.stop()
    expect({ left: leftOver(), leaks: leaks(before, snapshot([])) }).toEqual({ left: [], leaks: {} })
  })
})
