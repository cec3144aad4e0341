import { closeSync, openSync, readSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import { LineSplitter } from '../system/lines.ts'

const introducer = String.fromCharCode(0x1b)
const bell = String.fromCharCode(0x07)
/** ECMA-48 control sequences (also with intermediate bytes, as systemd sends `CSI ! p`), operating system commands. */
const terminalControl = new RegExp(
  `${introducer}(?:\\[[0-9:;?]*[ -/]*[@-~]|\\][^${bell}${introducer}]*(?:${bell}|${introducer}\\\\)|[()][A-Z0-9]|[=>78cDEHMNOZ])`,
  'g',
)

/** Text without what moves a cursor, sets a colour or rings a bell. */
export function plainText(text: string): string {
  const plain = text.replaceAll(terminalControl, '')
  return [...plain].filter(character => character >= ' ' || character === '\t').join('')
}

/**
 * Follows a file that another process writes: a serial console. Gives whole lines, and the beginning of a line that has
 * not ended, because a prompt never does.
 */
export class TextFeed {
  readonly #path: string
  readonly #onLine: (line: string) => void
  readonly #splitter: LineSplitter
  readonly #decoder = new StringDecoder('utf8')
  #descriptor: number | undefined
  #unfinished = ''
  #bytes = 0

  readonly #mostBytes: number

  /** Reads no more than `mostBytes` of the file. */
  constructor(path: string, onLine: (line: string) => void, mostBytes = Number.POSITIVE_INFINITY) {
    this.#path = path
    this.#mostBytes = mostBytes
    this.#onLine = onLine
    this.#splitter = new LineSplitter(line => this.#onLine(plainText(line).trimEnd()))
  }

  /** How many bytes have come so far. */
  get bytes(): number {
    return this.#bytes
  }

  /** The line that has begun and not ended, without control characters. */
  get unfinished(): string {
    return plainText(this.#unfinished)
  }

  /** Reads what has come since the last time. */
  poll(): void {
    try {
      this.#descriptor ??= openSync(this.#path, 'r')
    } catch {
      return // not made yet
    }
    const chunk = Buffer.alloc(65_536)
    for (;;) {
      const wanted = Math.min(chunk.length, this.#mostBytes - this.#bytes)
      const length = wanted === 0 ? 0 : readSync(this.#descriptor, chunk, 0, wanted, this.#bytes)
      if (length === 0) return
      this.#bytes += length
      const text = this.#decoder.write(chunk.subarray(0, length))
      this.#unfinished =
        (this.#unfinished + text)
          .split(/[\r\n]/)
          .at(-1)
          ?.slice(-1000) ?? ''
      this.#splitter.write(chunk.subarray(0, length))
    }
  }

  close(): void {
    this.poll()
    this.#splitter.end()
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    this.#descriptor = undefined
  }
}
