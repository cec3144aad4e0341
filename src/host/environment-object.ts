import { randomBytes } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type ObjectKey, objectKey, unpackFolder } from '../objects/index.ts'
import { sha256 } from '../system/documents.ts'
import { asError } from '../system/errors.ts'
import { projectRoot } from '../system/home.ts'
import { forget, recordFolder } from '../system/journal.ts'
import { run } from '../system/run.ts'
import { readHostDistribution } from './distribution.ts'
import { environmentFolder, findPython, isComplete, pinnedDibVersion, readRequirements } from './python-environment.ts'

/**
 * The object key of a private environment: all that goes into it. Undefined for a version whose packages are not pinned by
 * digest, as equal keys would not mean equal content, and where there is no Python to make one.
 */
export async function environmentKey(version: string): Promise<ObjectKey | undefined> {
  if (version !== pinnedDibVersion()) return undefined
  const python = await findPython()
  if (python === undefined) return undefined
  return objectKey('environment', {
    requirements: sha256(readRequirements()),
    // It holds the commands that make the environment.
    launcher: sha256(readFileSync(join(projectRoot(), 'trove-image'))),
    architecture: process.arch,
    system: readHostDistribution().title,
    // An environment cannot be moved: its scripts name their Python by path, and it links to the system's one.
    python: `${python.version} ${python.path}`,
    folder: environmentFolder(version),
  })
}

/**
 * Unpacks an environment out of an object, sees whether it works, and puts it where the launcher looks for it, holding the
 * launcher's lock. What is wrong with it is returned, and then nothing has changed.
 */
export async function restoreEnvironment(
  version: string,
  object: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const folder = environmentFolder(version)
  const landing = join(dirname(folder), `.environment.${randomBytes(4).toString('hex')}`)
  recordFolder(landing)
  try {
    await mkdir(landing, { recursive: true, mode: 0o755 })
    await unpackFolder(object, landing, signal)
    const unpacked = join(landing, basename(folder))
    if (!isComplete(unpacked)) return 'its stamp is not that of this checkout and this Python'
    await run(join(unpacked, 'bin/python3'), ['-I', '-c', 'import diskimage_builder'])
    await moveIntoPlace(unpacked, folder, signal)
    return undefined
  } catch (error) {
    signal.throwIfAborted()
    return `it cannot be used: ${asError(error).message}`
  } finally {
    rmSync(landing, { recursive: true, force: true })
    forget({ kind: 'folder', path: landing })
  }
}

/** Under the launcher's lock, so that no launcher is just making one; one that is as good stays. */
async function moveIntoPlace(from: string, to: string, signal: AbortSignal): Promise<void> {
  const script = 'cmp -s "$1/complete" "$2/complete" || { rm -rf -- "$2" && mv -- "$1" "$2"; }'
  const lock = join(dirname(to), 'environment.lock')
  await run('flock', ['--timeout', '1800', lock, '/bin/sh', '-c', script, 'sh', from, to], {
    supervised: true,
    timeoutSeconds: 1830,
    signal,
  })
}
