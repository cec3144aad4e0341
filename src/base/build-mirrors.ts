import { addressesOf } from '../apt/index.ts'
import type { Lock } from './lock.ts'

/**
 * The mirrors of a build: those that it used and guests must not, and those that guests may use. They are what
 * diskimage-builder's element uses by default (of a lock that knows them), and what the recipe's image-sources name. A base
 * that is a file was made without a mirror.
 *
 * @param imageSources lines as for DIB_APT_SOURCES_CONF: `name:deb URL SUITE COMPONENTS`
 */
export function buildMirrorsOf(
  lock: Lock,
  imageSources: readonly string[],
): { readonly used: string[]; readonly allowed: string[] } {
  if (lock.base.source !== 'minimal') return { used: [], allowed: [] }
  const { mirror, securityMirror, publicMirrors = [] } = lock.base
  const bare = (url: string) => url.replace(/(:\/\/)[^/@]*@/, '$1').replace(/\/+$/, '')
  const allowed = [...new Set([...publicMirrors, ...imageSources.flatMap(addressesOf)].map(bare))]
  return { used: [...new Set([mirror, securityMirror].map(bare))].filter(url => !allowed.includes(url)), allowed }
}
