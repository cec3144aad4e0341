import { Tail } from '../system/lines.ts'
import { CauseFinder, type FoundCause } from './cause.ts'
import type { LogEvent, RunningHook } from './events.ts'
import { type Marker, readLogLine } from './marker.ts'
import { PackageCounter } from './packages.ts'

/** A phase of DIB, or what it does after one (`packages`, `block-device`, `output`). */
export interface PhaseTiming {
  readonly name: string
  readonly seconds: number
  readonly hooks: readonly { readonly name: string; readonly seconds: number }[]
  /** Whether DIB ended the phase with its table of times, which it does for a phase that succeeded. */
  readonly profiled: boolean
}

/** The InRelease file of one suite as apt had it at the end of the build. */
export interface ArchiveState {
  /** Apt's name for it: the address with underscores, `_dists_` and the suite. */
  readonly file: string
  readonly sha256: string
}

/** The hook that was running when DIB gave up or was stopped. */
export interface UnfinishedHook extends RunningHook {
  readonly runningSeconds: number
  /** Line of the file that bash complained about. */
  readonly line: number | undefined
  readonly lastLines: readonly string[]
}

/** What a whole log says. */
export interface LogSummary {
  readonly phases: readonly PhaseTiming[]
  /** Whether DIB said that the build completed. */
  readonly completed: boolean
  readonly images: readonly string[]
  readonly archiveStates: readonly ArchiveState[]
  readonly unfinished: UnfinishedHook | undefined
  /** The phase that had begun and not ended, or the work between two phases. */
  readonly openPhase: string | undefined
  readonly cause: FoundCause | undefined
  /** What a program said that DIB's Python half called: the words after `exec_sudo failed:`. */
  readonly pythonCause: string | undefined
  /** The last lines that are not DIB's own book-keeping. */
  readonly lastLines: readonly string[]
}

/** What DIB does between two phases that takes time, named by the phase before. */
const between: Readonly<Record<string, string>> = { 'install.d': 'packages', 'cleanup.d': 'output' }

interface OpenPhase {
  readonly name: string
  readonly startedAt: number
  readonly hooks: { name: string; seconds: number }[]
}

interface OpenHook extends RunningHook {
  readonly startedAt: number
  readonly tail: Tail
}

/**
 * Reads DIB's log line by line and keeps only what a report needs, however long the log is. DIB prints no word about a
 * failing hook: it is the one that was running when DIB began to unmount, or when the log ended.
 */
export class DibLogReader {
  readonly #onEvent: (event: LogEvent) => void
  readonly #phases: PhaseTiming[] = []
  readonly #images: string[] = []
  readonly #archiveStates: ArchiveState[] = []
  readonly #files = new Map<string, { element: string; file: string }>()
  readonly #tail = new Tail(15)
  readonly #causes = new CauseFinder()
  readonly #packages = new PackageCounter()
  #element = ''
  #phase: OpenPhase | undefined
  /** Innermost last: a hook may run a folder of hooks itself. */
  #hooks: OpenHook[] = []
  #table: string | undefined
  #blamed = false
  #completed = false
  #pythonCause: string | undefined
  #awaitingCause = false
  #now = 0

  constructor(onEvent: (event: LogEvent) => void = () => undefined) {
    this.#onEvent = onEvent
  }

