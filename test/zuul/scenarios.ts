import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Build } from './api.ts'
import { commit, headOf } from './repositories.ts'
import type { SiteAccess } from './site.ts'

/** What one run on the site shows. */
export interface Scenario {
  readonly title: string
  readonly pipeline: string
  /** `push`: Zuul is left to find the commit; `enqueue`: as an operator does for a pipeline without a trigger here. */
  readonly by: 'push' | 'enqueue'
  readonly job: string
  readonly limitSeconds: number
  /** When the folder of the job holds an image. */
  readonly jobDiskMegabytes?: number
  /** What is wrong with the build, a line each. */
  readonly faults: (build: Build, site: SiteAccess) => string[]
}

const consumer = 'consumer/database-images'

export const scenarios = {
  hello: {
    title: 'a push to the consumer runs a job on the node, with an artifact in the API',
    pipeline: 'post',
    by: 'push',
    job: 'hello',
    limitSeconds: 600,
    faults: (build, site) => [
      ...wanted(build, 'SUCCESS'),
      ...lacks(build, ['hello']),
      ...withoutLog(build, site, /hello/),
    ],
  },
  image: {
    title: "the consumer's stanza builds, inspects and boots the default image",
    pipeline: 'check',
    by: 'enqueue',
    job: 'trove-image-build-debian-trixie',
    limitSeconds: 7200,
    faults: (build, site) => [
      ...wanted(build, 'SUCCESS'),
      ...lacks(build, ['image', 'inspection', 'smoke_test', 'publication', 'report'].map(documentType)),
      ...images(build, site).map(file => `an image that nobody asked for: ${file}`),
    ],
  },
  publish: {
    title: 'the publish job of the consumer publishes what it has proven',
    pipeline: 'periodic',
    by: 'enqueue',
    job: 'publish-database-images',
    limitSeconds: 7200,
    jobDiskMegabytes: 2000,
    faults: (build, site) => [
      ...wanted(build, 'SUCCESS'),
      ...(published(site).some(file => file.endsWith('.qcow2')) ? [] : ['no image was published']),
      ...(published(site).some(file => file.endsWith('/latest')) ? [] : ['nothing points to the newest']),
    ],
  },
  broken: {
    title: 'a recipe that the contract refuses fails, names the rule, leaves no image and publishes nothing',
    pipeline: 'periodic-weekly',
    by: 'enqueue',
    job: 'publish-broken-images',
    limitSeconds: 7200,
    faults: (build, site) => [
      ...wanted(build, 'FAILURE'),
      ...withoutLog(build, site, /no-authorized-keys/),
      ...images(build, site).map(file => `an image is left: ${file}`),
      ...published(site)
        .filter(file => file.includes('left-key'))
        .map(file => `published: ${file}`),
    ],
  },
} as const satisfies Record<string, Scenario>
export type ScenarioName = keyof typeof scenarios

/** Whether the executor of the site allows what the scenario needs. */
export function fits(site: SiteAccess, name: ScenarioName): boolean {
  const { jobDiskMegabytes = 0 }: Scenario = scenarios[name]
  return jobDiskMegabytes <= site.jobDiskMegabytes
}

/** Starts the scenario's item, waits for the build, and says what is wrong with it: nothing when it shows what it should. */
export async function runScenario(
  site: SiteAccess,
  name: ScenarioName,
  print: (text: string) => void = () => undefined,
): Promise<string[]> {
  const scenario: Scenario = scenarios[name]
  const repository = site.repository('site.example', consumer)
  const { before, after } = await commit(repository, `Begin the scenario ${name}`)
  if (scenario.by === 'enqueue') {
    const item = { pipeline: scenario.pipeline, oldrev: before, newrev: headOf(repository.bare) }
    await site.api.enqueue('site', `site.example/${consumer}`, item)
  }
  const build = await finished(site, scenario, after)
  print(describe(build))
  return scenario.faults(build, site)
}

/** The build of the commit, once Zuul has reported it. */
async function finished(site: SiteAccess, scenario: Scenario, commit: string): Promise<Build> {
  const { job, pipeline, limitSeconds } = scenario
  const deadline = performance.now() + limitSeconds * 1000
  while (performance.now() < deadline) {
    const builds = await site.api.builds('site', { job_name: job, pipeline, newrev: commit, complete: 'true' })
    const last = builds.find(build => build.result !== 'RETRY')
    if (last !== undefined) return last
    await pause(3000)
  }
  throw new Error(`${job} in ${pipeline} was not reported within ${limitSeconds} s; see ${site.at.services}`)
}

function describe(build: Build): string {
  const artifacts = build.artifacts.map(({ name, url, metadata }) => `  ${name} (${metadata?.type}): ${url}`)
  const words = `${build.job_name}: ${build.result} in ${build.duration} s, logs in ${build.log_url}`
  return [words, ...(build.error_detail ? [`  ${build.error_detail}`] : []), ...artifacts].join('\n')
}

function documentType(name: string): string {
  return `trove_guest_image_${name}`
}

function wanted(build: Build, result: string): string[] {
  return build.result === result
    ? []
    : [`${build.job_name} ended in ${build.result}, wanted ${result}; ${build.log_url}`]
}

function lacks(build: Build, types: readonly string[]): string[] {
  const there = build.artifacts.map(({ metadata }) => metadata?.type)
  return types.filter(type => !there.includes(type)).map(type => `${build.job_name} has no artifact of type ${type}`)
}

function withoutLog(build: Build, site: SiteAccess, words: RegExp): string[] {
  const file = join(logsOf(build, site), 'job-output.txt')
  if (!existsSync(file)) return [`${build.job_name} has no job-output.txt in ${file}`]
  return words.test(readFileSync(file, 'utf8')) ? [] : [`the output of ${build.job_name} does not say ${words}`]
}

/** Everything in logs and work folder that is an image by its name or its size. */
function images(build: Build, site: SiteAccess): string[] {
  const folder = logsOf(build, site)
  const large = 32 * 1024 * 1024
  const isImage = (name: string, size: number) => /\.(qcow2|raw|img)(\.|$)/.test(name) || size > large
  const logs = filesBelow(folder).filter(file => isImage(file, statSync(join(folder, file)).size))
  const work = readFileSync(join(folder, 'work-root.txt'), 'utf8')
    .split('\n')
    .filter(line => line !== '' && isImage(line.split(' ')[0] ?? '', Number(line.split(' ').at(-1))))
  return [...logs, ...work]
}

function published(site: SiteAccess): string[] {
  return filesBelow(site.at.published)
}

function logsOf(build: Build, site: SiteAccess): string {
  return join(site.at.logs, build.uuid)
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(file =>
    statSync(join(folder, file)).isFile(),
  )
}
