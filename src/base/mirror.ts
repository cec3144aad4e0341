import type { AptSource } from '../apt/index.ts'
import type { Archive } from './archive.ts'
import type { Host } from './host.ts'

/** An address of the package archive and why it was taken. */
export interface Mirror {
  /** Without a slash at its end. */
  readonly url: string
  readonly from: 'recipe' | 'host' | 'dib-default'
  /** For people: the recipe's key, file and line of apt's sources, or DIB's element. */
  readonly origin: string
}

export interface Mirrors {
  readonly main: Mirror
  readonly security: Mirror
}

/** What the rule decides from. */
export interface MirrorQuestion {
  readonly distribution: string
  readonly mirror: string | undefined
  readonly securityMirror: string | undefined
  readonly host: Host
  readonly archive: Archive
  /** What DIB's element for the distribution would use. */
  readonly dibDefault: { readonly main: string; readonly security: string; readonly file: string }
}

/**
 * The mirror rule: the recipe's; else the host's own, only when host and image are the same distribution; else DIB's
 * default. Each of the two archives for itself: a company mirror of the main archive need not have security updates.
 */
export function chooseMirrors(question: MirrorQuestion): Mirrors {
  const { host, dibDefault } = question
  const own = host.distribution === question.distribution ? hostMirrors(host, question.archive) : {}
  const choose = (key: string, recipe: string | undefined, found: Found | undefined, fallback: string): Mirror => {
    if (recipe !== undefined) return { url: trim(recipe), from: 'recipe', origin: `the recipe's ${key}` }
    if (found)
      return { url: trim(found.uri), from: 'host', origin: `this host's ${found.source.file}:${found.source.line}` }
    return { url: trim(fallback), from: 'dib-default', origin: `diskimage-builder's default, ${dibDefault.file}` }
  }
  return {
    main: choose('mirror', question.mirror, own.main, dibDefault.main),
    security: choose('security-mirror', question.securityMirror, own.security, dibDefault.security),
  }
}

interface Found {
  readonly uri: string
  readonly source: AptSource
}

function hostMirrors(host: Host, archive: Archive): { main?: Found; security?: Found } {
  const releases = [host.release, ...archive.aliases]
  const usable = host.sources
    .filter(source => source.components.includes('main') && signedByArchive(source, archive))
    .flatMap(source => source.uris.filter(isUsable).map(uri => ({ uri, source })))
  const serving = (suffixes: readonly string[]) =>
    usable.filter(({ source }) =>
      source.suites.some(suite =>
        releases.some(release => suffixes.includes(suite.replace(release, '')) && suite.startsWith(release)),
      ),
    )
  const withUpdates = new Set(serving(['-updates']).map(({ uri }) => trim(uri)))
  const base = serving([''])
  // Other vendors' archives use the release's name too (and component main): only the distribution's has -updates.
  const main = base.find(({ uri }) => withUpdates.has(trim(uri))) ?? base[0]
  const security = serving(['-security', '/updates'])[0]
  return { ...(main ? { main } : {}), ...(security ? { security } : {}) }
}

function signedByArchive(source: AptSource, archive: Archive): boolean {
  const files = source.signedBy.filter(entry => entry.startsWith('/'))
  return (
    files.length === 0 ||
    files.some(file => /(^|\/)debian-archive-[^/]*$/.test(file) || archive.keyrings.includes(file))
  )
}

/** Plain http(s) without credentials: anything else cannot be given to debootstrap, or would put a secret into the lock. */
function isUsable(uri: string): boolean {
  const url = URL.parse(uri)
  return (
    url !== null &&
    (url.protocol === 'http:' || url.protocol === 'https:') &&
    url.username === '' &&
    url.password === '' &&
    !uri.includes('$(')
  )
}

function trim(url: string): string {
  return url.replace(/\/+$/, '')
}
