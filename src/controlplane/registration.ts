import { setTimeout as pause } from 'node:timers/promises'
import type { Broker } from './broker.ts'
import type { QueueConsumer } from './broker-listing.ts'
import type { Conversation, PingAnswer } from './conversation.ts'

/** What happens on the way to a registered agent. */
export type RegistrationEvent =
  | { readonly kind: 'consuming' }
  | { readonly kind: 'connected'; readonly peer: string; readonly clientName: string }
  | { readonly kind: 'answered' | 'answered again'; readonly messageId: string; readonly seconds: number }
  | { readonly kind: 'lost'; readonly reason: string }

/** The reason of a loss when the broker lists another connection after the second answer than before the first. */
export const reconnected = 'the agent connected anew between two pings'

/** Proof that an agent is there and stays: two answers, and one connection that carried both. */
export interface Registration {
  readonly answers: readonly [PingAnswer, PingAnswer]
  /** The agent's connection in the broker's own listing; undefined where the broker cannot be asked. */
  readonly consumer: QueueConsumer | undefined
}

export interface RegistrationOptions {
  readonly broker: Pick<Broker, 'consumers'>
  readonly conversation: Pick<Conversation, 'guestQueue' | 'consumerCount' | 'ping' | 'lost'>
  /** Between the two pings. */
  readonly intervalSeconds: number
  /** How long one ping may take. */
  readonly pingLimitSeconds: number
  readonly pollSeconds?: number
  readonly onEvent: (event: RegistrationEvent) => void
  readonly signal: AbortSignal
}

/**
 * Waits until the agent has answered twice over one connection. An agent that goes away in between starts from the
 * beginning: a crash loop never counts as registered. Waits for ever; the caller's signal ends it.
 */
export async function awaitRegistration(options: RegistrationOptions): Promise<Registration> {
  for (;;) {
    await untilConsumed(options)
    const registration = await proveTwice(options)
    if (typeof registration !== 'string') return registration
    options.onEvent({ kind: 'lost', reason: registration })
    await wait(options, options.pollSeconds ?? 2)
  }
}

async function untilConsumed(options: RegistrationOptions): Promise<void> {
  while ((await options.conversation.consumerCount()) === 0) await wait(options, options.pollSeconds ?? 2)
  options.onEvent({ kind: 'consuming' })
}

/** The registration, or why it does not count. */
async function proveTwice(options: RegistrationOptions): Promise<Registration | string> {
  const { conversation, onEvent, pingLimitSeconds } = options
  const list = async () => options.broker.consumers?.(conversation.guestQueue)
  const before = await list()
  if (before?.length === 0) return 'the queue lost its consumer before it could be listed'
  for (const { peer, clientName } of before ?? []) onEvent({ kind: 'connected', peer, clientName })
  const first = await conversation.ping(pingLimitSeconds)
  if ('failure' in first) return first.failure
  onEvent({ kind: 'answered', ...first })
  await wait(options, options.intervalSeconds)
  const second = await conversation.ping(pingLimitSeconds)
  if ('failure' in second) return `the second time: ${second.failure}`
  onEvent({ kind: 'answered again', ...second })
  const after = await list()
  if ((await conversation.consumerCount()) === 0) return 'the queue lost its consumer'
  const same = before?.find(consumer => after?.some(other => other.connection === consumer.connection))
  if (before !== undefined && same === undefined) return reconnected
  return { answers: [first, second], consumer: same }
}

async function wait(options: RegistrationOptions, seconds: number): Promise<void> {
  await Promise.race([pause(seconds * 1000, undefined, { signal: options.signal }), options.conversation.lost])
}
