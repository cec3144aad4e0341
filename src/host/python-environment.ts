import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { type DibSource, findDib, versionedEnvironment } from '../dib/index.ts'
import { sha256 } from '../system/documents.ts'
import { EnvironmentError, ToolError } from '../system/errors.ts'
import { privateEnvironment, projectRoot } from '../system/home.ts'
import { run } from '../system/run.ts'
import type { Change, Finding } from './finding.ts'
import { findProgram } from './programs.ts'

/** The version of diskimage-builder that requirements.txt pins by digest. */
export function pinnedDibVersion(requirements = readRequirements()): string {
  const version = /^diskimage-builder==(\S+)/m.exec(requirements)?.[1]
  if (version === undefined) throw new Error('requirements.txt names no diskimage-builder')
  return version
}

/** Where the launcher puts an environment with a version of diskimage-builder. */
export function environmentFolder(version: string): string {
  return version === pinnedDibVersion() ? privateEnvironment() : versionedEnvironment(version)
}

/**
 * Whether the launcher has finished an environment, and from the requirements.txt of this checkout. Its file "complete" holds
 * the digest and the Python that the environment was made with; see `stamp_of` in the launcher.
 */
export function isComplete(folder: string, requirements = readRequirements()): boolean {
  const stamp = join(folder, 'complete')
  const python = join(folder, 'bin/python3')
  if (!existsSync(stamp) || !existsSync(python)) return false
  return readFileSync(stamp, 'utf8') === `${sha256(requirements)}\n${realpathSync(python)}\n`
}

/** diskimage-builder of the version that the recipe names. */
export async function probeDib(from: DibSource, version: string, canInstall: boolean): Promise<Finding> {
  const subject = 'diskimage-builder'
  if (from === 'system') {
    try {
      const found = findDib('system', version)
      return {
        subject,
        found: `${found.version} of the distribution`,
        needed: 'any version (dib: system)',
        status: 'ok',
      }
    } catch {
      return { subject, found: 'no', needed: 'any version (dib: system)', status: 'later' }
    }
  }
  const folder = environmentFolder(version)
  const needed = `${version}, in ${folder}`
  if (isComplete(folder) && hasDib(version)) return { subject, found: version, needed, status: 'ok' }
  const changes: Change[] = [{ kind: 'environment', version, folder }]
  if ((await findPython()) === undefined) {
    if (!canInstall) {
      const remedy = 'install Python 3.11 or newer with its module venv'
      return { subject, found: 'no, and no Python with venv to make it', needed, status: 'missing', remedy }
    }
    changes.unshift({ kind: 'packages', names: ['python3', 'python3-venv'] })
  }
  const found = existsSync(folder) ? 'an environment that is unfinished or made from other requirements' : 'no'
  return { subject, found, needed, status: 'mend', changes }
}

function hasDib(version: string): boolean {
  try {
    findDib('private', version)
    return true
  } catch {
    return false
  }
}

/**
 * The Python that the launcher makes environments with, found as the launcher finds it: Debian keeps ensurepip, without
 * which venv makes nothing, in a package of its own.
 */
export async function findPython(): Promise<{ readonly path: string; readonly version: string } | undefined> {
  const check = 'import sys, venv, ensurepip; print(sys.version); sys.exit(sys.version_info < (3, 11))'
  for (const python of [findProgram('python3'), '/usr/bin/python3']) {
    if (python === undefined || !existsSync(python)) continue
    const result = await run(python, ['-I', '-c', check], { allowedExitStatuses: 'any' })
    if (result.exitStatus === 0) return { path: realpathSync(python), version: result.stdout.trim() }
  }
  return undefined
}

/**
 * Has the launcher make the environment: one recipe for it, which must work before there is a Node.
 *
 * @throws EnvironmentError with pip's words
 */
export async function makeEnvironment(
  version: string,
  options: { readonly signal: AbortSignal; readonly onLine: (line: string) => void },
): Promise<void> {
  try {
    await run('/bin/sh', [join(projectRoot(), 'trove-image'), 'environment', version], {
      supervised: true,
      timeoutSeconds: 1800,
      signal: options.signal,
      onLine: options.onLine,
    })
  } catch (error) {
    if (!(error instanceof ToolError)) throw error
    throw new EnvironmentError(
      `diskimage-builder ${version} could not be installed: ${error.message}\n` +
        'Where PyPI does not answer: give pip an index that does (pip config set global.index-url ...), ' +
        "or use the distribution's package with --dib system",
      { cause: error },
    )
  }
}

/** The text of requirements.txt. */
export function readRequirements(): string {
  return readFileSync(join(projectRoot(), 'requirements.txt'), 'utf8')
}
