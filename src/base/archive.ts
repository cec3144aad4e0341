/** How a distribution's package archive is laid out and signed. */
export interface Archive {
  /** For people: `Debian archive`. */
  readonly title: string
  /** Where the archive's keys may lie on a host of any distribution; the package puts one of them there. */
  readonly keyrings: readonly string[]
  readonly keyringPackage: string
  readonly components: readonly string[]
  /** Names under which apt's sources may speak of a release besides its code name. */
  readonly aliases: readonly string[]
}

/** Suites of a release: name in DIB_APT_SOURCES_CONF, name in the archive, and which of the two mirrors has it. */
export interface ReleaseSuite {
  readonly name: 'default' | 'updates' | 'security'
  readonly suite: string
  readonly archive: 'main' | 'security'
}

const debian: Archive = {
  title: 'Debian archive',
  keyrings: ['/usr/share/keyrings/debian-archive-keyring.gpg', '/usr/share/keyrings/debian-archive-keyring.pgp'],
  keyringPackage: 'debian-archive-keyring',
  components: ['main'],
  aliases: ['stable', 'oldstable', 'oldoldstable', 'testing'],
}

/** The archives that images are made from, by distribution. */
export const archives: Readonly<Record<'debian', Archive>> = { debian }

/** What DIB's debian-minimal configures for a release since Debian 11. */
export function suitesOf(release: string): ReleaseSuite[] {
  return [
    { name: 'default', suite: release, archive: 'main' },
    { name: 'updates', suite: `${release}-updates`, archive: 'main' },
    { name: 'security', suite: `${release}-security`, archive: 'security' },
  ]
}
