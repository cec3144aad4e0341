import { describe, expect, test } from 'vitest'
import type { QueueConsumer } from '../../../src/controlplane/broker-listing.ts'
import type { PingAnswer, PingFailure } from '../../../src/controlplane/conversation.ts'
import { awaitRegistration, type RegistrationEvent } from '../../../src/controlplane/registration.ts'

const agent = (connection: string): QueueConsumer => ({
  connection,
  peer: `127.0.0.1:${connection}`,
  clientName: 'trove-guestagent:1',
})
const answer = (id: string): PingAnswer => ({ messageId: id, seconds: 0.1 })

/** A broker that answers each question from a list, in turn; the last answer stays. */
function script(parts: {
  counts: number[]
  listings?: QueueConsumer[][]
  pings: (PingAnswer | PingFailure)[]
  signal?: AbortSignal
}) {
  const events: RegistrationEvent[] = []
  const next = <T>(list: T[]): T => (list.length > 1 ? (list.shift() as T) : (list[0] as T))
  const { listings } = parts
  const registration = awaitRegistration({
    broker: listings === undefined ? {} : { consumers: async () => next(listings) },
    conversation: {
      guestQueue: 'guestagent.g',
      consumerCount: async () => next(parts.counts),
      ping: async () => next(parts.pings),
      lost: new Promise<never>(() => undefined),
    },
    intervalSeconds: 0.001,
    pingLimitSeconds: 1,
    pollSeconds: 0.001,
    onEvent: event => events.push(event),
    signal: parts.signal ?? new AbortController().signal,
  })
  return { registration, events }
}

describe('registered', () => {
  test('means two answers over one connection', async () => {
    const { registration, events } = script({
      counts: [0, 0, 1],
      listings: [[agent('7')]],
      pings: [answer('a'), answer('b')],
    })
    expect(await registration).toEqual({ answers: [answer('a'), answer('b')], consumer: agent('7') })
    expect(events).toEqual([
      { kind: 'consuming' },
      { kind: 'connected', peer: '127.0.0.1:7', clientName: 'trove-guestagent:1' },
      { kind: 'answered', messageId: 'a', seconds: 0.1 },
      { kind: 'answered again', messageId: 'b', seconds: 0.1 },
    ])
  })

  test('is not yet true of an agent that came back on another connection', async () => {
    const { registration, events } = script({
      counts: [1],
      listings: [[agent('7')], [agent('8')], [agent('8')], [agent('8')]],
      pings: [answer('a'), answer('b'), answer('c'), answer('d')],
    })
    expect(await registration).toEqual({ answers: [answer('c'), answer('d')], consumer: agent('8') })
    expect(events.filter(event => event.kind === 'lost')).toEqual([
      { kind: 'lost', reason: 'the agent connected anew between two pings' },
    ])
  })

  test.each([
    ['the first ping', [{ failure: 'no' }, answer('a'), answer('b')], 'no'],
    ['the second', [answer('x'), { failure: 'no' }, answer('a'), answer('b')], 'the second time: no'],
  ])('is not true while %s is not answered', async (_, pings, reason) => {
    const { registration, events } = script({ counts: [1], listings: [[agent('7')]], pings })
    expect(await registration).toEqual({ answers: [answer('a'), answer('b')], consumer: agent('7') })
    expect(events.filter(event => event.kind === 'lost')).toEqual([{ kind: 'lost', reason }])
  })

  test('is not true of an agent that went away after its second answer', async () => {
    const { registration, events } = script({
      counts: [1, 0, 1],
      listings: [[agent('7')]],
      pings: [answer('a'), answer('b'), answer('c'), answer('d')],
    })
    expect(await registration).toEqual({ answers: [answer('c'), answer('d')], consumer: agent('7') })
    expect(events.filter(event => event.kind === 'lost')).toEqual([
      { kind: 'lost', reason: 'the queue lost its consumer' },
    ])
  })

  test('rests on the count of consumers where the broker cannot be asked', async () => {
    const { registration } = script({ counts: [1], pings: [answer('a'), answer('b')] })
    expect(await registration).toEqual({ answers: [answer('a'), answer('b')], consumer: undefined })
  })

  test('never comes of a crash loop: only the caller ends the wait', async () => {
    const ending = new AbortController()
    let turn = 0
    const events: RegistrationEvent[] = []
    const registration = awaitRegistration({
      broker: { consumers: async () => [agent(String(turn++))] },
      conversation: {
        guestQueue: 'guestagent.g',
        consumerCount: async () => 1,
        ping: async () => answer('a'),
        lost: new Promise<never>(() => undefined),
      },
      intervalSeconds: 0.001,
      pingLimitSeconds: 1,
      pollSeconds: 0.001,
      onEvent: event => {
        events.push(event)
        if (events.filter(({ kind }) => kind === 'lost').length === 3) ending.abort()
      },
      signal: ending.signal,
    })
    await expect(registration).rejects.toThrow('aborted')
  })
})
