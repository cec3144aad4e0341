import { type Broker, passwordForms, type RegistrationEvent } from '../controlplane/index.ts'
import type { Platform } from '../platform.ts'
import { registeredIntervalSeconds, type SmokeEvent, type SmokeTest } from '../vm/index.ts'

/** A step of the agent's registration, for the log. */
export function describeRegistration(event: RegistrationEvent): string {
  switch (event.kind) {
    case 'consuming':
      return 'the agent consumes its queue'
    case 'connected':
      return `the broker lists its consumer: ${event.clientName} from ${event.peer}`
    case 'lost':
      return `not registered: ${event.reason}`
    default:
      return `rpc_ping ${event.kind} in ${event.seconds.toFixed(1)} s, message ${event.messageId}`
  }
}

/** Moments go to the log; the console itself only where somebody asked for everything. */
export function show(event: SmokeEvent, platform: Platform): void {
  switch (event.kind) {
    case 'moment':
      platform.log.info(`${event.seconds.toFixed(1)} s  ${event.event}`)
      platform.progress({ text: event.event })
      break
    case 'line':
      platform.log.debug(event.text)
      platform.progress({ text: `${Math.round(event.seconds)} s  ${event.text.slice(0, 100)}` })
      break
    case 'broker':
      platform.log.info(describeBroker(event.broker))
      break
    case 'registration':
      platform.log.info(describeRegistration(event.event))
      platform.progress({ text: describeRegistration(event.event) })
      break
    case 'cast':
      platform.log.info(`guest to conductor: ${event.text}`)
      break
    case 'note':
      platform.log.warning(`console: ${event.text}`)
      break
  }
}

function describeBroker({ facts, own }: Broker): string {
  return `broker: ${facts.product} ${facts.version}, ${facts.queueKind} queues, ${own ? 'started for this test' : 'given'}`
}

/** The URL and the password in it, in every form in which it may be printed, are hidden from now on. */
export function hideUrl(url: string, platform: Platform): void {
  platform.secret(url)
  // Up to the last @ before the path, as URLs are read.
  const password = /^[^:]+:\/\/[^:@/]*:([^/]*)@/.exec(url)?.[1]
  if (!password) return
  for (const form of new Set([password, ...passwordForms(decoded(password))])) platform.secret(form)
}

/** As the broker and its messages know it. A malformed one is refused elsewhere. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** `boot 71 s, agent 84 s, registered 157 s (rpc_ping answered)`, or what went wrong. */
export function verdictText(result: SmokeTest): string {
  const at = (event: string) => result.timeline.find(moment => moment.event === event)?.seconds
  const parts = [
    ['boot', at('login prompt') ?? at('multi-user') ?? at('cloud-init finished')],
    ['agent', at('consuming')],
    ['registered', result.level === 'registered' ? at('registered') : undefined],
  ] as const
  const times = parts.flatMap(([name, seconds]) => (seconds === undefined ? [] : [`${name} ${Math.round(seconds)} s`]))
  if (result.status === 'passed') {
    if (result.level === 'registered') return `${times.join(', ')} (rpc_ping answered)`
    const apart = result.pingIntervalSeconds ?? null
    if (apart === null) return times.join(', ')
    const why = [
      apart < registeredIntervalSeconds
        ? `rpc_ping after ${apart} s, the level takes ${registeredIntervalSeconds} s or more`
        : '',
      result.sameConnection === true ? '' : 'the broker does not tell whether one connection carried both answers',
    ]
    return `${times.join(', ')}; no level: ${why.filter(reason => reason !== '').join('; ')}`
  }
  return [`failed after step "${result.reached}"`, result.endedBy, ...times].join('; ')
}
