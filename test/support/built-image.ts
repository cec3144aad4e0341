import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { projectRoot } from '../../src/system/home.ts'
import { projectDigest, troveImage } from './checkout.ts'
import { type HostSnapshot, leaks, snapshot } from './host.ts'

/** The default build of this very code, made once and used by every system test. */
export interface BuiltImage {
  readonly folder: string
  /** The image file, absolute. */
  readonly image: string
  readonly plan: string
  readonly exitStatus: number | null
  readonly stdout: string
  readonly log: string
  readonly seconds: number
  /** What the run left on the host. */
  readonly leaks: Partial<Record<keyof HostSnapshot, string[]>>
}

const place = join(projectRoot(), 'test-results/image')
/** Holds the process id of the test worker that is building; others wait for it. */
const builder = `${place}.builder`

/** Runs `./trove-image build` as the caller, unless it has been done for exactly these files. */
export async function builtImage(): Promise<BuiltImage> {
  const digest = projectDigest()
  const result = join(place, 'built.json')
  while (!becomeBuilder()) await sleep(1000)
  try {
    if (existsSync(result)) {
      const known = JSON.parse(readFileSync(result, 'utf8'))
      if (known.digest === digest) return known.built
    }
    return await build(digest, result)
  } finally {
    rmSync(builder, { force: true })
  }
}

/** Whether this worker may build now. A builder that was killed holds nobody up. */
function becomeBuilder(): boolean {
  mkdirSync(dirname(builder), { recursive: true })
  try {
    writeFileSync(builder, String(process.pid), { flag: 'wx' })
    return true
  } catch {
    const pid = existsSync(builder) ? readFileSync(builder, 'utf8') : ''
    if (pid !== '' && !existsSync(`/proc/${pid}`)) rmSync(builder, { force: true })
    return false
  }
}

async function build(digest: string, result: string): Promise<BuiltImage> {
  rmSync(place, { recursive: true, force: true })
  mkdirSync(place, { recursive: true })
  const caches = [join(homedir(), '.cache')]
  const before = snapshot(caches)
  const run = await troveImage(['build', '--yes', '--log', 'plain', '--output', 'out'], {
    cwd: place,
    logFile: join(place, 'build-command.log'),
    timeoutSeconds: 2400,
  })
  const built: BuiltImage = {
    folder: join(place, 'out'),
    image: join(place, 'out/trove-guest-debian-trixie-amd64.qcow2'),
    plan: join(place, 'out/plan.json'),
    exitStatus: run.exitStatus,
    stdout: run.stdout,
    log: run.log,
    seconds: run.seconds,
    leaks: leaks(before, snapshot(caches)),
  }
  // A failed build is not remembered: the next call tries again.
  if (run.exitStatus === 0) writeFileSync(result, JSON.stringify({ digest, built }))
  return built
}
