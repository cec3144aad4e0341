import { sha256 } from '../system/documents.ts'
import { DownloadError, download } from '../system/download.ts'
import { EnvironmentError, InputError } from '../system/errors.ts'
import { type Archive, archives, type ReleaseSuite, suitesOf } from './archive.ts'
import { readDibDefault } from './dib-default.ts'
import { readHost } from './host.ts'
import { faultOfRelease, parseRelease } from './in-release.ts'
import type { Lock } from './lock.ts'
import { chooseMirrors, type Mirror } from './mirror.ts'
import { findKeyring, verifiedText } from './signature.ts'

/** What the base is resolved from. */
export interface MinimalRequest {
  readonly distribution: 'debian'
  readonly release: string
  readonly architecture: string
  readonly mirror: string | undefined
  readonly securityMirror: string | undefined
  /** DIB's own elements, for its default mirrors. */
  readonly elementsFolder: string
}

export type BaseEvent =
  | { readonly kind: 'mirror'; readonly archive: 'main' | 'security'; readonly mirror: Mirror }
  | { readonly kind: 'suite'; readonly suite: string; readonly mirror: string; readonly date: string }

export interface ResolveOptions {
  readonly signal?: AbortSignal
  readonly onEvent?: (event: BaseEvent) => void
}

type MinimalBase = Extract<Lock['base'], { source: 'minimal' }>

/**
 * Resolves a base that debootstrap makes from a mirror: chooses the mirrors, fetches and verifies the InRelease of each
 * suite. Their digests name the state of the package sources.
 *
 * @throws EnvironmentError when the keyring is absent, a mirror cannot be reached or is not to be trusted
 * @throws InputError when the recipe's mirror has no such suite
 */
export async function resolveMinimal(request: MinimalRequest, options: ResolveOptions = {}): Promise<MinimalBase> {
  const archive = archives[request.distribution]
  const keyring = findKeyring(archive)
  const dibDefault = await readDibDefault(request.elementsFolder, request.release)
  const mirrors = chooseMirrors({
    distribution: request.distribution,
    mirror: request.mirror,
    securityMirror: request.securityMirror,
    host: readHost(),
    archive,
    dibDefault,
  })
  options.onEvent?.({ kind: 'mirror', archive: 'main', mirror: mirrors.main })
  options.onEvent?.({ kind: 'mirror', archive: 'security', mirror: mirrors.security })
  const wanted = suitesOf(request.release)
  const suites = await Promise.all(
    wanted.map(async suite => {
      const locked = await lockSuite(
        mirrors[suite.archive],
        suite,
        request.architecture,
        archive,
        keyring,
        options.signal,
      )
      options.onEvent?.({ kind: 'suite', suite: locked.suite, mirror: locked.mirror, date: locked.date })
      return locked
    }),
  )
  return {
    source: 'minimal',
    mirrorFrom: mirrors.main.from,
    mirror: mirrors.main.url,
    securityMirror: mirrors.security.url,
    sources: wanted.map(
      suite => `${suite.name}:deb ${mirrors[suite.archive].url} ${suite.suite} ${archive.components.join(' ')}`,
    ),
    keyring,
    suites,
    publicMirrors: [dibDefault.main, dibDefault.security],
  }
}

async function lockSuite(
  mirror: Mirror,
  { suite, archive: which }: ReleaseSuite,
  architecture: string,
  archive: Archive,
  keyring: string,
  signal: AbortSignal | undefined,
): Promise<MinimalBase['suites'][number]> {
  const url = `${mirror.url}/dists/${suite}/InRelease`
  const subject = `${url} (${mirror.origin})`
  const key = which === 'main' ? 'mirror' : 'security-mirror'
  let bytes: Uint8Array
  try {
    bytes = await download(url, { signal })
  } catch (error) {
    if (!(error instanceof DownloadError)) throw error
    const remedy = `Check the address, the network and http_proxy, or name another mirror with --set ${key}=URL`
    const message = `${subject} cannot be fetched: ${error.reason}. ${remedy}`
    const isRecipesFault = mirror.from === 'recipe' && error.httpStatus !== undefined && error.httpStatus < 500
    throw isRecipesFault ? new InputError(message) : new EnvironmentError(message)
  }
  const text = await verifiedText(new TextDecoder().decode(bytes), subject, keyring, archive)
  const release = parseRelease(text)
  const fault = faultOfRelease(release, { suite, architecture, components: archive.components, now: new Date() })
  if (fault !== undefined) {
    throw new EnvironmentError(`${subject} does not serve: ${fault}. Name another mirror with --set ${key}=URL`)
  }
  return { mirror: mirror.url, suite, inRelease: sha256(bytes), date: release.date.toISOString() }
}
