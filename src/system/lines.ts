import { StringDecoder } from 'node:string_decoder'

/**
 * Turns chunks of bytes into lines: UTF-8 that is split between chunks survives, a carriage return ends a line (progress
 * bars), and the last line comes even without a newline. A line longer than `maxLength` is cut: a hook may print a gigabyte.
 */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8')
  readonly #onLine: (line: string) => void
  readonly #maxLength: number
  #rest = ''
  #cutting = false
  #afterReturn = false

  constructor(onLine: (line: string) => void, maxLength = 16_384) {
    this.#onLine = onLine
    this.#maxLength = maxLength
  }

  write(chunk: Uint8Array): void {
    this.#take(this.#decoder.write(chunk))
  }

  end(): void {
    this.#take(this.#decoder.end())
    if (this.#rest !== '') this.#emit()
  }

  #take(text: string): void {
    const lines = text.split('\n')
    const rest = lines.pop() ?? ''
    for (const line of lines) {
      this.#takeOverwritten(line)
      // "\r\n" is one line end, and the carriage return has already been one.
      if (this.#rest === '' && this.#afterReturn) this.#afterReturn = false
      else this.#emit()
    }
    this.#takeOverwritten(rest)
  }

  /** Text without newline; each carriage return in it ends what a terminal would overwrite. */
  #takeOverwritten(text: string): void {
    if (!text.includes('\r')) {
      this.#append(text)
      return
    }
    const pieces = text.split('\r')
    const last = pieces.pop() ?? ''
    for (const piece of pieces) {
      this.#append(piece)
      if (this.#rest === '') continue
      this.#emit()
      this.#afterReturn = true
    }
    this.#append(last)
  }

  #append(text: string): void {
    if (this.#cutting || text === '') return
    this.#afterReturn = false
    this.#rest += text
    if (this.#rest.length > this.#maxLength) {
      this.#rest = `${this.#rest.slice(0, this.#maxLength)} [cut]`
      this.#cutting = true
    }
  }

  #emit(): void {
    const line = this.#rest
    this.#rest = ''
    this.#cutting = false
    this.#onLine(line)
  }
}

/** The last lines of a stream, bounded in memory; what error messages quote. */
export class Tail {
  readonly #lines: string[] = []
  readonly #limit: number

  constructor(limit = 40) {
    this.#limit = limit
  }

  push(line: string): void {
    this.#lines.push(line)
    if (this.#lines.length > this.#limit) this.#lines.shift()
  }

  lines(): readonly string[] {
    return this.#lines
  }
}
