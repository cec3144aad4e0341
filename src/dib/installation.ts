import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { EnvironmentError, InputError } from '../system/errors.ts'
import { cacheFolder, privateEnvironment } from '../system/home.ts'

/** Whose diskimage-builder is used: the private environment that `trove-image setup` makes, or the distribution's package. */
export type DibSource = 'private' | 'system'

/** Where an installation came from; `checkout` is an environment that was made of a git checkout. */
export type DibOrigin = DibSource | 'checkout'

/** A diskimage-builder on this machine. All folders are absolute. */
export interface DibInstallation {
  /** Version by the installed package's metadata; a newer source tree over an old package can belie it. */
  readonly version: string
  readonly from: DibOrigin
  /** The Python package, `.../diskimage_builder`. */
  readonly packageFolder: string
  /** DIB's own elements. */
  readonly elementsFolder: string
  /** Holds `disk-image-create` and `dib-lint`. */
  readonly binFolder: string
}

/** Where installations are looked for. */
export interface DibPlaces {
  /** Virtual environments, the first with the wanted version wins. */
  readonly environments: readonly string[]
  /** Folder of the distribution's Python packages. */
  readonly systemPackages: string
  readonly systemBin: string
}

/** Where an environment with another version than the pinned one lives. */
export function versionedEnvironment(version: string): string {
  return join(cacheFolder(), `dib-${version}`)
}

/** Where an environment made of a checkout with this content lives. */
export function checkoutEnvironment(contentDigest: string): string {
  return join(cacheFolder(), `dib-checkout-${contentDigest.slice(0, 16)}`)
}

/** The places of this machine for a version. */
export function dibPlaces(version: string): DibPlaces {
  return {
    environments: [privateEnvironment(), versionedEnvironment(version)],
    systemPackages: '/usr/lib/python3/dist-packages',
    systemBin: '/usr/bin',
  }
}

/**
 * Finds diskimage-builder. `private` must be of exactly this version; with `system` the version is whatever the
 * distribution has, and the plan records it.
 *
 * @throws EnvironmentError when it is not installed
 */
export function findDib(from: DibSource, version: string, places = dibPlaces(version)): DibInstallation {
  if (from === 'system') {
    const found = installationIn(places.systemPackages, places.systemBin, 'system')
    if (found) return found
    throw new EnvironmentError(
      `diskimage-builder of the distribution is not installed (looked in ${places.systemPackages}): ` +
        `run 'trove-image setup --dib system', which installs the package python3-diskimage-builder, ` +
        `or leave out '--dib system' to use the private environment`,
    )
  }
  const others: string[] = []
  for (const environment of places.environments) {
    const found = inEnvironment(environment, 'private')
    if (found?.version === version) return found
    if (found) others.push(`${environment} has ${found.version}`)
  }
  const seen = others.length > 0 ? others.join(', ') : `looked in ${places.environments.join(', ')}`
  throw new EnvironmentError(
    `diskimage-builder ${version} is not installed (${seen}): run 'trove-image setup', which installs it there`,
  )
}

/**
 * Finds the diskimage-builder that was made of a checkout with this content.
 *
 * @throws EnvironmentError when it has not been made
 */
export function findCheckoutDib(
  contentDigest: string,
  environment = checkoutEnvironment(contentDigest),
): DibInstallation {
  const found = inEnvironment(environment, 'checkout')
  if (found) return found
  throw new EnvironmentError(
    `diskimage-builder was not made of this checkout yet (looked in ${environment}): ` +
      "run 'trove-image setup --dib-checkout FOLDER', which makes it",
  )
}

/**
 * Refuses a DIB that cannot build a release. Before 3.40.0 its element `base` (`pre-install.d/03-baseline-tools`, commit
 * 93442d09) installs `software-properties-common`, which Debian 13 no longer has.
 *
 * @throws InputError with the ways out
 */
export function checkDibBuilds(
  dib: Pick<DibInstallation, 'version' | 'from'>,
  distribution: string,
  release: string,
): void {
  // A checkout without tags does not tell its version.
  if (dib.from === 'checkout' && isOlder(dib.version, '0.1')) return
  if (distribution !== 'debian' || release !== 'trixie' || !isOlder(dib.version, trixieSince)) return
  const ways =
    dib.from === 'system'
      ? `leave out '--dib system' (the private environment has a newer one), or build 'debian-bookworm'`
      : dib.from === 'checkout'
        ? `leave out '--dib-checkout', or build 'debian-bookworm'`
        : `set dib-version in the recipe to ${trixieSince} or newer, or build 'debian-bookworm'`
  throw new InputError(
    `diskimage-builder ${dib.version} cannot build ${distribution} ${release}: it needs ${trixieSince} or newer. ` +
      `Ways out: ${ways}`,
  )
}

/** The first version whose Debian elements install only what Debian 13 has. */
const trixieSince = '3.40.0'

/** Compares dotted versions numerically. */
export function isOlder(version: string, than: string): boolean {
  const left = version.split('.').map(Number)
  const right = than.split('.').map(Number)
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return false
}

function inEnvironment(environment: string, from: DibOrigin): DibInstallation | undefined {
  const library = join(environment, 'lib')
  if (!existsSync(library)) return undefined
  for (const name of readdirSync(library).toSorted()) {
    if (!/^python3\.\d+$/.test(name)) continue
    const found = installationIn(join(library, name, 'site-packages'), join(environment, 'bin'), from)
    if (found) return found
  }
  return undefined
}

function installationIn(packages: string, binFolder: string, from: DibOrigin): DibInstallation | undefined {
  const packageFolder = join(packages, 'diskimage_builder')
  const elementsFolder = join(packageFolder, 'elements')
  if (!existsSync(elementsFolder) || !existsSync(join(binFolder, 'disk-image-create'))) return undefined
  const metadata = /^diskimage_builder-(\d+(?:\.\d+)*)[^/]*\.(?:dist|egg)-info$/
  for (const name of readdirSync(packages)) {
    const version = metadata.exec(name)?.[1]
    if (version !== undefined) return { version, from, packageFolder, elementsFolder, binFolder }
  }
  return undefined
}
