import { randomBytes } from 'node:crypto'
import { exec } from '@actions/exec'
import { execa } from 'execa'
import { childEnvironment } from './environment.ts'
import { InterruptedError, ToolError } from './errors.ts'
import { recordMark } from './journal.ts'
import { Output, type OutputOptions } from './output.ts'

/** How a program is run; with `discardOutput` the result's stdout is empty. */
export interface RunOptions extends OutputOptions {
  readonly cwd?: string
  /** Added to the caller's environment, see {@link childEnvironment}. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** The whole environment instead: nothing is inherited. */
  readonly onlyEnv?: Readonly<Record<string, string>>
  /** Written to standard input, which is closed afterwards; without it standard input is empty. */
  readonly input?: string
  /** Exit statuses that are not an error; default 0. */
  readonly allowedExitStatuses?: readonly number[] | 'any'
}

/** For programs that run long or start others: an own process group, a time limit, an abort. */
export interface SupervisedOptions extends RunOptions {
  readonly supervised: true
  readonly timeoutSeconds: number
  readonly signal?: AbortSignal | undefined
  /** How the program is asked to stop; default SIGTERM to its whole tree. What is left after `graceSeconds` is killed. */
  readonly stop?: (child: Child) => Promise<void>
  readonly graceSeconds?: number
}

export interface RunResult {
  readonly exitStatus: number
  readonly stdout: string
  readonly stderr: string
  readonly durationSeconds: number
}

/** A supervised program that is running. */
export interface Child {
  readonly pid: number
  /** Every process that the program starts carries this mark in its environment. */
  readonly mark: string
  write(text: string): void
  closeInput(): void
  /** Asks the program to stop, then kills what is left; resolves when its whole tree is gone. */
  stop(): Promise<void>
  /** Resolves with the result, or rejects with ToolError (status, time limit) or InterruptedError (abort). */
  readonly done: Promise<RunResult>
}

/**
 * Runs a program to its end. The only place, with {@link start}, where this project makes a process. Calls that end within
 * seconds go through @actions/exec; `supervised: true` uses execa (@actions/exec has no time limit and no abort).
 *
 * @throws ToolError when the program cannot be started, ends with another status, or outlives its limit
 * @throws InterruptedError when `signal` aborts
 */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions | SupervisedOptions = {},
): Promise<RunResult> {
  if ('supervised' in options) {
    const child = start(program, args, options)
    child.closeInput()
    return child.done
  }
  // @actions/exec writes standard input without minding EPIPE, which a program that does not read it turns into a crash.
  if (options.input !== undefined) return run(program, args, { ...options, supervised: true, timeoutSeconds: 600 })
  const startedAt = performance.now()
  const output = new Output(options)
  const exitStatus: number | null = await exec('/bin/sh', ['-c', emptyInput, 'sh', program, ...args], {
    silent: true,
    ignoreReturnCode: true,
    delay: 500,
    env: environmentOf(options),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    listeners: {
      stdout: chunk => output.write('stdout', chunk),
      stderr: chunk => output.write('stderr', chunk),
    },
  })
  output.end()
  const durationSeconds = (performance.now() - startedAt) / 1000
  if (exitStatus === notStarted) throw notStartable(program, output.tail.lines().join(' '))
  // Typed as number, yet null when a signal ended the program.
  return conclude(program, args, options, output, exitStatus, durationSeconds)
}

/** @actions/exec leaves standard input open: a program that reads it would wait for ever. */
const notStarted = 125
const emptyInput = `command -v "$1" >/dev/null || { echo "no such program" >&2; exit ${notStarted}; }; exec "$@" </dev/null`

