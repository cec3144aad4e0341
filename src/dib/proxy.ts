/** What of the caller's proxies diskimage-builder is given. */
export interface Proxies {
  readonly environment: Readonly<Record<string, string>>
  /** Variables that are kept from it, with the reason. */
  readonly withheld: readonly { readonly name: string; readonly reason: string }[]
}

/** A proxy's address without user and password, and a list of hosts: no character that a shell would read. */
const plainAddress = /^(?:https?:\/\/)?(?:[\w.-]+|\[[\da-f:]+\])(?::\d+)?\/?$/i
const plainHosts = /^[\w.:,*/[\]-]+$/

/**
 * The proxies of the caller, in the small letters that diskimage-builder reads: it hands http_proxy and no_proxy to
 * debootstrap and all three to the package manager. A proxy is a way to the archive and no part of it, so it is no part of
 * the plan either; what DIB's elements write of it into the tree, `trove-image-sources` takes out again. Every hook sees the
 * variables, so one with a password is withheld; and DIB puts them into a shell's command line without quotes
 * (`elements/debootstrap/root.d/08-debootstrap`), so one that a shell could misread is withheld too.
 */
export function proxiesFor(caller: Readonly<Record<string, string | undefined>>): Proxies {
  const environment: Record<string, string> = {}
  const withheld: { name: string; reason: string }[] = []
  for (const name of ['http_proxy', 'https_proxy', 'no_proxy']) {
    const text = (caller[name] || caller[name.toUpperCase()] || '').trim()
    const value = name === 'no_proxy' ? text.replaceAll(/[\s,]+/g, ',') : text
    if (value === '') continue
    if ((name === 'no_proxy' ? plainHosts : plainAddress).test(value)) environment[name] = value
    else
      withheld.push({ name, reason: value.includes('@') ? 'it holds a user or a password' : 'it is no plain address' })
  }
  return { environment, withheld }
}
