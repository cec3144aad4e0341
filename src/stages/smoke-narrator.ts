import type { Cast, RegistrationEvent } from '../controlplane/index.ts'
import type { Platform } from '../platform.ts'
import type { BootEvent, SmokeTest } from '../vm/index.ts'

/** A heartbeat in one line; an error with its traceback, which is a list of lines. */
export function describeCast({ method, args }: Cast): string {
  const { exception, ...rest } = args
  const traceback = Array.isArray(exception)
    ? `\n${exception.join('\n')}`
    : exception === undefined
      ? ''
      : `\n${exception}`
  return `${method} ${JSON.stringify(rest)}${traceback}`
}

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
export function show(event: BootEvent, platform: Platform): void {
  if (event.kind === 'moment') platform.log.info(`${event.seconds.toFixed(1)} s  ${event.event}`)
  else {
    platform.log.debug(event.text)
    platform.progress({ text: `${Math.round(event.seconds)} s  ${event.text.slice(0, 100)}` })
  }
}

/** The URL and the password in it are hidden from now on. */
export function hideUrl(url: string, platform: Platform): void {
  platform.secret(url)
  const password = /^[^:]+:\/\/[^:@/]*:([^@]*)@/.exec(url)?.[1]
  if (!password) return
  platform.secret(password)
  // As the broker and its messages know it. A malformed one is refused elsewhere.
  const plain = password.replaceAll(/%([0-9a-f]{2})/gi, (_, code) => String.fromCharCode(Number.parseInt(code, 16)))
  if (plain !== password) platform.secret(plain)
}

/** `boot 71 s, agent 84 s, registered 97 s (rpc_ping answered)`, or what went wrong. */
export function verdictText(result: SmokeTest): string {
  const at = (event: string) => result.timeline.find(moment => moment.event === event)?.seconds
  const parts = [
    ['boot', at('login prompt') ?? at('multi-user') ?? at('cloud-init finished')],
    ['agent', at('consuming')],
    ['registered', result.level === 'registered' ? at('answered') : undefined],
  ] as const
  const times = parts.flatMap(([name, seconds]) => (seconds === undefined ? [] : [`${name} ${Math.round(seconds)} s`]))
  if (result.status === 'passed')
    return `${times.join(', ')}${result.level === 'registered' ? ' (rpc_ping answered)' : ''}`
  return [`failed after step "${result.reached}"`, result.endedBy, ...times].join('; ')
}
