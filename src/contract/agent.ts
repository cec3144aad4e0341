import { type Unit, valueIn, wordsIn } from '../inventory/index.ts'
import type { Finding, Rule } from './rule.ts'
import type { Subject } from './subject.ts'

const mustFollow = ['cloud-config.target', 'docker.service', 'network-online.target']
const mustNotFollow = ['cloud-final.service', 'cloud-init.target']

/** Options that make a guest one particular guest: injected by Trove, never part of an image. */
const personal = ['guest_id', 'tenant_id', 'instance_rpc_encr_key']

/** The guest agent's unit. */
export const agentRules: readonly Rule[] = [
  {
    id: 'agent-installed',
    title: "The guest agent's unit is in the image.",
    why: 'Without the agent an instance stays in BUILD until Trove gives up.',
    remedy: 'Add the element trove-guest-agent.',
    check: subject => (subject.agent ? [] : ['no unit trove-guestagent.service or guest-agent.service']),
  },
  {
    id: 'agent-enabled',
    title: "The guest agent's unit starts at boot.",
    why: "Debian's package leaves it disabled; a masked unit cannot start at all.",
    remedy: 'Run "systemctl enable" on it in the image, and "systemctl unmask" if it is masked.',
    check: withAgent((agent, subject) => {
      if (agent.masked) return [`${agent.name} is masked`]
      return subject.boot.starts(agent.name) ? [] : [`nothing that boots wants ${agent.name}`]
    }),
  },
  {
    id: 'agent-runs-as-guest-user',
    title: 'The guest agent runs as the guest user.',
    why:
      "Injected configuration belongs to that user, and only they have sudo and Docker; Debian's unit runs as user trove, " +
      'which can read none of it.',
    remedy: 'Set User= in a drop-in of the unit (element trove-guest-agent does).',
    check: withAgent((agent, subject) => {
      const user = valueIn(agent.settings, 'Service', 'User') ?? 'root'
      return user === subject.guestUser ? [] : [`${agent.name} has User=${user}, expected ${subject.guestUser}`]
    }),
  },
  {
    id: 'agent-ordered',
    title: 'The guest agent starts after cloud-config.target, docker.service and network-online.target.',
    why: 'Its configuration is there with cloud-config.target, and it asks Docker for its version at once and exits without.',
    remedy: 'Add the missing names to After= in a drop-in of the unit.',
    check: withAgent(agent => {
      const after = wordsIn(agent.settings, 'Unit', 'After')
      return mustFollow.filter(name => !after.includes(name)).map(name => `${agent.name} has no After=${name}`)
    }),
  },
  {
    id: 'agent-not-after-cloud-final',
    title: 'The guest agent does not wait for the end of cloud-init.',
    why:
      'cloud-final.service and cloud-init.target come after multi-user.target, which wants the agent: systemd breaks such a ' +
      'cycle by dropping a member, which may be the agent.',
    remedy:
      'Remove cloud-final.service and cloud-init.target from After= of the unit; order it after cloud-config.target.',
    check: withAgent(agent =>
      wordsIn(agent.settings, 'Unit', 'After')
        .filter(name => mustNotFollow.includes(name))
        .map(name => `${agent.name} has After=${name}`),
    ),
  },
  {
    id: 'agent-restarts',
    title: 'The guest agent is always restarted, and no start limit ends that.',
    why:
      'A broker that is away for a minute makes the agent exit; systemd gives up after 5 starts in 10 s by default, and ' +
      'the guest is then without an agent for good.',
    remedy: 'Set Restart=always and StartLimitIntervalSec=0 in a drop-in of the unit.',
    check: withAgent(agent => {
      const restart = valueIn(agent.settings, 'Service', 'Restart') ?? 'no'
      const faults = restart === 'always' ? [] : [`${agent.name} has Restart=${restart}`]
      return startsAreLimited(agent) ? [...faults, `${agent.name} can reach its start limit`] : faults
    }),
  },
  {
    id: 'agent-not-personalised',
    title: "No instance is baked into the agent's configuration.",
    why: 'guest_id, tenant and message key belong to one instance: a second guest with them answers for the first.',
    remedy: `Remove ${personal.join(', ')} from the files under /etc/trove.`,
    check: ({ inventory }) =>
      inventory.agentOptions
        .filter(option => personal.includes(option.key))
        .map(option => `${option.file} sets ${option.key}`),
  },
  {
    id: 'agent-docker-hostnic',
    title: 'The network plugin docker-hostnic, through which a database reaches its network, is enabled.',
    why:
      "With network_isolation, the default, the agent gives the user's port to the database container by this plugin; " +
      'without it the guest registers and then fails in prepare.',
    remedy:
      "Ship docker-hostnic.socket and its service with trove-docker-plugin, as upstream's element guest-agent does. Guests " +
      'of a Trove with network_isolation = False work without: waive the rule for them.',
    check: ({ boot }) =>
      boot.starts('docker-hostnic.socket') || boot.starts('docker-hostnic.service')
        ? []
        : [
            boot.unit('docker-hostnic.socket')
              ? 'docker-hostnic.socket is not enabled'
              : 'there is no docker-hostnic.socket',
          ],
  },
]

/** Without the unit there is nothing to say: agent-installed says that. */
function withAgent(check: (agent: Unit, subject: Subject) => Finding): Rule['check'] {
  return subject => (subject.agent ? check(subject.agent, subject) : [])
}

/** systemd.unit(5): no more than StartLimitBurst starts within StartLimitIntervalSec. */
function startsAreLimited(unit: Unit): boolean {
  const value = (section: string, key: string) => valueIn(unit.settings, section, key)
  const interval = seconds(
    value('Unit', 'StartLimitIntervalSec') ??
      value('Unit', 'StartLimitInterval') ??
      value('Service', 'StartLimitInterval') ??
      '10s',
  )
  const burst = Number(value('Unit', 'StartLimitBurst') ?? value('Service', 'StartLimitBurst') ?? '5')
  const pause = seconds(value('Service', 'RestartSec') ?? '100ms')
  return interval > 0 && burst > 0 && pause * burst < interval
}

/** systemd's time spans, as far as units use them. */
function seconds(span: string): number {
  if (span === 'infinity') return Number.POSITIVE_INFINITY
  const units: Record<string, number> = { ms: 0.001, s: 1, sec: 1, '': 1, m: 60, min: 60, h: 3600, d: 86_400 }
  return [...span.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]*)/g)].reduce(
    (sum, [, amount = '0', unit = '']) => sum + Number(amount) * (units[unit] ?? 1),
    0,
  )
}
