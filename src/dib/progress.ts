import { type BuildTimings, type Estimate, estimate } from './timings.ts'

/** Follows a build part by part, so that what remains can be estimated from the last build. */
export class BuildProgress {
  readonly #history: BuildTimings | undefined
  readonly #now: () => number
  readonly #finished = new Set<string>()
  #current: { readonly part: string; readonly startedAt: number } | undefined

  /** `now` in milliseconds. */
  constructor(history: BuildTimings | undefined, now: () => number = () => performance.now()) {
    this.#history = history
    this.#now = now
  }

  started(part: string): void {
    this.#current = { part, startedAt: this.#now() }
  }

  finished(part: string): void {
    this.#finished.add(part)
    if (this.#current?.part === part) this.#current = undefined
  }

  /** Undefined when no earlier build is known. */
  estimate(): Estimate | undefined {
    const current = this.#current && {
      part: this.#current.part,
      seconds: (this.#now() - this.#current.startedAt) / 1000,
    }
    return estimate(this.#history, { finished: this.#finished, current })
  }
}
