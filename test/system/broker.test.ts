import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectToBroker } from '../../src/controlplane/broker-connection.ts'
import {
  awaitRegistration,
  type Broker,
  Conversation,
  type RegistrationEvent,
  startBroker,
  useBroker,
} from '../../src/controlplane/index.ts'
import { freePorts } from '../../src/controlplane/ports.ts'
import { cleanCurrentRun } from '../../src/system/cleanup.ts'
import { startFakeAgent } from '../support/fake-agent.ts'

const never = new AbortController().signal
const shell = (script: string) => execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' })
/** What a broker would leave behind: Erlang's processes, its listeners, its folder. */
const leftovers = () => ({
  processes: shell("ps -eo stat=,args= | grep -v '^Z' | grep -E '[b]eam.smp|[e]pmd|[r]abbitmq-server' | wc -l").trim(),
  folders: shell('ls -d /var/tmp/trove-image-* 2>/dev/null | wc -l').trim(),
})

let before = leftovers()
let broker: Broker
const url = (change: Partial<Broker['address']> = {}) => {
  const { user, password, host, port, virtualHost } = { ...broker.address, ...change }
  return `amqp://${user}:${password}@${host}:${port}/${virtualHost}`
}

beforeAll(async () => {
  before = leftovers()
  broker = await startBroker(never)
})

afterAll(async () => {
  await broker?.stop()
  await cleanCurrentRun()
})

async function converse(guestId: string, casts: unknown[] = []) {
  return Conversation.open({
    address: broker.address,
    queueKind: broker.facts.queueKind,
    guestId,
    encryptionKey: 'key',
    onCast: cast => casts.push(cast),
  })
}

describe('our own RabbitMQ', () => {
  test('answers, as a user of its own, on loopback alone', () => {
    expect(broker.facts).toMatchObject({ product: 'RabbitMQ', version: expect.stringMatching(/^\d+\.\d+\.\d+/) })
    const listeners = shell("ss -Hltnp | grep -E 'beam.smp|epmd' | awk '{print $4}'").trim().split('\n')
    expect(listeners.filter(address => !/^(127\.0\.0\.1|\[::1\]):/.test(address))).toEqual([])
    expect(shell('ps -eo user,args | grep "[b]eam.smp" | awk \'{print $1}\' | sort -u').trim()).toBe('rabbitmq')
    expect(shell('ps -eo args').includes(broker.address.password)).toBe(false)
  })

  test('sees an agent register: two answers over the one connection that it lists', async () => {
    const casts: unknown[] = []
    const events: RegistrationEvent[] = []
    const conversation = await converse('g1', casts)
    const registering = awaitRegistration({
      broker,
      conversation,
      intervalSeconds: 1,
      pingLimitSeconds: 20,
      onEvent: event => events.push(event),
      signal: never,
    })
    const agent = await startFakeAgent({ address: broker.address, guestId: 'g1', encryptionKey: 'key' })
    agent.cast('heartbeat', { instance_id: 'g1', payload: { service_status: 'building' } })
    const registration = await registering
    expect(registration.consumer).toMatchObject({
      peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      clientName: 'trove-guestagent:1234:g1',
    })
    expect(events.map(event => event.kind)).toEqual(['consuming', 'connected', 'answered', 'answered again'])
    const asked = agent.calls.map(call => (call as { _msg_id: string })._msg_id)
    expect(registration.answers.map(answer => answer.messageId)).toEqual(asked)
    expect(casts).toEqual([
      { method: 'heartbeat', args: { instance_id: 'g1', payload: { service_status: 'building' } } },
    ])
    await agent.close()
    await conversation.close()
  })

  test('a queue that nobody consumes, an agent that is silent, raises or says false', async () => {
    const conversation = await converse('g2')
    expect(await conversation.consumerCount()).toBe(0)
    const silent = await startFakeAgent({
      address: broker.address,
      guestId: 'g2',
      encryptionKey: 'key',
      behaviour: 'silent',
    })
    expect([await conversation.consumerCount(), await conversation.ping(1)]).toEqual([
      1,
      { failure: 'rpc_ping was not answered within 1 s' },
    ])
    await silent.close()
    const raising = await startFakeAgent({
      address: broker.address,
      guestId: 'g2',
      encryptionKey: 'key',
      behaviour: 'raise',
    })
    expect(await conversation.ping(10)).toEqual({
      failure: 'the agent answered rpc_ping with GuestError: no volume',
    })
    await raising.close()
    const denying = await startFakeAgent({
      address: broker.address,
      guestId: 'g2',
      encryptionKey: 'key',
      behaviour: 'deny',
    })
    expect(await conversation.ping(10)).toEqual({
      failure: 'the agent answered rpc_ping with false instead of true',
    })
    await denying.close()
    await conversation.close()
  })
})

describe("a broker that is not ours, and what is not the image's fault", () => {
  test('is taken by its URL', async () => {
    expect(await useBroker(url())).toMatchObject({ own: false, facts: broker.facts })
  })

  test.each([
    ['wrong password', () => url({ password: 'wrong' }), 'InputError', /refused user/],
    [
      'no such virtual host',
      () => url({ virtualHost: 'nowhere' }),
      'InputError',
      /may not enter virtual host "nowhere"/,
    ],
  ])('%s', async (_, address, name, says) => {
    await expect(useBroker(address())).rejects.toMatchObject({ name, message: expect.stringMatching(says) })
    await expect(useBroker(address())).rejects.toThrow('not of the image')
  })

  test('nobody listens', async () => {
    const [port] = await freePorts(1)
    await expect(useBroker(url({ port: port ?? 1 }))).rejects.toMatchObject({
      name: 'EnvironmentError',
      message: expect.stringMatching(/cannot be reached.*not of the image/),
    })
  })

  test('something else listens: our own port for Erlang', async () => {
    const port = Number(
      shell("ss -Hltnp | grep beam.smp | awk '{print $4}'")
        .trim()
        .split('\n')
        .map(address => address.split(':').at(-1))
        .find(number => number !== String(broker.address.port)),
    )
    await expect(useBroker(url({ port }))).rejects.toMatchObject({ name: 'EnvironmentError' })
  })

  test('a conductor works there already', async () => {
    const first = await converse('g3')
    await expect(converse('g3')).rejects.toMatchObject({
      name: 'InputError',
      message: expect.stringContaining('is in use'),
    })
    await first.close()
  })

  test('a conductor works there and is being restarted: its queue stays', async () => {
    const connection = await connectToBroker(broker.address, 'a conductor')
    const channel = await connection.createChannel()
    await channel.assertQueue('trove-conductor', { durable: false })
    await expect(converse('g3')).rejects.toMatchObject({
      name: 'InputError',
      message: expect.stringContaining('is in use'),
    })
    expect(await channel.checkQueue('trove-conductor')).toMatchObject({ consumerCount: 0 })
    await channel.deleteQueue('trove-conductor')
    await connection.close()
    await (await converse('g3')).close()
  })

  test('the exchange exists with other properties: named a mismatch', async () => {
    const agent = await startFakeAgent({ address: broker.address, guestId: 'g4', encryptionKey: 'key' })
    await agent.close()
    await expect(
      Conversation.open({
        address: broker.address,
        queueKind: 'quorum',
        guestId: 'g4',
        encryptionKey: 'key',
        onCast: () => undefined,
      }),
    ).rejects.toMatchObject({ name: 'EnvironmentError', message: expect.stringMatching(/^Broker mismatch.*406/) })
  })
})

test('all of it is gone when it stops, epmd too', async () => {
  await broker.stop()
  await cleanCurrentRun()
  expect(leftovers()).toEqual(before)
})
