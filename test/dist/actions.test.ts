import { execFileSync } from 'node:child_process'
import { chmodSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sha256 } from '../../src/system/documents.ts'
import { privateEnvironment } from '../../src/system/home.ts'
import { copyCheckout } from '../support/checkout.ts'
import { realDib } from '../support/dib.ts'
import { Job } from '../support/runner.ts'

/** The committed bundles, started as GitHub's runner starts them, from a copy without sources and node_modules. */
const root = mkdtempSync(join(tmpdir(), 'trove-action.'))
const checkout = join(root, 'checkout')
let folder: string
let job: Job
let count = 0

beforeAll(() => {
  copyCheckout(checkout)
  for (const gone of ['src', 'test', 'actions/post.ts']) rmSync(join(checkout, gone), { recursive: true })
})
afterAll(() => rmSync(root, { recursive: true, force: true }))
beforeEach(() => {
  count += 1
  folder = join(root, `job-${count}`)
  job = newJob({})
  // What setup-host would bring lies in the user's cache.
  mkdirSync(join(folder, 'home/.cache/trove-image'), { recursive: true })
  symlinkSync(privateEnvironment(), join(folder, 'home/.cache/trove-image/environment'))
})

function newJob(env: Readonly<Record<string, string>>): Job {
  return new Job({ folder, checkout, env })
}

const inWorkspace = (name: string, content: string | Uint8Array) => {
  const path = join(job.workspace, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, content)
  return path
}

/** An image with the documents that a passed inspection and smoke test have left; the bytes are no image, which nobody reads. */
function testedImage(): string {
  const name = 'trove-guest-debian-trixie-amd64.qcow2'
  inWorkspace(`out/${name}`, 'bytes')
  for (const document of ['image', 'inventory', 'inspection', 'smoke-test']) {
    const fixture = new URL(`../fixtures/report/registered/${document}.json`, import.meta.url)
    inWorkspace(`out/${document}.json`, readFileSync(fixture, 'utf8').replaceAll(sha256('trixie'), sha256('bytes')))
  }
  return `out/${name}`
}

