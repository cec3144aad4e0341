import { execFileSync } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { projectRoot } from '../../src/system/home.ts'
import { type ActResult, makeRepository, runAct } from '../support/act.ts'
import { leaks, snapshot } from '../support/host.ts'
import { addUser, type OrdinaryUser, ownedByRoot } from '../support/ordinary-user.ts'
import { ResultsService } from '../support/results/service.ts'
import { readmeWorkflow } from '../support/shown-workflows.ts'

const image = 'trove-guest-debian-trixie-amd64.qcow2'
const documents = 'trove-guest-debian-trixie-amd64-documents'
const folder = mkdtempSync(join(tmpdir(), 'act.'))

let user: OrdinaryUser
let repository: string
let service: ResultsService

beforeAll(async () => {
  user = addUser('trove-image-act', 'passwordless')
  repository = join(user.home, 'repository')
  makeRepository(repository, user, readmeWorkflow())
  service = await ResultsService.start(join(folder, 'results'))
})
afterAll(async () => {
  await service.close()
  user.remove()
  rmSync(folder, { recursive: true, force: true })
})

const run = (options: { onStart?: (pid: number) => void }) =>
  runAct({ repository, user, env: service.environment(), timeoutSeconds: 3000, ...options })

/** Keeps what act printed where `.ci/run` keeps results: its summaries are the pages that a user sees. */
const keep = (name: string, { log }: ActResult) =>
  writeFileSync(join(projectRoot(), 'test-results', `act-${name}.log`), log)

const caches = () => [join(user.home, '.cache')]

describe('cancelled by one SIGINT during install.d', () => {
  let result: ActResult
  let struck = false
  let left: ReturnType<typeof leaks>

  beforeAll(async () => {
    const before = snapshot(caches())
    result = await run({
      onStart: pid => {
        const watch = setInterval(() => {
          if (!isInstalling()) return
          clearInterval(watch)
          struck = true
          process.kill(actBelow(pid), 'SIGINT')
        }, 500)
        watch.unref()
      },
    })
    keep('cancelled', result)
    left = leaks(before, snapshot(caches()))
  })

  test('the point was reached, and the run is red', () => {
    expect({ struck, exitStatus: result.exitStatus }).toEqual({ struck: true, exitStatus: 1 })
  })

  test('leaves nothing on the host', () => {
    expect(left, result.log.slice(-4000)).toEqual({})
  })

  test('nothing was uploaded', () => {
    expect(service.calls().filter(call => call === 'CreateArtifact')).toEqual([])
  })
})

describe('from setup to artifact', () => {
  let result: ActResult
  let left: ReturnType<typeof leaks>

  beforeAll(async () => {
    service.reset()
    const before = snapshot(caches())
    result = await run({})
    keep('whole', result)
    left = leaks(before, snapshot(caches()))
  })

  test('every job succeeds', () => {
    expect(result.exitStatus, result.log.slice(-6000)).toBe(0)
    expect(result.log).not.toMatch(/Job failed/)
  })

  test('the image is registered, and the last page says so', () => {
    const row = new RegExp(`\\| debian-trixie \\| \`${image}\` \\| registered \\| \`[0-9a-f]{64}\` \\|`)
    expect(result.log).toMatch(row)
  })

  test('two artifacts: the image as it is, and its documents, of which those of the smoke test take the place', () => {
    const finalised = service.requests.filter(({ what }) => what === 'FinalizeArtifact').map(({ request }) => request)
    expect(finalised.map(request => request?.name)).toEqual([image, documents, documents])
    const sha256 = /`([0-9a-f]{64})` \|/.exec(result.log)?.[1]
    expect(String(finalised[0]?.hash)).toContain(sha256)
  })

  test('the second job takes the bytes of the first', () => {
    expect(service.requests.filter(({ what }) => what === 'GET blob').length).toBeGreaterThanOrEqual(2)
  })

  test('leaves nothing on the host', () => {
    expect(left).toEqual({})
  })

  test('the user owns everything', () => {
    expect(ownedByRoot([user.home])).toEqual([])
  })
})

/** Whether DIB runs a hook of install.d: in the workspace that act has made for the job. */
function isInstalling(): boolean {
  return globSync(join(user.home, '.cache/act/*/hostexecutor/out/build.log')).some(file =>
    /dib-run-parts Running \S*in_target\.d\/install\.d\//.test(readFileSync(file, 'utf8')),
  )
}

/** act itself, below runuser: what a person's Ctrl-C reaches, and nothing else. */
function actBelow(pid: number): number {
  const [child = ''] = execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' }).split('\n')
  return Number(child)
}