/** Starts a program that is talked to or watched while it runs. */
export function start(program: string, args: readonly string[], options: SupervisedOptions): Child {
  const startedAt = performance.now()
  const output = new Output(options)
  const mark = randomBytes(8).toString('hex')
  recordMark(mark)
  const subprocess = execa(program, args, {
    reject: false,
    detached: true,
    buffer: false,
    extendEnv: false,
    stripFinalNewline: false,
    cleanup: false,
    stdin: 'pipe',
    env: { ...environmentOf(options), [markVariable]: mark },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  })
  const process = subprocess.nodeChildProcess
  subprocess.stdout.on('data', chunk => output.write('stdout', chunk))
  subprocess.stderr.on('data', chunk => output.write('stderr', chunk))
  subprocess.stdin.on('error', () => undefined)
  if (options.input !== undefined) subprocess.stdin.write(options.input)

  let ended: 'timeout' | 'interrupted' | 'stopped' | undefined
  let stopping: Promise<void> | undefined
  // Ends when the program itself is gone: an orphan that holds a pipe open must not keep us waiting.
  const exited = new Promise<void>(resolve => {
    process.once('exit', () => resolve())
    process.once('error', () => resolve())
  })
  const drained = Promise.all([streamEnd(subprocess.stdout), streamEnd(subprocess.stderr)])
  const stopTree = (why: 'timeout' | 'interrupted' | 'stopped'): Promise<void> => {
    ended ??= why
    stopping ??= (async () => {
      await (options.stop?.(child) ?? signalMarked([mark], 'SIGTERM'))
      await Promise.race([exited, pause(options.graceSeconds ?? 5)])
      await signalMarked([mark], 'SIGKILL')
      await exited
    })()
    return stopping
  }
  const timer = setTimeout(() => void stopTree('timeout').catch(() => undefined), options.timeoutSeconds * 1000)
  const onAbort = () => void stopTree('interrupted').catch(() => undefined)
  options.signal?.addEventListener('abort', onAbort, { once: true })
  if (options.signal?.aborted) onAbort()

  const finish = async (): Promise<RunResult> => {
    try {
      await exited
      // Late output is drained for a bounded time only; the log filter of DIB may never close its end.
      await Promise.race([drained, pause(2)])
      await stopping
    } finally {
      clearTimeout(timer)
      options.signal?.removeEventListener('abort', onAbort)
      subprocess.stdout.destroy()
      subprocess.stderr.destroy()
    }
    output.end()
    const durationSeconds = (performance.now() - startedAt) / 1000
    if (ended === 'interrupted') {
      const reason: unknown = options.signal?.reason
      throw reason instanceof InterruptedError ? reason : new InterruptedError('SIGTERM')
    }
    if (ended === 'timeout') {
      const limit = `was still running after ${options.timeoutSeconds} s and was stopped`
      throw new ToolError(describe(program, args, limit, output), program, null)
    }
    if (subprocess.pid === undefined) {
      throw notStartable(program, (await subprocess).originalMessage ?? 'unknown reason')
    }
    const status = ended === 'stopped' ? 0 : process.exitCode
    return conclude(program, args, options, output, status, durationSeconds)
  }
  const done = finish()
  done.catch(() => undefined)
  const child: Child = {
    pid: subprocess.pid ?? 0,
    mark,
    write: text => void subprocess.stdin.write(text),
    closeInput: () => void subprocess.stdin.end(),
    stop: () => stopTree('stopped'),
    done,
  }
  return child
}

/** The variable that every supervised process and its children carry; found again through /proc/PID/environ. */
export const markVariable = 'TROVE_IMAGE_PROCESS'

/**
 * Sends a signal to every process that carries one of the marks, as root when it can: sudo's children belong to root. Says
 * how many it reached.
 */
export async function signalMarked(
  marks: readonly string[],
  signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL',
): Promise<number> {
  if (marks.length === 0) return 0
  const script = `
    reached=0
    for file in $(grep -lzsE "^${markVariable}=($1)$" /proc/[0-9]*/environ); do
      pid=\${file#/proc/}; pid=\${pid%/environ}
      kill -s "$2" "$pid" 2>/dev/null && reached=$((reached + 1))
    done
    echo "$reached"`
  const shell = ['/bin/sh', '-c', script, 'sh', marks.join('|'), signal.slice(3)]
  const asCaller = () => run('/bin/sh', shell.slice(1))
  if (process.getuid?.() === 0) return Number.parseInt((await asCaller()).stdout, 10)
  const asRoot = await run('sudo', ['-n', ...shell], { allowedExitStatuses: 'any' }).catch(() => undefined)
  // Without sudo the caller's own processes can still be reached, and no child of ours belongs to anybody else then.
  const result = asRoot?.exitStatus === 0 ? asRoot : await asCaller()
  return Number.parseInt(result.stdout, 10)
}

function conclude(
  program: string,
  args: readonly string[],
  options: RunOptions,
  output: Output,
  exitStatus: number | null,
  durationSeconds: number,
): RunResult {
  const allowed = options.allowedExitStatuses ?? [0]
  if (exitStatus === null) {
    throw new ToolError(describe(program, args, 'was ended by a signal', output), program, null)
  }
  if (allowed !== 'any' && !allowed.includes(exitStatus)) {
    throw new ToolError(describe(program, args, `ended with exit status ${exitStatus}`, output), program, exitStatus)
  }
  return { exitStatus, stdout: output.text('stdout'), stderr: output.text('stderr'), durationSeconds }
}

function describe(program: string, args: readonly string[], what: string, output: Output): string {
  const last = output.tail.lines().slice(-15)
  const command = [program, ...args].join(' ')
  const shown = command.length > 400 ? `${command.slice(0, 400)} ...` : command
  return [`${shown}: ${what}`, ...(last.length > 0 ? ['last lines:', ...last.map(line => `  ${line}`)] : [])].join('\n')
}

function environmentOf(options: RunOptions): Record<string, string> {
  return options.onlyEnv ? { ...options.onlyEnv } : childEnvironment(options.env)
}

function notStartable(program: string, why: string): ToolError {
  return new ToolError(`${program} could not be started: ${why}`, program, null)
}

function pause(seconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, seconds * 1000).unref())
}

function streamEnd(stream: NodeJS.ReadableStream): Promise<void> {
  return new Promise(resolve => {
    stream.once('end', () => resolve())
    stream.once('close', () => resolve())
  })
}
