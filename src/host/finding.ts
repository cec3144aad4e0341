import type { CheckoutSource } from './python-environment.ts'

/** Something that setup can do to a host. */
export type Change =
  | { readonly kind: 'packages'; readonly names: readonly string[] }
  /** The private environment with this version of diskimage-builder. */
  | { readonly kind: 'environment'; readonly version: string; readonly folder: string }
  /** An environment with the diskimage-builder of a checkout. */
  | { readonly kind: 'checkout-environment'; readonly source: CheckoutSource; readonly folder: string }
  /** A kernel for libguestfs in the user's cache, out of this package. */
  | { readonly kind: 'kernel'; readonly package: string }
  /** Kits of a hosted runner are removed until so much is free where the path lies. */
  | {
      readonly kind: 'kits'
      readonly path: string
      readonly wantedBytes: number
      readonly folders: readonly string[]
    }
  /** A rule of udev that lets this user open /dev/kvm. */
  | { readonly kind: 'kvm' }
  /** What an interrupted dpkg has left undone. */
  | { readonly kind: 'dpkg' }

/**
 * What a probe came to: `mend` is missing and setup brings it; `missing` nobody but the user can bring; `absent` is missing
 * and may be; `later` can only be probed when something else has been brought.
 */
export type FindingStatus = 'ok' | 'mend' | 'missing' | 'absent' | 'later'

export interface Finding {
  readonly subject: string
  readonly found: string
  readonly needed: string
  readonly status: FindingStatus
  /** With `mend`: what would bring it. */
  readonly changes?: readonly Change[]
  /** With `missing`: what to do. */
  readonly remedy?: string
}

/** The changes that findings ask for, in the order in which they must be made; packages in one go. */
export function changesOf(findings: readonly Finding[]): readonly Change[] {
  const all = findings.flatMap(finding => (finding.status === 'mend' ? (finding.changes ?? []) : []))
  const names = [...new Set(all.flatMap(change => (change.kind === 'packages' ? change.names : [])))]
  const first = (kind: Change['kind']) => all.filter(change => change.kind === kind).slice(0, 1)
  return [
    ...all.filter(change => change.kind === 'kits'),
    ...first('dpkg'),
    ...(names.length > 0 ? [{ kind: 'packages', names: names.toSorted() } as const] : []),
    ...first('kernel'),
    ...first('environment'),
    ...first('checkout-environment'),
    // After all packages: one of them may set the device's mode again.
    ...first('kvm'),
  ]
}

/** A change in words, before it is made. */
export function describeChange(change: Change): string {
  switch (change.kind) {
    case 'dpkg':
      return 'finish the work of an interrupted dpkg (dpkg --configure -a), starting and enabling no service'
    case 'kits':
      return `remove, one after the other, until ${(change.wantedBytes / 1024 ** 3).toFixed(1)} GiB are free: ${change.folders.join(' ')}`
    case 'kvm':
      return 'let every user of this runner open /dev/kvm (rule of udev)'
    case 'packages':
      return `install with apt-get, starting no service: ${change.names.join(' ')}`
    case 'kernel':
      return `fetch the package ${change.package} and unpack its kernel into the cache for libguestfs (/boot stays as it is)`
    case 'environment':
      return `make the private environment ${change.folder} with diskimage-builder ${change.version} and Node by pip`
    case 'checkout-environment':
      return `make the environment ${change.folder} with the diskimage-builder of ${change.source.folder} (${change.source.checkout.describe}) by pip`
  }
}

/** Findings as a table for people, one line each. */
export function findingTable(findings: readonly Finding[]): string[] {
  const words: Record<FindingStatus, string> = {
    ok: 'ok',
    mend: 'to bring',
    missing: 'MISSING',
    absent: 'absent',
    later: 'later',
  }
  const rows = [
    ['probe', 'state', 'needed', 'found'],
    ...findings.map(({ subject, status, found, needed }) => [subject, words[status], needed, found]),
  ]
  const widths = [0, 1, 2].map(column => Math.min(72, Math.max(...rows.map(row => (row[column] ?? '').length))))
  return rows.map(row =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
