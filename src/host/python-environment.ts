import { appendFileSync, existsSync, readFileSync, realpathSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type Checkout, developmentVersion, exportCheckout } from '../checkout/index.ts'
import { checkoutEnvironment, type DibSource, findCheckoutDib, findDib, versionedEnvironment } from '../dib/index.ts'
import { sha256 } from '../system/documents.ts'
import { EnvironmentError, ToolError } from '../system/errors.ts'
import { privateEnvironment, projectRoot } from '../system/home.ts'
import { makeWorkFolder } from '../system/journal.ts'
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

const subject = 'diskimage-builder'

/** diskimage-builder of the version that the recipe names. */
export async function probeDib(from: DibSource, version: string, canInstall: boolean): Promise<Finding> {
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
  if (isComplete(folder) && isThere(() => findDib('private', version)))
    return { subject, found: version, needed, status: 'ok' }
  return probeMaker({ kind: 'environment', version, folder }, needed, canInstall)
}

/** A checkout of diskimage-builder that an environment is made of. */
export interface CheckoutSource {
  /** Absolute. */
  readonly folder: string
  readonly checkout: Checkout
}

/** diskimage-builder of a checkout. */
export async function probeCheckoutDib(source: CheckoutSource, canInstall: boolean): Promise<Finding> {
  const { contentDigest, describe } = source.checkout
  const folder = checkoutEnvironment(contentDigest)
  const needed = `that of ${source.folder} (${describe}), in ${folder}`
  if (isComplete(folder) && isThere(() => findCheckoutDib(contentDigest))) {
    return { subject, found: describe, needed, status: 'ok' }
  }
  return probeMaker({ kind: 'checkout-environment', source, folder }, needed, canInstall)
}

/** An environment that is not there: what brings it, and whether there is a Python to make it with. */
async function probeMaker(
  change: Extract<Change, { kind: 'environment' | 'checkout-environment' }>,
  needed: string,
  canInstall: boolean,
): Promise<Finding> {
  const changes: Change[] = [change]
  if ((await findPython()) === undefined) {
    if (!canInstall) {
      const remedy = 'install Python 3.11 or newer with its module venv'
      return { subject, found: 'no, and no Python with venv to make it', needed, status: 'missing', remedy }
    }
    changes.unshift({ kind: 'packages', names: ['python3', 'python3-venv'] })
  }
  const found = existsSync(change.folder) ? 'an environment that is unfinished or made from other requirements' : 'no'
  return { subject, found, needed, status: 'mend', changes }
}

function isThere(find: () => unknown): boolean {
  try {
    find()
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

interface MakingOptions {
  readonly signal: AbortSignal
  readonly onLine: (line: string) => void
}

/**
 * Has the launcher make the environment: one recipe for it, which must work before there is a Node.
 *
 * @throws EnvironmentError with pip's words
 */
export async function makeEnvironment(version: string, options: MakingOptions): Promise<void> {
  const otherWay = "use the distribution's package with --dib system"
  await launch([version], `diskimage-builder ${version}`, otherWay, options)
}

/**
 * Has the launcher make an environment of a checkout. pip gets a copy: it writes beside what it builds from. There is no
 * history in the copy, of which pbr would make the version and the list of the package's files, so both are told.
 *
 * @throws EnvironmentError with pip's words
 */
export async function makeCheckoutEnvironment(source: CheckoutSource, options: MakingOptions): Promise<void> {
  const { folder, checkout } = source
  const copy = makeWorkFolder('dib-checkout')
  await exportCheckout(folder, copy)
  appendFileSync(join(copy, 'MANIFEST.in'), '\ngraft diskimage_builder\n')
  const name = basename(checkoutEnvironment(checkout.contentDigest))
  const version = developmentVersion(checkout.describe)
  const words = `the diskimage-builder of ${folder} (${checkout.describe})`
  await launch(['--from', copy, name, version], words, "leave out '--dib-checkout' to use a release", options)
}

async function launch(
  args: readonly string[],
  words: string,
  otherWay: string,
  { signal, onLine }: MakingOptions,
): Promise<void> {
  try {
    await run('/bin/sh', [join(projectRoot(), 'trove-image'), 'environment', ...args], {
      supervised: true,
      timeoutSeconds: 1800,
      signal,
      onLine,
    })
  } catch (error) {
    if (!(error instanceof ToolError)) throw error
    throw new EnvironmentError(
      `${words} could not be installed: ${error.message}\n` +
        `Where PyPI does not answer: give pip an index that does (pip config set global.index-url ...), or ${otherWay}`,
      { cause: error },
    )
  }
}

/** The text of requirements.txt. */
export function readRequirements(): string {
  return readFileSync(join(projectRoot(), 'requirements.txt'), 'utf8')
}
