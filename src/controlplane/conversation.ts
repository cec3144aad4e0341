import { randomUUID } from 'node:crypto'
import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib'
import { asError, InputError } from '../system/errors.ts'
import type { BrokerAddress } from './broker-address.ts'
import { connectToBroker, type QueueKind } from './broker-connection.ts'
import { brokerError } from './broker-fault.ts'
import { encryptForGuest, openEntity } from './encryption.ts'
import {
  type Cast,
  callMessage,
  decodeCast,
  decodeReply,
  encodeEnvelope,
  messageId,
  messageProperties,
  type Reply,
} from './envelope.ts'

/** Trove's `control_exchange` and `conductor_queue`. */
const exchange = 'trove'
const conductorQueue = 'trove-conductor'
const queueExpiryMilliseconds = 1_800_000

export interface ConversationOptions {
  readonly address: BrokerAddress
  readonly queueKind: QueueKind
  readonly guestId: string
  readonly encryptionKey: string
  /** What the guest tells the conductor: heartbeats, and its errors with a traceback. */
  readonly onCast: (cast: Cast) => void
}

/** How an agent answered a ping. */
export interface PingAnswer {
  readonly messageId: string
  readonly seconds: number
}

/** No answer in time, or another than `true`. */
export interface PingFailure {
  readonly failure: string
}

/** The control plane's side of talking to one guest agent. */
export class Conversation {
  readonly #connection: ChannelModel
  readonly #channel: Channel
  readonly #options: ConversationOptions
  readonly #replyQueue: string
  readonly #waiting = new Map<string, (reply: Reply) => void>()
  /** Rejects when the broker ends the conversation. */
  readonly lost: Promise<never>

  private constructor(
    connection: ChannelModel,
    channel: Channel,
    options: ConversationOptions,
    replyQueue: string,
    lost: Promise<never>,
  ) {
    this.#connection = connection
    this.#channel = channel
    this.#options = options
    this.#replyQueue = replyQueue
    this.lost = lost
  }

