import { mkdirSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { sparingMemory } from '../system/buffer-memory.ts'
import { ToolError } from '../system/errors.ts'
import { cacheFolder } from '../system/home.ts'
import { makeWorkFolder, recordTemporary } from '../system/journal.ts'
import { giveBack } from '../system/privilege.ts'
import { start } from '../system/run.ts'
import { noSpaceError, SpaceWatch, saysNoSpace } from '../system/space.ts'
import { BoundedLog } from './bounded-log.ts'
import { type DibFolders, dibCacheName, dibCommand } from './command.ts'
import type { DibPlan } from './dib-plan.ts'
import type { DibEvent } from './events.ts'
import { type DibEnd, DibError, describeFailure } from './failure.ts'
import type { DibInstallation } from './installation.ts'
import { type ArchiveState, DibLogReader, type PhaseTiming } from './log.ts'
import { proxiesFor } from './proxy.ts'
import { Silence } from './silence.ts'
import { stopDib } from './stop.ts'
import type { BuildTimings } from './timings.ts'

export interface DibRequest {
  readonly plan: DibPlan
  readonly dib: DibInstallation
  /** Gets DIB's whole log. */
  readonly logFile: string
  readonly timeoutSeconds: number
  /** Has disk-image-create trace itself into the log; hooks that ask for it trace themselves, too. */
  readonly trace?: boolean
  /** The last build's times, for the heartbeat. */
  readonly history: BuildTimings | undefined
  readonly signal?: AbortSignal | undefined
  readonly onEvent: (event: DibEvent) => void
}

export interface DibResult {
  /** A tar of the root file system, or with the plan's disk `dib` a raw disk. In a working folder of this run. */
  readonly file: string
  readonly phases: readonly PhaseTiming[]
  /** What the package archive was when apt last asked it; empty when the elements do not tell. */
  readonly archiveStates: readonly ArchiveState[]
  readonly seconds: number
}

/**
 * Runs disk-image-create in a process group, a home and a temporary folder of its own. Nothing of the caller's environment
 * reaches a hook but the addresses of its proxies.
 *
 * @throws DibError with the hook to blame, the cause as far as known, and the last lines
 * @throws EnvironmentError when a file system ran full
 * @throws InterruptedError when `signal` aborts
 */
export async function runDib(request: DibRequest): Promise<DibResult> {
  const folders = makeFolders(request.plan)
  const command = dibCommand(request.plan, request.dib, folders, userInfo().username, request.trace)
  const proxies = proxiesFor(process.env)
  for (const { name, reason } of proxies.withheld) request.onEvent({ kind: 'proxy-withheld', name, reason })
  const log = new BoundedLog(request.logFile)
  const reader = new DibLogReader(request.onEvent)
  const silence = new Silence(reader, request.history, request.onEvent)
  const watch = new SpaceWatch([
    { use: 'the working folder', path: folders.temporary },
    { use: "diskimage-builder's cache", path: folders.cache },
  ])
  const startedAt = performance.now()
  recordTemporary('mmdebstrap', 'mmdebstrap.')
  try {
    const child = start(command.program, command.args, {
      supervised: true,
      timeoutSeconds: request.timeoutSeconds,
      signal: request.signal,
      onlyEnv: { ...proxies.environment, ...command.environment },
      cwd: folders.result,
      discardOutput: true,
      allowedExitStatuses: 'any',
      // The stop recipe itself waits for DIB's clean-up; what is left then is killed.
      graceSeconds: 5,
      stop: running => stopDib(running, folders.temporary),
      onLine: line => {
        log.write(line)
        silence.heard()
        reader.line(line, Date.now())
      },
    })
    child.closeInput()
    // A hook may print a gigabyte, of which each line lives for a moment.
    const end = await endOf(
      sparingMemory(() => child.done),
      request.timeoutSeconds,
    )
    const summary = reader.summary()
    if (end === undefined) {
      return {
        file: command.resultFile,
        phases: summary.phases,
        archiveStates: summary.archiveStates,
        seconds: (performance.now() - startedAt) / 1000,
      }
    }
    const exitStatus = end.how === 'status' ? end.exitStatus : null
    const error = new DibError(describeFailure(end, summary, request.logFile), exitStatus, summary.unfinished)
    throw saysNoSpace(summary.cause?.line ?? '') ? await noSpaceError(watch, error) : error
  } finally {
    watch.stop()
    silence.stop()
    log.close()
    // Root's hooks wrote into the caller's cache.
    await giveBack(folders.cache)
  }
}

/** Undefined when it went well; an interruption and a program that cannot be started are thrown on. */
async function endOf(done: Promise<{ exitStatus: number }>, limitSeconds: number): Promise<DibEnd | undefined> {
  try {
    const { exitStatus } = await done
    return exitStatus === 0 ? undefined : { how: 'status', exitStatus }
  } catch (error) {
    if (!(error instanceof ToolError)) throw error
    if (error.message.includes('could not be started')) throw error
    if (error.message.includes('was stopped')) return { how: 'time-limit', limitSeconds }
    return { how: 'status', exitStatus: error.exitStatus }
  }
}

function makeFolders(plan: DibPlan): DibFolders {
  const work = makeWorkFolder('dib')
  const folders = {
    temporary: join(work, 'tmp'),
    home: join(work, 'home'),
    result: join(work, 'result'),
    cache: join(cacheFolder(), 'dib', dibCacheName(plan)),
  }
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true })
  return folders
}