describe('a step that passes', () => {
  test.skipIf(realDib === undefined)(
    'finds recipes and elements beside the bundle, and writes into the workspace',
    async () => {
      const result = await job.main('assemble-elements')
      expect(result.exitStatus, result.stdout + result.stderr).toBe(0)
      expect(result.outputs).toEqual({ plan: 'out/plan.json', digest: '', 'guest-user': 'ubuntu' })
      const plan = JSON.parse(readFileSync(join(job.workspace, 'out/plan.json'), 'utf8'))
      expect(plan.elementPaths).toEqual([join(checkout, 'elements')])
      expect(result.annotations.filter(({ level }) => level === 'error')).toEqual([])
      expect(result.groupFaults).toEqual([])
      expect(result.summary).toMatch(/^## assemble-elements: ✅ passed in [\d.]+ s\n\n- debian-trixie {2}\d+ elements/)
      expect(result.environment).toEqual({})
      expect(result.path).toEqual([])
      expect(job.left()).toEqual([])
    },
  )

  test('the post of the first action tells what all stages of the job came to', async () => {
    const image = testedImage()
    const first = await job.main('publish-image', { image, 'dry-run': 'true', upload: 'never' })
    const second = await job.main('publish-image', { image, upload: 'never' })
    expect([first.exitStatus, second.exitStatus], first.stdout + second.stdout).toEqual([0, 0])
    expect(second.outputs).toEqual({
      publication: 'out/publication.json',
      level: 'registered',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      'image-artifact': '',
      'image-artifact-id': '',
      'documents-artifact': '',
      'documents-artifact-id': '',
      'documents-artifact-digest': '',
    })
    expect(second.summary).toContain('sha256sum --check SHA256SUMS')
    const missing = await job.main('publish-image', { image: 'no-such-image', upload: 'never' })
    expect(missing.exitStatus).toBe(2)
    const posts = [await job.post('publish-image', missing), await job.post('publish-image', second)]
    expect(posts.map(({ exitStatus, summary }) => [exitStatus, summary])).toEqual([
      [0, ''],
      [0, ''],
    ])
    const last = await job.post('publish-image', first)
    const rows = last.summary.split('\n').map(line => line.replace(/\d+\.\d s/, 'TIME'))
    expect([last.exitStatus, rows.filter(line => line.startsWith('| `'))]).toEqual([
      0,
      [
        '| `publish-image` | ✅ passed | TIME | would publish to out  level: registered; nothing was done |',
        '| `publish-image` | ✅ passed | TIME | out/  level: registered   SHA256SUMS image.json inventory.json inspection.json smoke-test.json report.md |',
        expect.stringMatching(/^\| `publish-image` \| ❌ error \| TIME \| image no-such-image cannot be read: /),
      ],
    ])
  })

  test('matches problems from its main step to its post step', async () => {
    const main = await job.main('publish-image', { image: testedImage(), 'dry-run': 'true' })
    const [, matcher = ''] = /^::add-matcher::(.*)$/m.exec(main.stdout) ?? []
    const owners = JSON.parse(readFileSync(matcher, 'utf8')).problemMatcher.map(({ owner }: { owner: string }) => owner)
    expect((await job.post('publish-image', main)).stdout).toBe(
      owners.map((owner: string) => `::remove-matcher owner=${owner}::\n`).join(''),
    )
  })
})

describe("a user's mistake", () => {
  test('in a recipe is an annotation on its line', async () => {
    inWorkspace('images/mine.yaml', 'name: mine\ndistribution: debian\nrelease: potato\ndib-version: 3\n')
    const result = await job.main('assemble-elements', { recipe: 'images/mine.yaml' })
    expect([result.exitStatus, result.annotations]).toEqual([
      2,
      [
        {
          level: 'error',
          file: 'images/mine.yaml',
          line: 4,
          message: 'images/mine.yaml:4: dib-version: expected text, got 3; put it in quotes',
        },
      ],
    ])
    expect(result.summary).toContain('images/mine.yaml:4: dib-version')
  })

  test('a recipe that does not exist is answered with the built-in ones and those of the workspace', async () => {
    inWorkspace('recipes/mine.yaml', 'name: mine\ndistribution: debian\nrelease: trixie\ndib-version: 3.43.0\n')
    const result = await job.main('fetch-base-image', { recipe: 'recipes/other.yaml' })
    expect(result.exitStatus).toBe(2)
    expect(result.annotations[0]?.message).toMatch(
      /Built-in recipes are debian-bookworm, debian-trixie;.*: recipes\/mine\.yaml$/,
    )
  })

  test('a secret is masked before anything is said about it, and the summary only knows that it was given', async () => {
    inWorkspace('image.raw', Buffer.alloc(1024))
    const url = 'amqp://trove:sesame@127.0.0.1:5672/x/y/z'
    const result = await job.main('smoke-test', { image: 'image.raw', 'broker-url': url, until: 'login' })
    expect(result.exitStatus).toBe(2)
    expect(result.masks).toContain(url)
    const commands = result.stdout.split('\n').filter(line => !line.startsWith('::add-mask::'))
    expect(commands.join('\n')).not.toContain('sesame')
    expect(result.summary).toContain('| `broker-url` | `(secret)` |')
    expect(result.summary).not.toContain('sesame')
  })

  test('free-disk-space is refused on a machine that somebody keeps', async () => {
    const result = await job.main('setup-host', { 'free-disk-space': 'true', 'dry-run': 'true' })
    expect(result.exitStatus).toBe(2)
    expect(result.annotations[0]?.message).toMatch(/^input "free-disk-space": .*GitHub-hosted runner/)
  })
})

test.skipIf(realDib === undefined)('what the machine lacks is exit status 3, with what to do', async () => {
  const result = await job.main('fetch-base-image', { set: 'mirror=http://127.0.0.1:9/debian' })
  expect([result.exitStatus, result.groups, result.groupFaults]).toEqual([3, ['Lock the package sources'], []])
  expect(result.annotations[0]?.message).toContain('Check the address, the network and http_proxy')
})

describe('a tool that fails', () => {
  test('is exit status 4; what it printed is no command, and folded where it is long', async () => {
    const programs = join(folder, 'programs')
    mkdirSync(programs, { recursive: true })
    const tool = join(programs, 'qemu-img')
    writeFileSync(
      tool,
      '#!/bin/sh\nfor n in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "::set-output name=x::$n"; done; echo "guest: ##[error]forged"\nkill -9 $$\n',
    )
    chmodSync(tool, 0o755)
    const image = inWorkspace('image.qcow2', '')
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', image, '1M'])
    const failing = newJob({ PATH: `${programs}:${process.env.PATH}` })
    const result = await failing.main('inspect-image', { image: 'image.qcow2' })
    expect([result.exitStatus, result.outputs, result.groupFaults]).toEqual([4, {}, []])
    expect(result.annotations.map(({ message }) => message.split('\n')[0])).toEqual([
      expect.stringMatching(/qemu-img check .*: was ended by a signal$/),
    ])
    expect(result.stdout).not.toMatch(/^\s*::set-output/m)
    expect(result.summary).toContain('<details><summary>All 15 lines of the error</summary>')
  })
})

describe('a job that is cancelled', () => {
  test.skipIf(realDib === undefined)('while a mirror does not answer ends at once and leaves nothing', async () => {
    const server = createServer(() => undefined)
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    try {
      const asked = new Promise<void>(resolve => server.once('request', () => resolve()))
      const { port } = server.address() as AddressInfo
      const step = job.start('fetch-base-image', { set: `mirror=http://127.0.0.1:${port}/debian` })
      await asked
      const cancelledAt = performance.now()
      step.cancel()
      const result = await step.done
      expect(performance.now() - cancelledAt).toBeLessThan(5000)
      expect([result.exitStatus, result.groupFaults]).toEqual([130, []])
      expect(result.summary).toMatch(/^## fetch-base-image: 🚫 cancelled in /)
      expect(job.left()).toEqual([])
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })

  /** Starts an inspection, waits until guestfish works on its image, and strikes it there. */
  async function strikeInspection(strike: (step: ReturnType<Job['start']>) => void) {
    const image = inWorkspace('image.qcow2', '')
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', image, '1G'])
    const step = job.start('inspect-image', { image: 'image.qcow2' })
    await until(() => runsWith(image, /^(\S*\/)?(guestfish|supermin|qemu-system)/))
    const struckAt = performance.now()
    strike(step)
    const result = await step.done
    return { result, seconds: (performance.now() - struckAt) / 1000 }
  }

  test('while libguestfs works ends its processes before the runner would kill it', async () => {
    const { result, seconds } = await strikeInspection(step => step.cancel())
    expect([result.exitStatus, result.signal], result.stdout).toEqual([130, null])
    expect(seconds).toBeLessThan(10)
    expect(job.left()).toEqual([])
  })

  test('by SIGKILL is cleaned up after by its post step', async () => {
    const { result } = await strikeInspection(step => step.kill('SIGKILL'))
    expect([result.exitStatus, result.signal]).toEqual([null, 'SIGKILL'])
    expect(job.left().length).toBeGreaterThan(1)
    const post = await job.post('inspect-image', result)
    expect([post.exitStatus, post.annotations], post.stdout).toEqual([0, []])
    expect(job.left()).toEqual([])
  })
})

async function until(reached: () => boolean): Promise<void> {
  const deadline = performance.now() + 60_000
  while (!reached()) {
    if (performance.now() > deadline) throw new Error('the point was never reached')
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

/** Whether a process of that name has the path on its command line. */
function runsWith(path: string, name: RegExp): boolean {
  return globSync('/proc/[0-9]*/cmdline').some(file => {
    try {
      const words = readFileSync(file, 'utf8').split('\0')
      return name.test(words[0] ?? '') && words.some(word => word.includes(path))
    } catch {
      return false // it ended while we looked
    }
  })
}
