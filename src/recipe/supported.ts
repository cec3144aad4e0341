/** A release that images can be made of. */
export interface SupportedRelease {
  readonly distribution: string
  readonly release: string
  readonly architectures: readonly string[]
}

/** What this version builds; a recipe for anything else is refused. */
export const supportedReleases: readonly SupportedRelease[] = [
  { distribution: 'debian', release: 'bookworm', architectures: ['amd64'] },
  { distribution: 'debian', release: 'trixie', architectures: ['amd64'] },
]
