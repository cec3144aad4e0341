import { createInterface } from 'node:readline/promises'
import type { Annotation, Log, Platform, Progress } from '../platform.ts'
import { DirectoryCache } from './directory-cache.ts'
import { Heartbeat } from './heartbeat.ts'
import { noArtifacts } from './no-artifacts.ts'

export interface TerminalOptions {
  /** Answer every question with yes. */
  readonly yes: boolean
  /** Also print debug lines. */
  readonly verbose: boolean
  /** No colours, no line that is overwritten: for files and for Zuul. */
  readonly plain: boolean
  /** Where progress goes; stdout carries results only. */
  readonly stream?: NodeJS.WriteStream
}

/** A person's terminal, or a log file. Everything goes to stderr. */
export class TerminalPlatform implements Platform {
  readonly log: Log
  readonly cache = new DirectoryCache()
  readonly artifacts = noArtifacts
  readonly debugging: boolean
  readonly disposable = false
  readonly #options: TerminalOptions
  readonly #stream: NodeJS.WriteStream
  readonly #secrets: string[] = []
  readonly #colours: boolean
  readonly #interactive: boolean
  readonly #heartbeat = new Heartbeat(text => this.#line(text))
  #statusShown = false

  constructor(options: TerminalOptions) {
    this.#options = options
    this.debugging = options.verbose
    this.#stream = options.stream ?? process.stderr
    this.#interactive = this.#stream.isTTY === true && !options.plain
    this.#colours = this.#interactive && !process.env.NO_COLOR
    this.log = {
      debug: text => options.verbose && this.#line(this.#colour('2', text)),
      info: text => this.#line(text),
      warning: text => this.#line(`${this.#colour('33', 'warning:')} ${text}`),
      error: text => this.#line(`${this.#colour('31', 'error:')} ${text}`),
    }
  }

  async group<T>(title: string, work: () => Promise<T>): Promise<T> {
    // A log that is read later has a clock; on a terminal somebody sits before one.
    const clock = this.#interactive ? '' : `[${new Date().toTimeString().slice(0, 8)}] `
    this.#line(this.#colour('1', `${clock}${title}`))
    try {
      return await work()
    } finally {
      this.#heartbeat.rest()
    }
  }

  annotate(annotation: Annotation): void {
    const place = annotation.file ? `${annotation.file}${annotation.line ? `:${annotation.line}` : ''}: ` : ''
    const write = { notice: this.log.info, warning: this.log.warning, error: this.log.error }[annotation.level]
    write(`${place}${annotation.message}`)
  }

  async summary(): Promise<void> {
    // A terminal has no summary page; the closing table of the command says the same.
  }

  secret(value: string): void {
    if (value !== '') this.#secrets.push(value)
  }

  async confirm(question: string): Promise<boolean> {
    if (this.#options.yes || !process.stdin.isTTY || !process.stderr.isTTY) return true
    this.clearProgress()
    const reader = createInterface({ input: process.stdin, output: process.stderr })
    try {
      const answer = await reader.question(`${question} [Y/n] `)
      return /^(y|yes|)$/i.test(answer.trim())
    } finally {
      reader.close()
    }
  }

  progress(progress: Progress): void {
    const share = progress.fraction === undefined ? '' : `${String(Math.floor(progress.fraction * 100)).padStart(3)} % `
    const text = `${share}${progress.text}`
    if (!this.#interactive) {
      this.#heartbeat.progress(text.trimStart())
      return
    }
    const width = (this.#stream.columns ?? 80) - 1
    this.#stream.write(`\r\u001b[K${this.#hide(text).slice(0, width)}`)
    this.#statusShown = true
  }

  /** Takes the line of progress away, so that standard output can go on at the start of a line. */
  clearProgress(): void {
    if (!this.#statusShown) return
    this.#stream.write('\r\u001b[K')
    this.#statusShown = false
  }

  #line(text: string): void {
    this.clearProgress()
    this.#heartbeat.lineWritten()
    this.#stream.write(`${this.#hide(text)}\n`)
  }

  #hide(text: string): string {
    return this.#secrets.reduce((shown, secret) => shown.replaceAll(secret, '***'), text)
  }

  #colour(code: string, text: string): string {
    return this.#colours ? `\u001b[${code}m${text}\u001b[0m` : text
  }
}
