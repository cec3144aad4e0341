/** A release series of Trove, as far as a guest image is concerned. */
export interface TroveSeries {
  /** First part of Trove's own version: 23 for 23.0.0. */
  readonly trove: number
  readonly series: string
  readonly name: string
  /** What a newer control plane sets as `[upgrade_levels] guestagent` to talk to this agent. */
  readonly upgradeLevel: string
  /** What upstream lists as tested with the series, newest version first; empty where it lists nothing. */
  readonly datastores: readonly Datastore[]
}

export interface Datastore {
  readonly name: string
  readonly manager: string
  readonly versions: readonly string[]
}

const datastores = (mysql: string[], mariadb: string[], postgresql: string[]): Datastore[] => [
  { name: 'mysql', manager: 'mysql', versions: mysql },
  { name: 'mariadb', manager: 'mariadb', versions: mariadb },
  { name: 'postgresql', manager: 'postgresql', versions: postgresql },
]
const since2025_2 = datastores(['8.4', '8.0'], ['11.8', '11.4'], ['17', '16'])

/**
 * Versions and series by the releases page of OpenStack; upgrade levels by VERSION_ALIASES in trove/guestagent/api.py;
 * datastores by the support matrix in Trove's doc/source/admin/datastore.rst, which begins with 2025.1.
 */
export const troveSeries: readonly TroveSeries[] = [
  entry(18, 'Zed', 'Zed', 'victoria'),
  entry(19, '2023.1', 'Antelope', 'victoria'),
  entry(20, '2023.2', 'Bobcat', 'victoria'),
  entry(21, '2024.1', 'Caracal', 'victoria'),
  entry(22, '2024.2', 'Dalmatian', 'victoria'),
  entry(23, '2025.1', 'Epoxy', 'epoxy', datastores(['5.7'], ['10.4'], ['12'])),
  entry(24, '2025.2', 'Flamingo', 'epoxy', since2025_2),
  entry(25, '2026.1', 'Gazpacho', 'epoxy', since2025_2),
  entry(26, '2026.2', 'Hibiscus', 'hibiscus', datastores(['8.4', '8.0'], ['11.8', '11.4'], ['18', '17', '16'])),
]

/** Datastores that every series since Victoria has, for series whose versions upstream does not list. */
export const commonDatastores: readonly Datastore[] = datastores([], [], [])

/** The series of an agent by its package version, such as `2:23.0.0-1` or `25.0.1.dev4`; undefined for one not known. */
export function seriesOfAgent(packageVersion: string): TroveSeries | undefined {
  const [, major] = /^(?:\d+:)?(\d+)\./.exec(packageVersion) ?? []
  return troveSeries.find(series => String(series.trove) === major)
}

/** The series of a branch such as `stable/2026.1` or `unmaintained/zed`; undefined for one in development. */
export function seriesOfBranch(branch: string): TroveSeries | undefined {
  const [, name = ''] = /^(?:stable|unmaintained)\/(.+)$/.exec(branch) ?? []
  return troveSeries.find(entry => entry.series.toLowerCase() === name)
}

function entry(
  trove: number,
  series: string,
  name: string,
  upgradeLevel: string,
  supported: readonly Datastore[] = [],
): TroveSeries {
  return { trove, series, name, upgradeLevel, datastores: supported }
}
