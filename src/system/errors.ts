/** What went wrong, by whose fault it is: every deliberate throw of the project is one of these three. */

/** The caller gave something that cannot be used. The message names the input, its value, what is legal and what to do. */
export class InputError extends Error {
  override readonly name = 'InputError'
}

/** The machine lacks something. The message says what, how it was probed and how to get it. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError'
}

/** There is too little room on a file system. Doors that know a remedy of their own add it. */
export class DiskSpaceError extends EnvironmentError {}

/** A program that we ran failed. The message carries program, arguments, exit status and the last lines it printed. */
export class ToolError extends Error {
  override readonly name = 'ToolError'
  readonly program: string
  /** Null when a signal or our own time limit ended it. */
  readonly exitStatus: number | null

  constructor(message: string, program: string, exitStatus: number | null, options?: ErrorOptions) {
    super(message, options)
    this.program = program
    this.exitStatus = exitStatus
  }
}

/** The signals that end a run: Ctrl-C, a platform's cancellation, a terminal that was closed. */
export const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
export type EndingSignal = (typeof endingSignals)[number]

const statusOfSignal: Record<EndingSignal, number> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }

/** The work was ended from outside. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError'
  readonly signalName: EndingSignal

  constructor(signalName: EndingSignal) {
    super(`interrupted by ${signalName}`)
    this.signalName = signalName
  }
}

/** The command's exit statuses; 0 is success and 1 a failed verdict. */
export function exitStatusOf(error: unknown): number {
  if (error instanceof InputError) return 2
  if (error instanceof EnvironmentError) return 3
  if (error instanceof ToolError) return 4
  if (error instanceof InterruptedError) return statusOfSignal[error.signalName]
  return 70
}

/** Anything may be thrown; this makes an Error of it without losing what it said. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
