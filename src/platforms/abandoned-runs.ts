import type { Log } from '../platform.ts'
import { type AbandonedRuns, cleanAbandoned } from '../system/cleanup.ts'
import { abandonedJournals } from '../system/journal.ts'

/**
 * What earlier runs have left is undone before a new one begins. What cannot be undone is said and hinders nothing: the new
 * run has folders of its own. A dry run changes nothing and only says how much is left.
 */
export async function startAfterAbandoned(dryRun: boolean, log: Log): Promise<void> {
  if (dryRun) {
    const text = describeLeft(abandonedJournals().length)
    if (text !== undefined) log.info(text)
    return
  }
  const { failures } = await undoAbandoned(log)
  for (const failure of failures) log.warning(failure.message)
}

/** Undoes abandoned runs and names each. */
export function undoAbandoned(log: Log): Promise<AbandonedRuns> {
  return cleanAbandoned(folder => log.info(`undoing what a killed run has left: ${folder}`))
}

/** What a dry run says of abandoned runs. */
export function describeLeft(count: number): string | undefined {
  if (count === 0) return undefined
  const runs = count === 1 ? 'a killed run has' : `${count} killed runs have`
  return `${runs} left something behind; "trove-image clean" undoes it`
}

/** Whether inputs, as a door was given them, ask for a dry run. */
export function asksForDryRun(raw: Readonly<Record<string, unknown>>): boolean {
  return String(raw.dryRun).trim().toLowerCase() === 'true'
}
