import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { publicationSchema } from '../../src/publish/publication.ts'
import { readDocument } from '../../src/system/documents.ts'
import { projectRoot } from '../../src/system/home.ts'
import { type Job, type PlaybookResult, prepareJob, runPlaybooks } from '../support/ansible.ts'
import { jobsOf, ownZuulFiles, playbooksOf } from '../support/zuul-project.ts'

const jobs = jobsOf(ownZuulFiles()).map(({ job }) => job)
const publish = jobs.find(({ name }) => name === 'trove-image-publish')
const build = jobs.find(({ name }) => name === 'trove-image-build')
const recipe = jobs.find(({ name }) => name === 'trove-image-build-debian-trixie')

describe('the job trove-image-publish with the default image, run by ansible-playbook', () => {
  let job: Job
  const results: PlaybookResult[] = []
  beforeAll(async () => {
    const folder = join(projectRoot(), 'test-results/zuul-job')
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    job = prepareJob(folder)
    const variables = { ...recipe?.vars, trove_image_keep_image: true }
    // As Zuul does: each playbook for itself; what follows the run is told how the run ended.
    let succeeded = true
    for (const path of [...playbooksOf(build?.['pre-run']), ...playbooksOf(publish?.run)]) {
      if (!succeeded) break
      const result = await runPlaybooks(job, [path], variables, 5400)
      results.push(result)
      succeeded = result.exitStatus === 0
    }
    for (const path of playbooksOf(build?.['post-run'])) {
      results.push(await runPlaybooks(job, [path], { ...variables, zuul_success: succeeded }, 900))
    }
  })

  test('succeeds in every playbook', () => {
    expect(
      results.map(({ exitStatus }) => exitStatus),
      results.find(({ exitStatus }) => exitStatus !== 0)?.log.slice(-4000),
    ).toEqual([0, 0, 0, 0, 0])
  })

  test('returns the level, every document and the image to Zuul', () => {
    const returned = results.flatMap(result => result.returned.map(({ data }) => data ?? {}))
    const outputs = Object.assign({}, ...returned.map(data => data.trove_image ?? {}))
    expect(outputs).toMatchObject({ smoke_test: { level: 'registered' }, publish_image: { level: 'registered' } })
    const artifacts = returned.flatMap(
      data => (data.zuul as { artifacts?: { url: string; metadata: object }[] } | undefined)?.artifacts ?? [],
    )
    const logs = join(job.home, 'zuul-output/logs')
    expect(artifacts.map(({ url }) => url).toSorted()).toEqual(
      readdirSync(join(logs, 'trove-image'))
        .filter(name => !name.endsWith('.xml'))
        .map(name => `trove-image/${name}`)
        .toSorted(),
    )
    const image = artifacts.at(-1)
    const bytes = readFileSync(join(logs, image?.url ?? ''))
    const digest = (algorithm: string) => createHash(algorithm).update(bytes).digest('hex')
    expect(image?.metadata).toEqual({
      type: 'trove_guest_image',
      image_name: 'trove-guest-debian-trixie-amd64',
      format: 'qcow2',
      sha256: digest('sha256'),
      md5sum: digest('md5'),
      level: 'registered',
    })
  })

  test('leaves the publication on the executor, whole', () => {
    const images = join(job.workRoot, 'artifacts/images/trove-guest-debian-trixie-amd64')
    const [dated = '', name = ''] = readFileSync(join(images, 'latest'), 'utf8').trimEnd().split('/')
    execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], { cwd: join(images, dated) })
    const publication = readDocument(join(images, dated, 'publication.json'), publicationSchema)
    expect({ level: publication.level, name: publication.image.name }).toEqual({ level: 'registered', name })
    expect(statSync(join(images, dated, name)).size).toBe(publication.image.sizeBytes)
  })

  test('leaves no inputs on the node', () => {
    expect(existsSync(join(job.home, '.trove-image'))).toBe(false)
  })
})
