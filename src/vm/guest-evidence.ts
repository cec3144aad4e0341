import { agentUnitPattern } from '../contract/index.ts'
import { agentStarted } from './boot-watch.ts'
import type { startUpSteps } from './smoke-document.ts'

export type StartUpStep = (typeof startUpSteps)[number]

/** All that is known about a boot when it is over: what was heard from outside, and what was read from the disks. */
export interface Evidence {
  readonly console: readonly string[]
  readonly loginPrompt: boolean
  /** The agent consumed its queue at the broker. */
  readonly consuming: boolean
  /** The agent answered `rpc_ping`. */
  readonly answered: boolean
  /** Whether the blank data disk carries a file system now. */
  readonly dataDiskFormatted: boolean
  /** What was read from the guest's disk; undefined when nothing could be. */
  readonly disk: DiskEvidence | undefined
}

export interface DiskEvidence {
  /** Messages of the persistent journal, oldest first, each with the unit or program that wrote it. */
  readonly journal: readonly JournalLine[]
  readonly agentLog: readonly string[]
  readonly cloudInitLog: readonly string[]
  /** `/etc/trove/conf.d/guest_info.conf`, where our user data put it; undefined when it is missing. */
  readonly guestInfo: string | undefined
  /** The agent's units with what they lead to; a masked one leads to /dev/null. */
  readonly agentUnits: Readonly<Record<string, string>>
  /** Why a part is missing, for the report. */
  readonly remarks: readonly string[]
}

export interface JournalLine {
  readonly from: string
  readonly text: string
}

type ProvableStep = Exclude<StartUpStep, 'none'>

const order: readonly ProvableStep[] = [
  'boot',
  'network',
  'configuration-injected',
  'unit-started',
  'user-and-group',
  'volume',
  'docker',
  'broker-connection',
  'rpc',
]

/**
 * The last step of the agent's start-up up to which every one is proven. Some prove others: an agent that consumes its
 * queue has gone through all before. But a data disk without a file system says more than any of them.
 * Source of the order: `main` of trove/cmd/guest.py.
 */
export function reachedStep(evidence: Evidence): StartUpStep {
  const proven = new Set(order.filter(step => proofs[step](evidence)))
  if (proven.has('rpc')) proven.add('broker-connection')
  if (proven.has('broker-connection')) for (const step of order.slice(0, 7)) proven.add(step)
  if (proven.has('docker')) proven.add('volume')
  if (proven.has('volume')) proven.add('user-and-group')
  if (proven.has('user-and-group'))
    for (const step of ['configuration-injected', 'unit-started'] as const) proven.add(step)
  if (proven.has('unit-started')) proven.add('boot')
  if (!evidence.dataDiskFormatted) proven.delete('volume')
  let reached: StartUpStep = 'none'
  for (const step of order) {
    if (!proven.has(step)) break
    reached = step
  }
  return reached
}

const proofs: Record<ProvableStep, (evidence: Evidence) => boolean> = {
  boot: evidence =>
    evidence.loginPrompt || says(evidence, /Reached target (?:multi-user|getty)\.target|Startup finished in /),
  network: evidence =>
    says(evidence, /DHCPv4 address \d+\.|ci-info: \|\s*(?!lo\b)\S+\s*\|\s*True\s*\|\s*\d+\.\d+|DHCPACK|bound to \d+\./),
  'configuration-injected': evidence => (evidence.disk?.guestInfo ?? '').includes('guest_id='),
  'unit-started': evidence => says(evidence, agentStarted()) || agentSays(evidence, /./),
  // Logged right after the group and the user were made; the storage is what comes next.
  'user-and-group': evidence => agentSays(evidence, /Preparing the storage for/) || managerMade(evidence),
  volume: evidence =>
    (evidence.dataDiskFormatted &&
      says(evidence, /EXT4-fs \(vdb\): mounted|XFS \(vdb\): (?:Ending clean mount|Mounting)/)) ||
    managerMade(evidence),
  // Making the manager asks Docker for its version; with PostgreSQL it does so after it said that it begins.
  docker: evidence => managerMade(evidence) && !agentSays(evidence, dockerTrouble),
  'broker-connection': evidence => evidence.consuming,
  rpc: evidence => evidence.answered,
}

const dockerTrouble = /Error while fetching server API version|docker\.errors\.|PermissionError/

function managerMade(evidence: Evidence): boolean {
  return agentSays(evidence, /Initializing module driver manager|Creating RPC server for service/)
}

/** Whether console or journal say it. */
function says(evidence: Evidence, pattern: RegExp): boolean {
  return (
    evidence.console.some(line => pattern.test(line)) || (evidence.disk?.journal ?? []).some(l => pattern.test(l.text))
  )
}

function agentSays(evidence: Evidence, pattern: RegExp): boolean {
  return evidence.disk?.agentLog.some(line => pattern.test(line)) ?? false
}

/** systemd's NRestarts of the agent's unit, as the journal has it; null when there is no journal. */
export function agentRestarts(evidence: Evidence): number | null {
  if (evidence.disk === undefined || evidence.disk.journal.length === 0) return null
  const counter = new RegExp(`${agentUnitPattern}: Scheduled restart job, restart counter is at (\\d+)`)
  return evidence.disk.journal.reduce((most, line) => Math.max(most, Number(counter.exec(line.text)?.[1] ?? 0)), 0)
}
