import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import type { Accelerator } from '../system/accelerator.ts'
import { asError, EnvironmentError, ToolError } from '../system/errors.ts'
import { forget, makeWorkFolder, recordFolder } from '../system/journal.ts'
import { type Child, start } from '../system/run.ts'
import { applianceEnvironment } from './appliance.ts'
import { markedProcesses, socketFolderOf } from './appliance-process.ts'
import { commandLine, shellScript } from './quote.ts'

export interface SessionOptions {
  /** Absolute path of the disk image. */
  readonly image: string
  /** Said to libguestfs, never guessed by it. */
  readonly format: 'qcow2' | 'raw'
  /** Read-only sessions write to an overlay that is thrown away; the image's bytes stay as they are. */
  readonly access: 'read-only' | 'read-write'
  readonly accelerator: Accelerator
  readonly signal?: AbortSignal | undefined
  /** For one command, unless it says otherwise; default 120. */
  readonly commandSeconds?: number
  readonly onCommand?: (timing: CommandTiming) => void
  /** Turns libguestfs' own traces on, and gets their lines. */
  readonly onTrace?: ((line: string) => void) | undefined
}

export interface CommandTiming {
  /** The command with its arguments, as sent, cut to a line. */
  readonly command: string
  readonly seconds: number
}

interface Pending {
  /** The command for messages. */
  readonly shown: string
  readonly sentinel: string
  readonly output: string[]
  readonly errors: string[]
  outputEnded: boolean
  errorsEnded: boolean
  readonly resolve: (output: string[]) => void
  readonly reject: (error: Error) => void
}

/**
 * One libguestfs appliance, driven by one guestfish process over its standard input: starting the appliance costs seconds,
 * a command hundredths of one. Commands run one after another.
 */
export class GuestfsSession {
  readonly #child: Child
  readonly #options: SessionOptions
  readonly #image: string
  readonly #token = randomBytes(8).toString('hex')
  #count = 0
  #pending: Pending | undefined
  #last: Promise<unknown> = Promise.resolve()
  #dead: Error | undefined
  #socketFolder: string | undefined

