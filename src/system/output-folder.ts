import { accessSync, constants, existsSync, mkdirSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { asError, InputError } from './errors.ts'
import { livingJournals, recordOutput } from './journal.ts'

/**
 * Makes the folder that documents and images are written to.
 *
 * @throws InputError when it cannot be made or written to, with the reason
 */
export function makeOutputFolder(folder: string): void {
  checkOutputFolder(folder)
  // One by one: Node's recursive mkdir never ends in a file system that answers ENOENT to it, such as /proc.
  for (const part of missingFolders(resolve(folder))) {
    try {
      mkdirSync(part)
    } catch (thrown) {
      if (!existsSync(part)) throw refusal(folder, `${part} cannot be made: ${asError(thrown).message}`)
    }
  }
}

/**
 * Writes nothing, so that it can be asked before the first stage runs.
 *
 * @throws InputError when the folder, or the nearest one above it that exists, cannot be written to
 */
export function checkOutputFolder(folder: string): void {
  const path = resolve(folder)
  const standing = dirname(missingFolders(path)[0] ?? join(path, 'x'))
  if (!statSync(standing).isDirectory()) throw refusal(folder, `${standing} is no folder`)
  try {
    accessSync(standing, constants.W_OK | constants.X_OK)
  } catch {
    throw refusal(folder, `${standing} may not be written to`)
  }
}

function refusal(folder: string, why: string): InputError {
  return new InputError(
    `input "output": ${why} (got "${folder}"). Legal: a folder that may be written to, or a new one below such a folder.`,
  )
}

/**
 * As {@link makeOutputFolder}, and the folder is this run's until the process ends: a build replaces lock, plan and image one
 * after another, and two builds in one folder would publish the documents of one with the image of the other.
 *
 * @throws InputError also when a living run of this user builds into it
 */
export function holdOutputFolder(folder: string): void {
  makeOutputFolder(folder)
  const path = realpathSync(folder)
  recordOutput(path)
  const holder = livingJournals().find(({ entries }) =>
    entries.some(entry => entry.kind === 'output' && entry.path === path),
  )
  if (holder === undefined) return
  throw new InputError(
    `input "output": another run of trove-image, process ${holder.owner}, builds into ${path}. ` +
      'Wait for its end, or give this run a folder of its own.',
  )
}

/** What must be made so that the folder exists, outermost first. */
function missingFolders(path: string): string[] {
  const missing: string[] = []
  for (let folder = path; !existsSync(folder); folder = dirname(folder)) missing.unshift(folder)
  return missing
}