  /** Takes one line. `receivedAt` (milliseconds) is used where the line has no stamp of its own. */
  line(raw: string, receivedAt: number): void {
    const { time, text, marker } = readLogLine(raw)
    if (!this.#blamed) this.#now = time ?? receivedAt
    if (marker.kind === 'text') this.#takeText(text)
    else this.#takeMarker(marker)
  }

  /** The hook that is running now. */
  running(): RunningHook | undefined {
    return this.#hooks.at(-1)
  }

  /** The phase, or the work between phases, that is under way. */
  phase(): string | undefined {
    return this.#phase?.name
  }

  /** What the log said; to be asked when DIB has ended. */
  summary(): LogSummary {
    const hook = this.#hooks.at(-1)
    const open = this.#phase
    return {
      phases: open ? [...this.#phases, this.#close(open, false)] : [...this.#phases],
      completed: this.#completed,
      images: [...this.#images],
      archiveStates: [...this.#archiveStates],
      unfinished: hook && {
        phase: hook.phase,
        name: hook.name,
        element: hook.element,
        file: hook.file,
        runningSeconds: seconds(this.#now - hook.startedAt),
        line: complainedLine(hook.name, hook.tail.lines()),
        lastLines: [...hook.tail.lines()],
      },
      openPhase: open?.name,
      cause: this.#causes.found(),
      pythonCause: this.#pythonCause,
      lastLines: [...this.#tail.lines()],
    }
  }

  #takeText(text: string): void {
    // DIB's Python half does not work while a hook does: it has begun to take down what the failed hook ran in.
    if (this.#hooks.length > 0 && text.startsWith('INFO diskimage_builder.block_device.')) this.#blamed = true
    if (this.#blamed) return
    if (this.#awaitingCause && text !== '') {
      this.#pythonCause ??= text
      this.#awaitingCause = false
    }
    this.#causes.look(text)
    if (text === '' || text.startsWith('dib-run-parts ') || isTrace(text)) return
    this.#tail.push(text)
    this.#hooks.at(-1)?.tail.push(text)
    const found = this.#packages.read(text)
    if (found) this.#onEvent({ kind: 'package', ...found })
  }

  #takeMarker(marker: Exclude<Marker, { kind: 'text' }>): void {
    // What an orphan of a stopped build writes later changes nothing.
    if (this.#blamed) return
    switch (marker.kind) {
      case 'element':
        this.#element = marker.name
        break
      case 'hook-file':
        this.#files.set(`${marker.phase}/${marker.name}`, { element: this.#element, file: marker.file })
        break
      case 'phase':
        this.#enter(marker.phase)
        break
      case 'hook-running':
        this.#startHook(marker)
        break
      case 'hook-completed':
        this.#finishHook(marker.name)
        break
      case 'table-target':
        this.#table = marker.phase
        break
      case 'table-row':
        this.#correct(marker.name, marker.seconds)
        break
      case 'table-end':
        this.#finishPhase(true)
        this.#table = undefined
        break
      case 'unmount':
        if (this.#hooks.length > 0 && marker.path.includes('/dib_build.')) this.#blamed = true
        break
      case 'python-cause':
        if (marker.text !== '') this.#pythonCause ??= marker.text
        else this.#awaitingCause = this.#pythonCause === undefined
        this.#causes.look(marker.text)
        break
      case 'image-created':
        this.#images.push(marker.file)
        break
      case 'archive-state':
        this.#archiveStates.push({ file: marker.file, sha256: marker.sha256 })
        break
      case 'completed':
        this.#completed = true
        if (this.#phase) this.#finishPhase(false)
        break
      case 'block-device':
        if (this.#phase === undefined) this.#begin('block-device')
        break
    }
  }

  #enter(phase: string): void {
    if (this.#phase?.name === phase || this.#hooks.length > 0) return
    if (this.#phase) this.#finishPhase(false)
    this.#begin(phase)
  }

  #begin(phase: string): void {
    this.#phase = { name: phase, startedAt: this.#now, hooks: [] }
    // An error that a phase survived is no cause of what comes later.
    this.#causes.forget()
    this.#packages.reset()
    this.#onEvent({ kind: 'phase-started', phase })
  }

  #startHook({ phase, name }: { phase: string; name: string }): void {
    this.#enter(phase)
    const origin = this.#files.get(`${phase}/${name}`)
    const hook = { phase, name, element: origin?.element, file: origin?.file, startedAt: this.#now, tail: new Tail(15) }
    this.#hooks.push(hook)
    this.#packages.reset()
    this.#onEvent({ kind: 'hook-started', hook: plain(hook) })
  }

  #finishHook(name: string): void {
    const at = this.#hooks.findLastIndex(hook => hook.name === name)
    const hook = this.#hooks[at]
    if (hook === undefined) return
    this.#hooks = this.#hooks.slice(0, at)
    const took = seconds(this.#now - hook.startedAt)
    if (this.#hooks.length === 0) this.#phase?.hooks.push({ name, seconds: took })
    this.#causes.forget()
    this.#onEvent({ kind: 'hook-finished', hook: plain(hook), seconds: took })
  }

  /** DIB's own figures are better than the difference of two stamps. */
  #correct(name: string, took: number): void {
    if (this.#table !== this.#phase?.name) return
    const hook = this.#phase?.hooks.find(candidate => candidate.name === name)
    if (hook) hook.seconds = took
  }

  #finishPhase(profiled: boolean): void {
    const open = this.#phase
    if (open === undefined || (profiled && this.#table !== open.name)) return
    this.#hooks = []
    const closed = this.#close(open, profiled)
    this.#phases.push(closed)
    this.#onEvent({ kind: 'phase-finished', phase: closed.name, seconds: closed.seconds })
    this.#phase = undefined
    const next = profiled ? between[open.name] : undefined
    if (next !== undefined) this.#begin(next)
  }

  #close(open: OpenPhase, profiled: boolean): PhaseTiming {
    return { name: open.name, seconds: seconds(this.#now - open.startedAt), hooks: open.hooks, profiled }
  }
}

function plain({ phase, name, element, file }: RunningHook): RunningHook {
  return { phase, name, element, file }
}

function seconds(milliseconds: number): number {
  return Math.max(0, Math.round(milliseconds)) / 1000
}

/** DIB sources environment files with tracing on, once a phase: not what a person looks for in a failure. */
function isTrace(text: string): boolean {
  return /^\++ (?:source |export )\S/.test(text) || /^\+\+ [A-Z_]+=/.test(text)
}

/** `/tmp/in_target.d/install.d/50-x: line 12: foo: command not found` */
function complainedLine(name: string, lines: readonly string[]): number | undefined {
  for (const line of lines.toReversed()) {
    const match = /(?:^|\/)([0-9A-Za-z_-]+): line (\d+): /.exec(line)
    if (match?.[1] === name) return Number(match[2])
  }
  return undefined
}
