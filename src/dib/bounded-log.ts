import { closeSync, openSync, writeSync } from 'node:fs'

/** How much of a log is kept. */
export interface LogBounds {
  readonly headBytes: number
  readonly tailBytes: number
}

/** A build's log is 0.4 MB, with tracing 10 MB; more is a hook that ran wild. */
const usual: LogBounds = { headBytes: 32 * 1024 ** 2, tailBytes: 2 * 1024 ** 2 }

/**
 * A log file that cannot fill the disk: its beginning is written as it comes; of what follows only the end is kept, and a
 * line in between says how much is missing.
 */
export class BoundedLog {
  readonly #descriptor: number
  readonly #bounds: LogBounds
  #headBytes = 0
  #headFull = false
  #tail: string[] = []
  #tailBytes = 0
  #droppedLines = 0
  #droppedBytes = 0
  #closed = false

  constructor(path: string, bounds: LogBounds = usual) {
    this.#bounds = bounds
    this.#descriptor = openSync(path, 'w')
  }

  write(line: string): void {
    if (this.#closed) return
    const text = `${line}\n`
    const bytes = Buffer.byteLength(text)
    if (!this.#headFull && this.#headBytes + bytes <= this.#bounds.headBytes) {
      this.#headBytes += bytes
      writeSync(this.#descriptor, text)
      return
    }
    this.#headFull = true
    this.#tail.push(text)
    this.#tailBytes += bytes
    // In steps, because taking single elements off the front of a long array costs its length each time.
    if (this.#tailBytes > 2 * this.#bounds.tailBytes) this.#trim()
  }

  /** Writes the end that was kept. Safe to call twice. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#trim()
    if (this.#droppedLines > 0) {
      const kept = `the first ${this.#bounds.headBytes} and the last ${this.#bounds.tailBytes} bytes are kept`
      writeSync(
        this.#descriptor,
        `[trove-image: ${this.#droppedLines} lines, ${this.#droppedBytes} bytes left out here; ${kept}]\n`,
      )
    }
    writeSync(this.#descriptor, this.#tail.join(''))
    closeSync(this.#descriptor)
  }

  #trim(): void {
    let from = 0
    while (this.#tailBytes > this.#bounds.tailBytes) {
      const bytes = Buffer.byteLength(this.#tail[from] ?? '')
      this.#tailBytes -= bytes
      this.#droppedBytes += bytes
      this.#droppedLines++
      from++
    }
    if (from > 0) this.#tail = this.#tail.slice(from)
  }
}
