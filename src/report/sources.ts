import type { Agent } from '../agent/index.ts'
import type { Checkout } from '../checkout/index.ts'
import type { BuildRecord } from '../dib/index.ts'
import { code, plain } from './markdown.ts'

/** Rows of the identity table about what was built from checkouts; none when all came from packages. Pure. */
export function sourceRows(record: BuildRecord): [string, string][] {
  const { agent, dibCheckout } = record
  return [
    ...(agent.source === 'local' ? agentRows(agent) : []),
    ...(dibCheckout === null
      ? []
      : [['built by', wordCheckout('openstack/diskimage-builder', dibCheckout)] satisfies [string, string]]),
  ]
}

function agentRows({ checkout, constraints }: Extract<Agent, { source: 'local' }>): [string, string][] {
  const { digest, commit } = constraints
  const requirements = commit === null ? '' : `, openstack/requirements ${code(commit)}`
  return [
    ['agent built from', wordCheckout('openstack/trove', checkout)],
    ['constraints', `${code(`sha256:${digest}`)}${requirements}`],
  ]
}

function wordCheckout(project: string, { commit, describe, branch, modified }: Checkout): string {
  const changes = modified ? '; **with changes that are in no commit**' : ''
  return `${project} ${code(commit)} (${plain(describe)}), branch ${code(branch)}${changes}`
}
