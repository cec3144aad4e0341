import type { Agent } from '../agent/index.ts'
import { agentUnits } from '../contract/index.ts'
import type { GuestInventory } from '../publish/index.ts'
import { code, plain, table } from './markdown.ts'
import { seriesOfAgent, seriesOfBranch, type TroveSeries } from './series.ts'

/** What the report says about the system inside the image, taken from its inventory. */
export interface Guest {
  readonly agent?: { readonly packageName: string; readonly version: string }
  readonly series?: TroveSeries
  /** The user that the agent's unit runs as; undefined when there is no unit or it names none (root). */
  readonly agentUser?: string
  /** Whether the plugin is there by which Docker reaches a network that the guest itself does not. */
  readonly hasHostNic: boolean
}

/** Debian's package, RDO's, and upstream's own unit. */
const agentPackages = ['trove-guestagent', 'openstack-trove-guest-agent', 'openstack-trove-guestagent']

/** Groups of packages that decide how a guest behaves, in the order of the table. */
const notable: readonly (readonly [string, RegExp])[] = [
  ['kernel', /^linux-image-\d/],
  ['guest agent', /^(openstack-)?trove-guest-?agent$/],
  ['Docker', /^(docker\.io|docker-ce|moby-engine|containerd|containerd\.io|runc)$/],
  ['AppArmor', /^apparmor$/],
  ['messaging', /^python3-oslo\.messaging$/],
  ['Docker client of the agent', /^python3-docker$/],
  ['cloud-init', /^cloud-init$/],
  ['init', /^systemd$/],
  ['SSH server', /^openssh-server$/],
  ['boot loader', /^grub-(pc-bin|efi-amd64-bin|efi-arm64-bin|cloud-amd64)$/],
]

/** Finds the agent and what surrounds it; one that was built from a checkout is no package, and the record tells. Pure. */
export function guestOf(inventory: GuestInventory, built?: Agent): Guest {
  const found = installed(inventory).find(entry => agentPackages.includes(entry.name))
  const isLocal = built?.source === 'local'
  const agent = isLocal ? { name: 'openstack/trove', version: built.version } : found
  const series = isLocal ? seriesOfBranch(built.checkout.branch) : found && seriesOfAgent(found.version)
  const unit = inventory.units.find(({ name, file }) => file !== null && agentUnits.some(unit => unit === name))
  const agentUser = unit?.settings.findLast(({ section, key }) => section === 'Service' && key === 'User')?.value
  return {
    ...(agent ? { agent: { packageName: agent.name, version: agent.version } } : {}),
    ...(series ? { series } : {}),
    ...(agentUser ? { agentUser } : {}),
    hasHostNic: inventory.units.some(({ name, file }) => name === 'docker-hostnic.socket' && file !== null),
  }
}

/** The section about packages. */
export function packagesSection(inventory: GuestInventory): string {
  const packages = installed(inventory)
  const rows = notable.flatMap(([what, pattern]) =>
    packages.filter(({ name }) => pattern.test(name)).map(({ name, version }) => [what, code(name), code(version)]),
  )
  return [
    '## Packages of note',
    '',
    `${plain(inventory.system.name)}, ${packages.length} packages installed; inventory.json has all of them.`,
    '',
    ...(rows.length === 0 ? [] : [table(['what', 'package', 'version'], rows)]),
  ].join('\n')
}

function installed({ packages }: GuestInventory): GuestInventory['packages'] {
  return packages.filter(({ state }) => state === 'installed')
}
