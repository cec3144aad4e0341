import { randomBytes } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Platform } from '../platform.ts'
import type { AnyStage, Verdict } from '../stage.ts'
import { asError } from '../system/errors.ts'

/** Logs of a failure are of use for as long as somebody looks into it. */
const retentionDays = 3

/**
 * Runs a stage's work. When it throws or its verdict is failed, the files that the stage names and that this run has written
 * are uploaded, unless its input failure-logs says no. An upload that fails is only a warning: the stage's own fault is what
 * counts.
 */
export async function keepingFailureLogs<Result extends { readonly verdict?: Verdict }>(
  stage: Pick<AnyStage, 'name' | 'failureFiles'>,
  inputs: Readonly<Record<string, unknown>>,
  platform: Platform,
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  const startedAt = Date.now()
  const keep = async () => {
    if (signal.aborted || inputs.failureLogs !== true || !platform.artifacts.isKnown) return
    const files = filesSince(stage.failureFiles?.(inputs) ?? [], startedAt)
    await upload(stage.name, files, platform, signal)
  }
  try {
    const result = await work()
    if (result.verdict?.status === 'failed') await keep()
    return result
  } catch (error) {
    await keep()
    throw error
  }
}

/** What lay there before tells of another run. */
function filesSince(files: readonly string[], milliseconds: number): string[] {
  // File systems may keep whole seconds only.
  return files.filter(file => existsSync(file) && statSync(file).mtimeMs >= milliseconds - 1000)
}

async function upload(stage: string, files: readonly string[], platform: Platform, signal: AbortSignal): Promise<void> {
  const [first] = files
  if (first === undefined) return
  const { artifacts, log } = platform
  const fault = artifacts.fault()
  if (fault !== undefined) return log.warning(`the logs of the failure were not uploaded: ${fault}`)
  // Several jobs of a matrix may fail in the same stage.
  const name = `trove-image-failure-${stage}-${randomBytes(3).toString('hex')}`
  try {
    await platform.group('Upload the logs of the failure', () =>
      artifacts.upload(
        { name, folder: dirname(first), files: files.map(file => basename(file)), retentionDays },
        signal,
      ),
    )
    log.info(`logs of the failure, kept for ${retentionDays} days: artifact ${name}`)
  } catch (error) {
    log.warning(`the logs of the failure were not uploaded: ${asError(error).message}`)
  }
}
