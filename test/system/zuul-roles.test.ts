import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasAnsible, type Job, type PlaybookResult, prepareJob, runPlaybooks } from '../support/ansible.ts'

const folder = mkdtempSync(join(tmpdir(), 'zuul-roles.'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let count = 0
function newJob(otherProjects: readonly string[] = []): Job {
  return prepareJob(join(folder, `job-${++count}`), otherProjects)
}

/** A playbook of this test, beside none of ours. */
function playbook(job: Job, text: string): string {
  const file = join(job.folder, 'playbook.yaml')
  writeFileSync(file, text)
  return file
}

const roles = (...names: string[]) => `- hosts: all\n  roles:\n${names.map(name => `    - role: ${name}\n`).join('')}`
const lastOf = (result: PlaybookResult) => result.log.slice(-3000)
/** A new one each time: the checkout on the node has this file. */
const password = randomBytes(12).toString('hex')

/** An image of 64 KiB with the documents of one that registered: what the roles around the stages read. */
function publication(job: Job, level = 'registered'): { image: string; sha256: string; names: string[] } {
  const out = join(job.home, 'out')
  mkdirSync(out, { recursive: true })
  const write = (name: string, content: string | Buffer) => {
    writeFileSync(join(out, name), content)
    return { name, sha256: createHash('sha256').update(content).digest('hex') }
  }
  const image = write('trove-guest-test-amd64.qcow2', Buffer.alloc(65536, 'image'))
  write('build.log', 'not published\n')
  const files = [image, write('report.md', '# Report\n'), write('smoke-test.json', '{}\n')]
  const sums = write('SHA256SUMS', files.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join(''))
  const record = write('image.json', JSON.stringify({ files: [{ name: image.name, format: 'qcow2' }] }))
  const document = {
    schemaVersion: 1,
    publishedAt: '2026-11-25T16:52:30.123Z',
    recipe: 'test',
    level,
    allowed: [],
    image: { ...image, sizeBytes: 65536 },
    files: [...files, record, sums],
  }
  write('publication.json', JSON.stringify(document))
  return { image: image.name, sha256: image.sha256, names: document.files.map(({ name }) => name) }
}

describe.skipIf(!hasAnsible)('the roles of the stages', () => {
  let job: Job
  let result: PlaybookResult
  beforeAll(async () => {
    job = newJob()
    result = await runPlaybooks(job, ['playbooks/trove-image/setup.yaml', 'playbooks/roles-test/run.yaml'])
  })

  test('set the node up and plan an image, refuse a wrong input, and leave nothing of it', () => {
    expect(result.exitStatus, lastOf(result)).toBe(0)
    expect(readdirSync(job.home).toSorted()).toEqual(['roles-test', 'src', 'zuul-output'])
    expect(readdirSync(join(job.home, 'roles-test')).toSorted()).toEqual(['lock.json', 'plan.json'])
  })

  test('return their outputs and artifacts to Zuul', () => {
    const plan = JSON.parse(readFileSync(join(job.home, 'roles-test/plan.json'), 'utf8'))
    const artifact = (name: string, file: string) => ({
      zuul: {
        artifacts: [{ name, url: `trove-image/${file}.json`, metadata: { type: `trove_guest_image_${file}` } }],
      },
    })
    expect(result.returned.map(({ data }) => data)).toEqual([
      { trove_image: { setup_host: { environment: expect.stringMatching(/trove-image\/environment$/) } } },
      { trove_image: { fetch_base_image: { lock: 'roles-test/lock.json' } } },
      {
        trove_image: {
          assemble_elements: { plan: 'roles-test/plan.json', digest: plan.digest, guest_user: 'ubuntu' },
        },
      },
      { trove_image: { assemble_elements: {} } },
      { zuul: { retry: false } },
      artifact('Lock of the image', 'lock'),
      artifact('Plan of the image', 'plan'),
    ])
    expect(readdirSync(join(job.home, 'zuul-output/logs/trove-image')).toSorted()).toEqual(['lock.json', 'plan.json'])
  })
})

describe.skipIf(!hasAnsible)('a stage', () => {
  test('never shows a secret, not when it fails either, and leaves its inputs nowhere', async () => {
    const job = newJob()
    const result = await runPlaybooks(job, [playbook(job, roles('trove-image-smoke-test'))], {
      trove_image_smoke_test_image: 'no-image.qcow2',
      trove_image_smoke_test_until: 'login',
      trove_image_smoke_test_broker_url: `amqp://trove:${password}@broker.example.org/smoke`,
    })
    expect(result.exitStatus).toBe(2)
    expect(result.log).toMatch(/trove-image smoke ended with exit status 2 \(an input is wrong\)/)
    const left = execFileSync('grep', ['-rlF', password, job.home, job.workRoot, job.folder], { encoding: 'utf8' })
      .trimEnd()
      .split('\n')
    // The inventory stands for Zuul's own store of secrets; nothing else has it.
    expect([...new Set(left)]).toEqual([join(job.folder, 'inventory.json')])
    expect(existsSync(join(job.home, '.trove-image'))).toBe(false)
  })

  test('says which project is missing when there is no checkout on the node', async () => {
    const job = newJob()
    rmSync(join(job.home, 'src'), { recursive: true })
    const result = await runPlaybooks(job, [playbook(job, roles('trove-image-fetch-base-image'))])
    expect(result.exitStatus).toBe(2)
    expect(result.log).toMatch(/Add trove-image-builder to the job's\s+required-projects/)
  })
})

describe.skipIf(!hasAnsible)('the checkouts of a job', () => {
  const trove = 'opendev.org/openstack/trove'
  const requirements = 'opendev.org/openstack/requirements'
  const builder = 'opendev.org/openstack/diskimage-builder'
  /** Runs the role with projects whose `.gitreview` names these branches; the facts it sets go back to the test. */
  async function choose(
    projects: Readonly<Record<string, string>>,
    variables: Readonly<Record<string, unknown>>,
    branch: string,
  ) {
    const prepared = newJob(Object.keys(projects))
    const job = { ...prepared, zuul: { ...prepared.zuul, branch } }
    for (const [name, branch] of Object.entries(projects)) {
      const folder = join(job.home, 'src', name)
      mkdirSync(folder, { recursive: true })
      const review = branch === 'master' ? '[gerrit]\n' : `[gerrit]\ndefaultbranch=${branch}\n`
      if (branch !== '') writeFileSync(join(folder, '.gitreview'), review)
    }
    const facts = join(job.folder, 'facts.json')
    const told = "{'set': trove_image_checkouts_set, 'dibCheckout': trove_image_checkouts_dib_checkout}"
    const copy = `  post_tasks:\n    - copy:\n        content: "{{ ${told} | to_json }}"\n        dest: ${facts}\n`
    const text = roles('trove-image-checkouts') + copy
    const result = await runPlaybooks(job, [playbook(job, text)], variables)
    const { exitStatus, returned, log } = result
    const set = existsSync(facts) ? readFileSync(facts, 'utf8').replaceAll(`${job.home}/`, '') : 'null'
    return { exitStatus, returned, log: log.replaceAll(/\s+/g, ' '), facts: JSON.parse(set) }
  }
  const local = (series: string) => [
    'agent=local',
    `agent-source=src/${trove}`,
    `agent-branch=${series}`,
    `constraints-file=src/${requirements}/upper-constraints.txt`,
  ]
  const none = {}

  test.each<[string, string, Record<string, string>, Record<string, unknown>, { set: string[]; dibCheckout: string }]>([
    ['none', 'master', {}, none, { set: [], dibCheckout: '' }],
    [
      'of Trove and its requirements',
      'master',
      { [trove]: 'master', [requirements]: '' },
      none,
      { set: local('master'), dibCheckout: '' },
    ],
    [
      'of a series',
      'stable/2026.1',
      { [trove]: 'stable/2026.1', [requirements]: 'stable/2026.1' },
      none,
      { set: local('stable/2026.1'), dibCheckout: '' },
    ],
    [
      'for a branch that is no series',
      'main',
      { [trove]: 'master', [requirements]: 'master' },
      none,
      { set: local('master'), dibCheckout: '' },
    ],
    [
      'of the series that the job means',
      'main',
      { [trove]: 'stable/2025.2', [requirements]: 'stable/2025.2' },
      { trove_image_checkouts_branch: 'stable/2025.2' },
      { set: local('stable/2025.2'), dibCheckout: '' },
    ],
    [
      'of diskimage-builder, which has no series',
      'stable/2026.1',
      { [builder]: 'master' },
      none,
      { set: [], dibCheckout: `src/${builder}` },
    ],
    [
      'that are ignored by name',
      'master',
      { [trove]: 'master', [builder]: 'master' },
      { trove_image_checkouts_ignore: ['openstack/trove', 'openstack/diskimage-builder'] },
      { set: [], dibCheckout: '' },
    ],
  ])('%s (%s) become what the stages are told', async (_, branch, projects, variables, facts) => {
    const result = await choose(projects, variables, branch)
    expect(result, result.log.slice(-3000)).toMatchObject({ exitStatus: 0, returned: [], facts })
  })

  test.each<[string, Record<string, string>, Record<string, unknown>, string]>([
    [
      'Trove without its requirements',
      { [trove]: 'stable/2026.1' },
      none,
      'openstack/trove is checked out for this job without openstack/requirements',
    ],
    [
      'requirements without Trove',
      { [requirements]: 'stable/2026.1' },
      none,
      'openstack/requirements is checked out for this job without openstack/trove',
    ],
    [
      'Trove of another series',
      { [trove]: 'master', [requirements]: 'master' },
      none,
      'openstack/trove is checked out at master by its .gitreview, but the job is for stable/2026.1',
    ],
    [
      'requirements of another series',
      { [trove]: 'stable/2026.1', [requirements]: 'master' },
      none,
      'openstack/requirements is checked out at master, openstack/trove at stable/2026.1',
    ],
    [
      'a checkout that is required and ignored',
      { [trove]: 'stable/2026.1' },
      { trove_image_checkouts_require: ['openstack/trove'], trove_image_checkouts_ignore: ['openstack/trove'] },
      'openstack/trove must be what the image is built from',
    ],
  ])('%s ends the job at once', async (_, projects, variables, reason) => {
    const { exitStatus, returned, log, facts } = await choose(projects, variables, 'stable/2026.1')
    expect({ exitStatus, returned, facts }).toEqual({
      exitStatus: 2,
      returned: [{ data: { zuul: { retry: false } } }],
      facts: null,
    })
    expect(log).toContain(reason)
  })
})

describe.skipIf(!hasAnsible)('the output of a job', () => {
  const list = (result: PlaybookResult) =>
    result.returned.flatMap(({ data }) => (data?.zuul as { artifacts?: unknown[] } | undefined)?.artifacts ?? [])

  test('has the image only when it was asked for and the job has succeeded', async () => {
    const job = newJob()
    const { image } = publication(job)
    const path = playbook(job, roles('trove-image-output'))
    const place = join(job.home, 'zuul-output/logs/trove-image', image)
    for (const variables of [{ zuul_success: true }, { trove_image_keep_image: true, zuul_success: false }]) {
      const result = await runPlaybooks(job, [path], variables)
      expect({ exitStatus: result.exitStatus, kept: existsSync(place) }, lastOf(result)).toEqual({
        exitStatus: 0,
        kept: false,
      })
      expect(list(result)).toHaveLength(6)
    }
  })

  test('lists the image with what consumers of images know', async () => {
    const job = newJob()
    const { image, sha256 } = publication(job)
    const result = await runPlaybooks(job, [playbook(job, roles('trove-image-output'))], {
      trove_image_keep_image: true,
      zuul_success: true,
    })
    const content = readFileSync(join(job.home, 'zuul-output/logs/trove-image', image))
    expect(list(result).at(-1)).toEqual({
      name: 'qcow2 image',
      url: `trove-image/${image}`,
      metadata: {
        type: 'trove_guest_image',
        image_name: 'trove-guest-test-amd64',
        format: 'qcow2',
        sha256,
        md5sum: createHash('md5').update(content).digest('hex'),
        level: 'registered',
      },
    })
  })
})

describe.skipIf(!hasAnsible)('a publication', () => {
  const tree = (job: Job) => {
    const images = join(job.workRoot, 'artifacts/images')
    return existsSync(images) ? readdirSync(images, { recursive: true }).map(String).toSorted() : []
  }

  test('comes to the executor under its date, with a pointer to the newest', async () => {
    const job = newJob()
    const { image, names } = publication(job)
    const result = await runPlaybooks(job, ['playbooks/trove-image/publication.yaml'])
    expect(result.exitStatus, lastOf(result)).toBe(0)
    const name = 'trove-guest-test-amd64'
    const dated = `${name}/20261125T165230Z`
    expect(tree(job)).toEqual(
      [name, dated, `${name}/latest`, ...[...names, 'publication.json'].map(file => `${dated}/${file}`)].toSorted(),
    )
    const at = (path: string) => join(job.workRoot, 'artifacts/images', path)
    expect(readFileSync(at(`${name}/latest`), 'utf8')).toBe(`20261125T165230Z/${image}\n`)
    execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], { cwd: at(dated) })
  })

  test.each([
    ['that reached no level is refused', (job: Job) => publication(job, 'inspected'), /reached the level\s+inspected/],
    [
      'whose image was changed afterwards is refused',
      (job: Job) => {
        const { image } = publication(job)
        copyFileSync(join(job.home, 'out/report.md'), join(job.home, 'out', image))
      },
      /Compare the files with those that were published/,
    ],
    ['that is not there is refused', () => undefined, /Read what was published on the node/],
  ])('%s, and nothing of it stays', async (_, prepare, reason) => {
    const job = newJob()
    prepare(job)
    const result = await runPlaybooks(job, ['playbooks/trove-image/publication.yaml'])
    expect(result.exitStatus).toBe(2)
    expect(result.log).toMatch(reason)
    expect(tree(job).filter(path => path.includes('/'))).toEqual([])
  })
})
