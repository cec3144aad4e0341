import { EnvironmentError, InputError } from '../system/errors.ts'
import type { BrokerAddress } from './broker-address.ts'

/** What an error of the broker means; none of them says anything about the image. */
export type BrokerFault =
  | 'unreachable'
  | 'not-amqp'
  | 'wrong-credentials'
  | 'no-virtual-host'
  | 'no-permission'
  | 'mismatch'
  | 'other'

/** Sorts an error by its text: AMQP's reply codes (403, 406, 530, 541) and the operating system's connection errors. */
export function classifyBrokerFault(message: string): BrokerFault {
  const table: ReadonlyArray<readonly [RegExp, BrokerFault]> = [
    [/ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|connect timed? ?out/i, 'unreachable'],
    [
      /ACCESS_REFUSED.*(login|authenticat|PLAIN)|403 \(ACCESS-REFUSED\).*login|Handshake terminated/is,
      'wrong-credentials',
    ],
    // amqplib does not tell the reason of a refusal at this stage of the handshake.
    [/Expected ConnectionOpenOk; got <ConnectionClose|530|NOT[_-]ALLOWED.*vhost/i, 'no-virtual-host'],
    [/403|ACCESS[_-]REFUSED/i, 'no-permission'],
    [/406|541|PRECONDITION[_-]FAILED|INTERNAL[_-]ERROR/i, 'mismatch'],
    [/Invalid frame|Expected ConnectionStart|protocol|ECONNRESET|Socket closed|heartbeat/i, 'not-amqp'],
  ]
  return table.find(([pattern]) => pattern.test(message))?.[1] ?? 'other'
}

/** The error to throw for a broker fault; it says that the image is not to blame and what to do. Never the password. */
export function brokerError(address: BrokerAddress, cause: Error): InputError | EnvironmentError {
  const where = `${address.host}:${address.port}`
  const fault = classifyBrokerFault(cause.message)
  const notTheImage = 'This is a fault of the broker, not of the image.'
  const options = { cause }
  switch (fault) {
    case 'wrong-credentials':
      return new InputError(
        `broker-url: ${where} refused user "${address.user}" with that password (${cause.message}). ${notTheImage} ` +
          'Give a user whom the broker knows; RabbitMQ lets its user "guest" in from its own host only.',
        options,
      )
    case 'no-virtual-host':
      return new InputError(
        `broker-url: user "${address.user}" may not enter virtual host "${address.virtualHost}" of ${where} ` +
          `(${cause.message}). ${notTheImage} Name one that exists and that the user has permissions for.`,
        options,
      )
    case 'no-permission':
      return new InputError(
        `broker-url: user "${address.user}" lacks permissions in virtual host "${address.virtualHost}" of ${where} ` +
          `(${cause.message}). ${notTheImage} It must be allowed to configure, write and read.`,
        options,
      )
    case 'mismatch':
      return new EnvironmentError(
        `Broker mismatch: ${where} does not accept the queues that a guest agent declares (${cause.message}). ` +
          `${notTheImage} Either what is declared there already has other properties (406: use an empty virtual host), ` +
          'or the broker denies such queues (541: RabbitMQ 4.3 denies transient queues that are not exclusive).',
        options,
      )
    case 'unreachable':
      return new EnvironmentError(
        `The broker at ${where} cannot be reached (${cause.message}). ${notTheImage} ` +
          'Start it, open the port, or leave broker-url out: then the smoke test starts its own.',
        options,
      )
    default:
      return new EnvironmentError(
        `The broker at ${where} does not speak AMQP 0-9-1 as expected (${cause.message}). ${notTheImage}`,
        options,
      )
  }
}
