import { InputError } from '../system/errors.ts'

/** Where a broker is and who we are there. */
export interface BrokerAddress {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly virtualHost: string
}

/**
 * Reads `amqp://user:password@host[:port][/virtual-host]`; `rabbit://`, as OpenStack writes it, means the same.
 * @throws InputError that never repeats the password
 */
export function parseBrokerUrl(text: string): BrokerAddress {
  const refuse = (why: string): never => {
    throw new InputError(
      `broker-url: ${why}. Legal: amqp://USER:PASSWORD@HOST[:PORT][/VIRTUAL-HOST] (rabbit:// means the same).`,
    )
  }
  let url: URL
  try {
    url = new URL(text.trim())
  } catch {
    return refuse('it is not a URL')
  }
  const scheme = url.protocol.slice(0, -1)
  if (scheme === 'amqps') return refuse('TLS (amqps) is not supported: the guest is given a plain transport_url')
  if (scheme !== 'amqp' && scheme !== 'rabbit') return refuse(`the scheme "${scheme}" is not known`)
  if (url.username === '' || url.password === '') return refuse('user and password are missing')
  if (url.hostname === '') return refuse('the host is missing')
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? 5672 : Number(url.port),
    user: decode(url.username, refuse),
    password: decode(url.password, refuse),
    virtualHost: url.pathname.length <= 1 ? '/' : decode(url.pathname.slice(1), refuse),
  }
}

/** What goes into the guest's `transport_url`: the same broker, as the guest reaches it. */
export function transportUrl(address: BrokerAddress, guestSide: { host: string; port: number }): string {
  const { user, password, virtualHost } = address
  const [safeUser, safePassword, safeHost] = [user, password, virtualHost].map(encodeURIComponent)
  return `rabbit://${safeUser}:${safePassword}@${guestSide.host}:${guestSide.port}/${safeHost}`
}

function decode(text: string, refuse: (why: string) => never): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return refuse('a percent sign is not followed by two hexadecimal digits')
  }
}
