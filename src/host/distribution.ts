import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Hosts whose package names are known and tried. */
export const knownHosts = ['debian-12', 'debian-13', 'ubuntu-24.04'] as const
export type KnownHost = (typeof knownHosts)[number]

/** The operating system of the machine that builds. */
export interface HostDistribution {
  /** For people: `Debian GNU/Linux 12 (bookworm)`. */
  readonly title: string
  /** Undefined for a host that was never tried. */
  readonly known: KnownHost | undefined
}

/** Reads os-release below a root folder. */
export function readHostDistribution(root = '/'): HostDistribution {
  for (const file of ['etc/os-release', 'usr/lib/os-release']) {
    try {
      return parseHostDistribution(readFileSync(join(root, file), 'utf8'))
    } catch {
      // The other place is as good (os-release(5)).
    }
  }
  return { title: 'an unknown system without os-release', known: undefined }
}

/** Says which host an os-release file names. */
export function parseHostDistribution(osRelease: string): HostDistribution {
  const value = (name: string) => new RegExp(`^${name}=["']?([^"'\n]*)["']?$`, 'm').exec(osRelease)?.[1] ?? ''
  const name = `${value('ID')}-${value('VERSION_ID')}`
  return { title: value('PRETTY_NAME') || name, known: knownHosts.find(known => known === name) }
}
