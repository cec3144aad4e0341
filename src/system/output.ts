import { LineSplitter, Tail } from './lines.ts'

/** How much of the output is kept, and who hears of it. */
export interface OutputOptions {
  /** Called with each line as it arrives. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void
  /** Keep at most the last lines of the output instead of all of it. */
  readonly discardOutput?: boolean
}

/** Characters of a line after which it is cut when somebody follows it: a hook may print a gigabyte without a newline. */
export const longestLine = 16_384

/** What a program printed, in lines: all of it, or no more than its end. */
export class Output {
  readonly #all = { stdout: [] as string[], stderr: [] as string[] }
  readonly #splitters: Record<'stdout' | 'stderr', LineSplitter>
  readonly tail = new Tail()

  constructor(options: OutputOptions) {
    const splitter = (stream: 'stdout' | 'stderr') =>
      new LineSplitter(
        line => {
          if (!options.discardOutput) this.#all[stream].push(line)
          this.tail.push(line)
          options.onLine?.(line, stream)
        },
        options.discardOutput || options.onLine ? longestLine : Number.POSITIVE_INFINITY,
      )
    this.#splitters = { stdout: splitter('stdout'), stderr: splitter('stderr') }
  }

  write(stream: 'stdout' | 'stderr', chunk: Uint8Array): void {
    this.#splitters[stream].write(chunk)
  }

  end(): void {
    this.#splitters.stdout.end()
    this.#splitters.stderr.end()
  }

  text(stream: 'stdout' | 'stderr'): string {
    const lines = this.#all[stream]
    return lines.length === 0 ? '' : `${lines.join('\n')}\n`
  }
}