  private constructor(options: SessionOptions, environment: Record<string, string>) {
    this.#options = options
    this.#image = options.image
    const mode = options.access === 'read-only' ? '--ro' : '--rw'
    this.#child = start('guestfish', [mode, `--format=${options.format}`, '-a', options.image], {
      supervised: true,
      timeoutSeconds: 4 * 3600,
      graceSeconds: 10,
      signal: options.signal,
      discardOutput: true,
      env: { ...environment, ...(options.onTrace ? { LIBGUESTFS_TRACE: '1', LIBGUESTFS_DEBUG: '1' } : {}) },
      onLine: (line, stream) => this.#take(line, stream),
      stop: child => endGently(child),
    })
    // The journal of an interruption must name it, not the death of the appliance that it causes.
    options.signal?.addEventListener('abort', () => this.#die(asError(options.signal?.reason)), { once: true })
    this.#child.done.then(
      () => this.#die(new ToolError('guestfish ended before its work was done', 'guestfish', 0)),
      error => this.#die(explain(error as Error, options.image)),
    )
  }

  /**
   * Starts guestfish and its appliance.
   *
   * @throws EnvironmentError when guestfish is not installed, or the appliance does not start
   */
  static async open(options: SessionOptions): Promise<GuestfsSession> {
    const environment = await applianceEnvironment(options.accelerator, makeWorkFolder('guestfs'))
    const session = new GuestfsSession(options, environment)
    try {
      if (availableParallelism() > 1) await session.command('set-smp', ['2'])
      const watching = session.#watchSocketFolder()
      await session.command('run', [], 600).finally(() => watching.stop())
      return session
    } catch (error) {
      await session.#child.stop().catch(() => undefined)
      await session.#child.done.catch(() => undefined)
      session.#forgetSocketFolder()
      if (!(error instanceof ToolError)) throw error
      throw new EnvironmentError(
        `libguestfs could not start its appliance (accelerator ${options.accelerator}): ${error.message}\n` +
          'libguestfs-test-tool shows each step of a start; a machine needs a kernel under /boot and about 1 GB of memory.',
        { cause: error },
      )
    }
  }

  /**
   * Sends a command and gives the lines it printed.
   *
   * @throws ToolError with libguestfs' own words, or when the time is over (then the session is over, too)
   */
  async command(name: string, args: readonly string[] = [], limitSeconds?: number): Promise<string[]> {
    const line = commandLine(name, args)
    const turn = this.#last.then(() => this.#send(line, limitSeconds ?? this.#options.commandSeconds ?? 120))
    this.#last = turn.catch(() => undefined)
    return turn
  }

  /** Like {@link command}, but a failure of libguestfs gives undefined: for questions whose answer may be "none". */
  async ask(name: string, args: readonly string[] = []): Promise<string[] | undefined> {
    try {
      return await this.command(name, args)
    } catch (error) {
      if (error instanceof ToolError && this.#dead === undefined) return undefined
      throw error
    }
  }

  /**
   * Runs a POSIX shell script inside the appliance, where the image's file systems are below /sysroot. Nothing that comes
   * from an image may be part of the script. `debug sh` is not a promised interface of libguestfs, but unchanged since
   * 1.0 and the only way to read owners, modes and contents of many files at once.
   */
  async shell(script: string, limitSeconds?: number): Promise<string[]> {
    return this.command('debug', ['sh', shellScript(script)], limitSeconds)
  }

  /** Ends guestfish, which unmounts, flushes and removes what it made. */
  async close(): Promise<void> {
    await this.#last
    this.#child.closeInput()
    const result = await this.#child.done.catch((error: Error) => error)
    this.#forgetSocketFolder()
    if (result instanceof Error) throw result
  }

  #send(line: string, limitSeconds: number): Promise<string[]> {
    if (this.#dead) return Promise.reject(this.#dead)
    const shown = line.length > 100 ? `${line.slice(0, 100)} ...` : line
    const sentinel = `@@${this.#token}-${++this.#count}`
    const startedAt = performance.now()
    return new Promise<string[]>((resolve, reject) => {
      const timer = setTimeout(() => {
        const message = `guestfish: ${shown}: was still running after ${limitSeconds} s on ${this.#image}; the session was ended`
        this.#die(new ToolError(message, 'guestfish', null))
        void this.#child.stop().catch(() => undefined)
      }, limitSeconds * 1000)
      const settle = () => {
        clearTimeout(timer)
        this.#pending = undefined
        this.#options.onCommand?.({ command: shown, seconds: (performance.now() - startedAt) / 1000 })
      }
      this.#pending = {
        shown,
        sentinel,
        output: [],
        errors: [],
        outputEnded: false,
        errorsEnded: false,
        resolve: output => {
          settle()
          resolve(output)
        },
        reject: error => {
          settle()
          reject(error)
        },
      }
      // With "-" guestfish goes on after an error. The second sentinel is an unknown command: it comes out on stderr.
      this.#child.write(`-${line}\necho ${sentinel}\n-${sentinel}\n`)
    })
  }

  #take(line: string, stream: 'stdout' | 'stderr'): void {
    const pending = this.#pending
    const isTrace = stream === 'stderr' && this.#options.onTrace !== undefined && !isError(line)
    if (isTrace) this.#options.onTrace?.(line)
    if (isTrace || pending === undefined) return
    if (stream === 'stdout') {
      if (line === pending.sentinel) pending.outputEnded = true
      else pending.output.push(line)
    } else if (line.startsWith(`${pending.sentinel}:`)) pending.errorsEnded = true
    else pending.errors.push(line)
    if (!pending.outputEnded || !pending.errorsEnded) return
    const errors = pending.errors.filter(isError)
    if (errors.length === 0) pending.resolve(pending.output)
    else pending.reject(new ToolError(`guestfish: ${pending.shown}: ${cleanError(pending.errors)}`, 'guestfish', 1))
  }

  #die(error: Error): void {
    this.#dead ??= error
    this.#pending?.reject(this.#dead)
  }

  /** libguestfs makes a folder for its sockets in /tmp, whatever LIBGUESTFS_TMPDIR says; the journal must know of it. */
  #watchSocketFolder(): { stop(): void } {
    const look = () => {
      if (this.#socketFolder !== undefined) return
      const folder = socketFolderOf(markedProcesses(this.#child.mark))
      if (folder === undefined) return
      this.#socketFolder = folder
      recordFolder(folder)
    }
    const timer = setInterval(look, 100)
    return {
      stop: () => {
        clearInterval(timer)
        look()
      },
    }
  }

  #forgetSocketFolder(): void {
    if (this.#socketFolder !== undefined) forget({ kind: 'folder', path: this.#socketFolder })
    this.#socketFolder = undefined
  }
}

/** Whether a line of guestfish's stderr says that the command failed; other lines are warnings of programs below. */
export function isError(text: string): boolean {
  return /libguestfs: error: |: unknown command$|^error: |^guestfish: /.test(text)
}

/** libguestfs' words without the place in our stream of commands. */
export function cleanError(lines: readonly string[]): string {
  return lines
    .map(line => line.replace(/^\*stdin\*:\d+: /, '').replace(/^(libguestfs: )?error: /, ''))
    .filter(line => !line.startsWith('type '))
    .join('\n')
}

/**
 * Guestfish removes its folders when its input ends, not when a signal kills it. What keeps it from reading the end is a
 * command under way, and that ends with the appliance.
 */
async function endGently(child: Child): Promise<void> {
  child.closeInput()
  for (let round = 0; round < 40; round++) {
    const processes = markedProcesses(child.mark)
    if (processes.length === 0) return
    for (const { pid, args } of processes) {
      if (/(^|\/)qemu|kvm$/.test(args[0] ?? '')) {
        try {
          process.kill(pid, 'SIGTERM')
        } catch {
          // It ended by itself.
        }
      }
    }
    await new Promise(resolve => setTimeout(resolve, 200))
  }
}

function explain(error: Error, image: string): Error {
  if (!error.message.includes('could not be started')) return error
  return new EnvironmentError(
    `guestfish could not be started, which reads ${image} without mounting it on this machine. ` +
      "Run 'trove-image setup', or install the package guestfish (Debian) or libguestfs-tools (Ubuntu).",
    { cause: error },
  )
}
