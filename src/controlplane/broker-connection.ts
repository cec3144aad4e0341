import { randomBytes } from 'node:crypto'
import { type ChannelModel, connect, type Options } from 'amqplib'
import { asError } from '../system/errors.ts'
import type { BrokerAddress } from './broker-address.ts'

/** How the agent's queues are declared: oslo.messaging's default, or its quorum options. */
export type QueueKind = 'classic-transient' | 'quorum'

/** What a broker says about itself. */
export interface BrokerFacts {
  readonly product: string
  readonly version: string
  readonly queueKind: QueueKind
}

const connectLimitMilliseconds = 10_000

/** Opens a connection; an error that comes later never ends the process, the caller sees it on its channels. */
export async function connectToBroker(address: BrokerAddress, name: string): Promise<ChannelModel> {
  const options: Options.Connect = {
    protocol: 'amqp',
    hostname: address.host,
    port: address.port,
    username: address.user,
    password: address.password,
    vhost: address.virtualHost,
    heartbeat: 60,
  }
  const connection = await connect(options, {
    timeout: connectLimitMilliseconds,
    clientProperties: { connection_name: name },
  })
  connection.on('error', () => undefined)
  return connection
}

/**
 * Asks a broker for its product and version, and tries whether it accepts the kind of queue that an agent with default
 * configuration declares. RabbitMQ from 4.3 on answers 541 and closes the connection.
 */
export async function probeBroker(address: BrokerAddress, own: boolean): Promise<BrokerFacts> {
  const connection = await connectToBroker(address, 'trove-image probe')
  const { product, version } = connection.connection.serverProperties
  let queueKind: QueueKind = 'classic-transient'
  try {
    const channel = await connection.createChannel()
    channel.on('error', () => undefined)
    const queue = `trove-image-probe-${randomBytes(8).toString('hex')}`
    await channel.assertQueue(queue, { durable: false, exclusive: false, autoDelete: false })
    await channel.deleteQueue(queue)
  } catch (error) {
    if (!isTransientQueueRefusal(asError(error).message)) throw error
    queueKind = 'quorum'
  } finally {
    await connection.close().catch(() => undefined)
  }
  return { product: product || (own ? 'RabbitMQ' : 'unknown'), version: version || 'unknown', queueKind }
}

/** Whether the broker said that it denies classic queues that are neither durable nor exclusive. */
export function isTransientQueueRefusal(message: string): boolean {
  return /transient_nonexcl_queues|541|INTERNAL[_-]ERROR/.test(message)
}
