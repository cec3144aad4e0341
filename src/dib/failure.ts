import { formatDuration } from '../system/duration.ts'
import { ToolError } from '../system/errors.ts'
import type { LogSummary, UnfinishedHook } from './log.ts'

/** How disk-image-create ended badly. */
export type DibEnd =
  | { readonly how: 'status'; readonly exitStatus: number | null }
  | { readonly how: 'time-limit'; readonly limitSeconds: number }

/** disk-image-create failed; with the hook to blame, when there is one. */
export class DibError extends ToolError {
  readonly hook: UnfinishedHook | undefined

  constructor(message: string, exitStatus: number | null, hook: UnfinishedHook | undefined, options?: ErrorOptions) {
    super(message, 'disk-image-create', exitStatus, options)
    this.hook = hook
  }
}

/** The words for a failed run: what failed, where it stands, why as far as known, and the last lines. */
export function describeFailure(end: DibEnd, summary: LogSummary, logFile: string): string {
  const { unfinished: hook } = summary
  const parts = [`disk-image-create ${what(end, summary)}`]
  if (hook?.file) parts.push(`file: ${hook.file}${hook.line === undefined ? '' : `, line ${hook.line}`}`)
  if (summary.cause) {
    parts.push(`cause: ${summary.cause.cause} ("${summary.cause.line}")`, `what to do: ${summary.cause.remedy}`)
  } else if (summary.pythonCause !== undefined) parts.push(`cause: ${summary.pythonCause}`)
  const lines = hook ? hook.lastLines : summary.lastLines
  if (lines.length > 0) parts.push('last lines:', ...lines.map(line => `  ${line}`))
  parts.push(`whole log: ${logFile}`)
  return parts.join('\n')
}

function what(end: DibEnd, { unfinished: hook, openPhase }: LogSummary): string {
  const place = hook ? `hook ${hook.phase}/${hook.name}${hook.element ? ` of element ${hook.element}` : ''}` : undefined
  if (end.how === 'time-limit') {
    const limit = `was stopped by the time limit of ${formatDuration(end.limitSeconds)}`
    if (place) return `${limit}: ${place} had been running for ${formatDuration(hook?.runningSeconds ?? 0)}`
    return openPhase === undefined ? limit : `${limit} in ${openPhase}`
  }
  const status = end.exitStatus === null ? 'a signal' : `exit status ${end.exitStatus}`
  if (place) return `failed: ${place} ended with ${status} after ${formatDuration(hook?.runningSeconds ?? 0)}`
  return `failed with ${status}${openPhase === undefined ? '' : ` in ${openPhase}`}`
}
