const minuteMilliseconds = 60_000

/** Breaks a long silence of a log that cannot be overwritten: each minute without a line, what is being done is said once more. */
export class Heartbeat {
  readonly #write: (text: string) => void
  #doing: string | undefined
  #writtenAt = Date.now()
  #timer: NodeJS.Timeout | undefined

  constructor(write: (text: string) => void) {
    this.#write = write
  }

  /** What is being done from now on. */
  progress(text: string): void {
    this.#doing = text
    if (this.#timer !== undefined) return
    this.#timer = setInterval(() => this.#look(), 1000)
    this.#timer.unref()
  }

  /** A line was written, by whomever. */
  lineWritten(): void {
    this.#writtenAt = Date.now()
  }

  /** That work is over. */
  rest(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#doing = undefined
  }

  #look(): void {
    if (this.#doing === undefined || Date.now() - this.#writtenAt < minuteMilliseconds) return
    this.#writtenAt = Date.now()
    this.#write(`no news for a minute; last: ${this.#doing}`)
  }
}
