import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { DibError, type DibEvent, type DibPlan, type DibResult, runDib } from '../../src/dib/index.ts'
import { cleanCurrentRun } from '../../src/system/cleanup.ts'
import { InterruptedError } from '../../src/system/errors.ts'
import { runFolder } from '../../src/system/journal.ts'
import { run } from '../../src/system/run.ts'
import { realDib } from '../support/dib.ts'

const elements = join(import.meta.dirname, '../fixtures/dib-elements')
const folder = mkdtempSync(join(tmpdir(), 'dib-run.'))
const logFile = join(folder, 'build.log')
afterAll(() => rmSync(folder, { recursive: true, force: true }))
afterEach(() => cleanCurrentRun())

interface Behaviour {
  readonly behaviour: string
  readonly timeoutSeconds?: number
  readonly signal?: AbortSignal
  readonly onEvent?: (event: DibEvent) => void
}

/** Builds a tiny root file system with the real diskimage-builder; a hook of each phase does as it is told. */
async function build({ behaviour, timeoutSeconds = 120, signal, onEvent }: Behaviour): Promise<DibResult> {
  if (realDib === undefined) throw new Error('no diskimage-builder')
  const plan: DibPlan = {
    recipe: { distribution: 'mini', release: 'test', architecture: 'amd64' },
    typedElements: ['mini-os'],
    elementPaths: [elements],
    environment: { DIB_TEST_BEHAVIOUR: behaviour, DIB_JOURNAL_SIZE: '8' },
    placeEnvironment: {},
    packages: [],
    image: { name: 'mini', sizeBytes: 1024 ** 3, formats: ['qcow2'], disk: 'own' },
  }
  return runDib({
    plan,
    dib: realDib,
    logFile,
    timeoutSeconds,
    history: undefined,
    signal,
    onEvent: onEvent ?? (() => undefined),
  })
}

/** What hangs on this run's folder: mounts, loop devices, processes that live in it. */
function remains(): { mounts: string[]; loops: string[]; processes: string[] } {
  const below = (text: string) => text.includes(runFolder())
  const mounts = readFileSync('/proc/mounts', 'utf8').split('\n').filter(below)
  const loops = readdirSync('/sys/block').flatMap(name => {
    try {
      return [readFileSync(`/sys/block/${name}/loop/backing_file`, 'utf8')].filter(below)
    } catch {
      return []
    }
  })
  const processes = readdirSync('/proc').flatMap(name => {
    try {
      return [readlinkSync(`/proc/${name}/root`), readlinkSync(`/proc/${name}/cwd`)].filter(below)
    } catch {
      return []
    }
  })
  return { mounts, loops, processes }
}

const nothing = { mounts: [], loops: [], processes: [] }

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  )
}

describe.runIf(realDib)('the real diskimage-builder', () => {
  test('builds a root file system; no variable of the caller reaches a hook', async () => {
    process.env.GITHUB_TOKEN = 'ghs_secret'
    process.env.DIB_DEBUG_TRACE = '1'
    try {
      const result = await build({ behaviour: 'environment install.d' })
      const log = readFileSync(logFile, 'utf8')
      expect(log).toContain('Build completed successfully')
      expect(log).toContain('| DIB_TEST_BEHAVIOUR=environment install.d')
      expect(log).not.toMatch(/ghs_secret|GITHUB_|DIB_DEBUG_TRACE=1/)
      expect(result.phases.filter(phase => phase.profiled).map(phase => phase.name)).toEqual([
        'root.d',
        'extra-data.d',
        'pre-install.d',
        'install.d',
        'post-install.d',
        'post-root.d',
        'pre-finalise.d',
        'finalise.d',
        'cleanup.d',
      ])
      const { stdout } = await run('tar', ['-tf', result.file])
      expect(stdout.split('\n')).toContain('./usr/bin/bash')
      expect(remains()).toEqual(nothing)
    } finally {
      delete process.env.GITHUB_TOKEN
      delete process.env.DIB_DEBUG_TRACE
    }
  })

  test.each(['root.d', 'install.d', 'finalise.d'])('a hook that exits 3 in %s is named', async phase => {
    const error = await failureOf(build({ behaviour: `fail ${phase}` }))
    const name = `50-behave-${phase.replace('.d', '')}`
    expect(error).toBeInstanceOf(DibError)
    const { exitStatus, hook, message } = error as DibError
    expect([exitStatus, hook?.element, hook?.file, hook?.lastLines]).toEqual([
      3,
      'mini-os',
      join(elements, 'mini-os', phase, name),
      [`in ${phase}`, 'about to fail'],
    ])
    expect(message).toContain(`hook ${phase}/${name} of element mini-os ended with exit status 3`)
    expect(remains()).toEqual(nothing)
  })

  test('a hook that hangs is stopped at the time limit and named', async () => {
    const error = await failureOf(build({ behaviour: 'hang install.d', timeoutSeconds: 45 }))
    expect(error).toBeInstanceOf(DibError)
    expect((error as DibError).message).toContain(
      'was stopped by the time limit of 45 s: hook install.d/50-behave-install of element mini-os had been running for',
    )
    expect(remains()).toEqual(nothing)
  })

  test.each(['root.d', 'install.d', 'post-root.d', 'finalise.d', 'cleanup.d'])(
    'an interruption in %s leaves nothing and takes seconds',
    async phase => {
      const caller = new AbortController()
      let interruptedAt = 0
      const onEvent = (event: DibEvent) => {
        if (event.kind !== 'hook-started' || !event.hook.name.startsWith('50-behave') || event.hook.phase !== phase)
          return
        setTimeout(() => {
          interruptedAt = performance.now()
          caller.abort(new InterruptedError('SIGTERM'))
        }, 500)
      }
      const error = await failureOf(build({ behaviour: `hang ${phase}`, signal: caller.signal, onEvent }))
      expect(error).toEqual(new InterruptedError('SIGTERM'))
      expect(remains()).toEqual(nothing)
      expect((performance.now() - interruptedAt) / 1000).toBeLessThan(20)
      const left = runFolder()
      await cleanCurrentRun()
      expect(readdirSync(join(left, '..'))).not.toContain(left.split('/').at(-1))
    },
  )

  test('a flood of lines fills neither the log nor the memory', async () => {
    const before = process.memoryUsage().rss
    const error = await failureOf(build({ behaviour: 'flood install.d', timeoutSeconds: 600 }))
    expect((error as DibError).message).toContain('hook install.d/50-behave-install of element mini-os ended with exit')
    const log = readFileSync(logFile, 'utf8')
    expect(log.length).toBeLessThan(40e6)
    expect(log).toMatch(/\[trove-image: \d+ lines, \d+ bytes left out here/)
    expect(log).toContain('State already cleaned')
    expect((process.memoryUsage().rss - before) / 1e6).toBeLessThan(400)
  })
})
