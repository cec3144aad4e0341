import type { DibEvent, RunningHook } from './events.ts'
import type { BuildTimings } from './timings.ts'

/** What a heartbeat asks of the reader of the log. */
export interface Activity {
  running(): RunningHook | undefined
  phase(): string | undefined
}

const minuteMilliseconds = 60_000

/** Breaks a long silence: each minute without a line, an event says what runs and how long it took last time. */
export class Silence {
  readonly #activity: Activity
  readonly #history: BuildTimings | undefined
  readonly #onEvent: (event: DibEvent) => void
  readonly #timer: NodeJS.Timeout
  #heardAt: number
  #toldAt: number
  #current: string | undefined
  #currentSince: number

  constructor(activity: Activity, history: BuildTimings | undefined, onEvent: (event: DibEvent) => void) {
    this.#activity = activity
    this.#history = history
    this.#onEvent = onEvent
    this.#heardAt = this.#toldAt = this.#currentSince = Date.now()
    this.#timer = setInterval(() => this.#look(Date.now()), 1000)
    this.#timer.unref()
  }

  /** A line came. */
  heard(): void {
    this.#heardAt = this.#toldAt = Date.now()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #look(now: number): void {
    const hook = this.#activity.running()
    const phase = this.#activity.phase()
    const part = hook ? `${hook.phase}/${hook.name}` : phase
    if (part !== this.#current) {
      this.#current = part
      this.#currentSince = now
    }
    if (now - this.#toldAt < minuteMilliseconds) return
    this.#toldAt = now
    this.#onEvent({
      kind: 'silent',
      hook,
      phase,
      silentSeconds: Math.round((now - this.#heardAt) / 1000),
      runningSeconds: Math.round((now - this.#currentSince) / 1000),
      lastTimeSeconds: part === undefined ? undefined : this.#history?.parts[part],
    })
  }
}