  /**
   * Declares what Trove's task manager and conductor declare, and listens.
   * @throws InputError, EnvironmentError when the broker cannot be reached, refuses us or the declarations, or is in use
   */
  static async open(options: ConversationOptions): Promise<Conversation> {
    const { address } = options
    const connection = await connectToBroker(address, 'trove-image control plane').catch(error => {
      throw brokerError(address, asError(error))
    })
    let declared = false
    try {
      await refuseIfInUse(connection, address)
      const channel = await connection.createChannel()
      const lost = lossOf(connection, channel, address)
      const quorum = options.queueKind === 'quorum'
      await channel.assertExchange(exchange, 'topic', { durable: quorum, autoDelete: false })
      await channel.assertQueue(conductorQueue, {
        durable: quorum,
        exclusive: false,
        autoDelete: false,
        ...(quorum ? { arguments: { 'x-queue-type': 'quorum' } } : {}),
      })
      declared = true
      await channel.bindQueue(conductorQueue, exchange, conductorQueue)
      const replyQueue = `reply_${messageId()}`
      await channel.assertQueue(replyQueue, {
        durable: false,
        exclusive: true,
        autoDelete: true,
        expires: queueExpiryMilliseconds,
      })
      const conversation = new Conversation(connection, channel, options, replyQueue, lost)
      await channel.consume(replyQueue, message => conversation.#onReply(message))
      await channel.consume(conductorQueue, message => conversation.#onCast(message))
      return conversation
    } catch (error) {
      if (declared) await deleteQueue(connection, conductorQueue)
      await connection.close().catch(() => undefined)
      if (error instanceof InputError) throw error
      throw brokerError(address, asError(error))
    }
  }

  /** The name of the queue that the agent consumes. */
  get guestQueue(): string {
    return `guestagent.${this.#options.guestId}`
  }

  /** How many consumers the agent's queue has; 0 also while it does not exist. Asked on a channel of its own. */
  async consumerCount(): Promise<number> {
    const channel = await this.#connection.createChannel()
    channel.on('error', () => undefined)
    try {
      return (await channel.checkQueue(this.guestQueue)).consumerCount
    } catch (error) {
      if (/404|NOT[_-]FOUND/.test(asError(error).message)) return 0
      throw error
    } finally {
      await channel.close().catch(() => undefined)
    }
  }

  /**
   * Calls `rpc_ping` as Trove does, with a fresh id.
   * @throws InputError, EnvironmentError when the broker ended the conversation
   */
  async ping(timeoutSeconds: number): Promise<PingAnswer | PingFailure> {
    const id = messageId()
    const startedAt = performance.now()
    const answered = new Promise<Reply>(resolve => this.#waiting.set(id, resolve))
    let timer: NodeJS.Timeout | undefined
    try {
      const message = callMessage({
        method: 'rpc_ping',
        version: '1.0',
        context: { context: encryptForGuest('{}', this.#options.encryptionKey) },
        messageId: id,
        uniqueId: messageId(),
        replyQueue: this.#replyQueue,
      })
      this.#channel.publish(exchange, this.guestQueue, Buffer.from(encodeEnvelope(message)), {
        ...messageProperties,
      })
      const timeout = new Promise<undefined>(resolve => {
        timer = setTimeout(() => resolve(undefined), timeoutSeconds * 1000)
      })
      const reply = await Promise.race([answered, timeout, this.lost])
      if (reply === undefined) return { failure: `rpc_ping was not answered within ${timeoutSeconds} s` }
      const failure = pingFailure(reply, this.#options.encryptionKey)
      if (failure !== undefined) return { failure }
      return { messageId: id, seconds: (performance.now() - startedAt) / 1000 }
    } finally {
      clearTimeout(timer)
      this.#waiting.delete(id)
    }
  }

  /**
   * Takes the queues of this run away, which nobody else would, and hangs up. The conductor's is one of them: `open`
   * refuses to begin where it exists.
   */
  async close(): Promise<void> {
    const { guestId } = this.#options
    // Not on our channel, which the broker may have closed: a conductor's queue that stayed would end the next run.
    for (const queue of [this.guestQueue, `${this.guestQueue}.${guestId}`, conductorQueue]) {
      await deleteQueue(this.#connection, queue)
    }
    await this.#connection.close().catch(() => undefined)
  }

  #onReply(message: ConsumeMessage | null): void {
    if (message === null) return
    this.#channel.ack(message)
    const reply = decodeReply(message.content)
    if (reply !== undefined) this.#waiting.get(reply.messageId)?.(reply)
  }

  #onCast(message: ConsumeMessage | null): void {
    if (message === null) return
    this.#channel.ack(message)
    const cast = decodeCast(message.content)
    if (cast === undefined) return
    const opened = Object.entries(cast.args).map(
      ([name, value]) => [name, openEntity(value, this.#options.encryptionKey)] as const,
    )
    this.#options.onCast({ method: cast.method, args: Object.fromEntries(opened) })
  }
}

/** Why a reply does not count as an answer to `rpc_ping`, which is `true` and nothing else. */
export function pingFailure(reply: Reply, encryptionKey: string): string | undefined {
  if (reply.failure !== undefined) return `the agent answered rpc_ping with ${reply.failure}`
  const result = openEntity(reply.result, encryptionKey)
  return result === true ? undefined : `the agent answered rpc_ping with ${JSON.stringify(result)} instead of true`
}

/** A random guest id, in the form of Trove's instance ids. */
export function newGuestId(): string {
  return randomUUID()
}

/**
 * A conductor's queue belongs to a real control plane, also while nobody consumes it, as when the conductor is being
 * restarted: we would take its guests' messages, and the queue with them.
 */
async function refuseIfInUse(connection: ChannelModel, address: BrokerAddress): Promise<void> {
  const channel = await connection.createChannel()
  channel.on('error', () => undefined)
  const exists = await channel.checkQueue(conductorQueue).then(
    () => true,
    error => {
      const known = queueExists(asError(error).message)
      if (known === undefined) throw error
      return known
    },
  )
  await channel.close().catch(() => undefined)
  if (!exists) return
  throw new InputError(
    `broker-url: virtual host "${address.virtualHost}" of ${address.host}:${address.port} is in use: it has a queue ` +
      `"${conductorQueue}", which belongs to a Trove conductor. The smoke test would take its messages. Name a virtual ` +
      'host of its own; if no Trove uses this one, an interrupted smoke test has left the queue: delete it.',
  )
}

/**
 * What the failure of a passive declaration says about the queue; undefined when it says nothing. RabbitMQ answers 404 also
 * when the queue's node is down ("home node ... is down or inaccessible"), and 405 when the queue is another's alone.
 */
export function queueExists(message: string): boolean | undefined {
  if (/404|NOT[_-]FOUND/.test(message)) return /home node/.test(message)
  return /405|RESOURCE[_-]LOCKED/.test(message) ? true : undefined
}

async function deleteQueue(connection: ChannelModel, queue: string): Promise<void> {
  try {
    const channel = await connection.createChannel()
    channel.on('error', () => undefined)
    await channel.deleteQueue(queue)
    await channel.close()
  } catch {
    // The broker refuses or the connection is gone; there is nothing left to tidy from here.
  }
}

function lossOf(connection: ChannelModel, channel: Channel, address: BrokerAddress): Promise<never> {
  const lost = new Promise<never>((_, reject) => {
    channel.on('error', error => reject(brokerError(address, asError(error))))
    connection.on('close', error => reject(brokerError(address, asError(error ?? 'the connection was closed'))))
  })
  lost.catch(() => undefined)
  return lost
}
