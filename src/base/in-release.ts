/** The head of a Release file (Debian repository format), as far as it is used. */
export interface Release {
  readonly suite: string
  readonly codename: string
  readonly date: Date
  /** Absent for a stable release. */
  readonly validUntil?: Date
  readonly architectures: readonly string[]
  readonly components: readonly string[]
}

/** What a Release file is expected to say. */
export interface ReleaseExpectation {
  readonly suite: string
  readonly architecture: string
  readonly components: readonly string[]
  readonly now: Date
}

/** Clocks differ a little; apt allows 10 s, a build need not be so strict. */
const clockToleranceSeconds = 300

/** Reads the fields of a Release file; a missing one is empty, a missing date is the epoch. */
export function parseRelease(text: string): Release {
  const field = (name: string) => new RegExp(`^${name}:[ \\t]*(.*)$`, 'mi').exec(text)?.[1]?.trim() ?? ''
  const list = (name: string) => field(name).split(/\s+/).filter(Boolean)
  const validUntil = field('Valid-Until')
  return {
    suite: field('Suite'),
    codename: field('Codename'),
    date: new Date(field('Date') || 0),
    ...(validUntil === '' ? {} : { validUntil: new Date(validUntil) }),
    architectures: list('Architectures'),
    // The security archive writes its components as updates/main.
    components: list('Components').map(component => component.replace(/^updates\//, '')),
  }
}

/** Why a Release file does not serve, or undefined. Pure. */
export function faultOfRelease(release: Release, expected: ReleaseExpectation): string | undefined {
  if (Number.isNaN(release.date.getTime()) || release.date.getTime() === 0) return 'it has no readable Date'
  if (release.codename !== expected.suite && release.suite !== expected.suite) {
    return `it is of "${release.codename || release.suite}", not of ${expected.suite}`
  }
  if (!release.architectures.includes(expected.architecture)) {
    return `it has no architecture ${expected.architecture}, only ${release.architectures.join(', ')}`
  }
  const missing = expected.components.find(component => !release.components.includes(component))
  if (missing !== undefined) return `it has no component ${missing}, only ${release.components.join(', ')}`
  if (release.validUntil && release.validUntil.getTime() < expected.now.getTime()) {
    return `it was valid until ${release.validUntil.toISOString()} and apt will refuse it; the mirror is no longer updated`
  }
  if (release.date.getTime() > expected.now.getTime() + clockToleranceSeconds * 1000) {
    return `it is of ${release.date.toISOString()}, which lies in the future: this machine's clock is wrong`
  }
  return undefined
}
