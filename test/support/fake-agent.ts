import { connect } from 'amqplib'
import { encryptForGuest } from '../../src/controlplane/encryption.ts'
import { encodeEnvelope, messageId } from '../../src/controlplane/envelope.ts'
import type { BrokerAddress } from '../../src/controlplane/index.ts'

/** Speaks to a real broker as a guest agent does: one queue, answers to `rpc_ping`, and casts to the conductor. */
export async function startFakeAgent(options: {
  address: BrokerAddress
  guestId: string
  encryptionKey: string
  /** What it answers; `deny` says false, `silent` says nothing, `raise` sends a failure. */
  behaviour?: 'answer' | 'deny' | 'silent' | 'raise'
  durable?: boolean
}) {
  const { address, guestId, encryptionKey, behaviour = 'answer', durable = false } = options
  const connection = await connect(
    {
      hostname: address.host,
      port: address.port,
      username: address.user,
      password: address.password,
      vhost: address.virtualHost,
    },
    { clientProperties: { connection_name: `trove-guestagent:1234:${guestId}` } },
  )
  connection.on('error', () => undefined)
  const channel = await connection.createChannel()
  const queue = `guestagent.${guestId}`
  const quorum = durable ? { arguments: { 'x-queue-type': 'quorum' } } : {}
  await channel.assertExchange('trove', 'topic', { durable, autoDelete: false })
  await channel.assertQueue(queue, { durable, exclusive: false, autoDelete: false, ...quorum })
  await channel.bindQueue(queue, 'trove', queue)
  const calls: unknown[] = []
  await channel.consume(queue, message => {
    if (message === null) return
    channel.ack(message)
    const call = JSON.parse(JSON.parse(message.content.toString())['oslo.message'])
    calls.push(call)
    if (behaviour === 'silent') return
    const reply = {
      result: behaviour === 'raise' ? null : encryptForGuest(String(behaviour === 'answer'), encryptionKey),
      failure: behaviour === 'raise' ? JSON.stringify({ class: 'GuestError', message: 'no volume', tb: [] }) : null,
      ending: true,
      _msg_id: call._msg_id,
      _unique_id: messageId(),
    }
    channel.sendToQueue(call._reply_q, Buffer.from(encodeEnvelope(reply)))
  })
  return {
    calls,
    /** A cast to the conductor, encrypted as an agent does it. */
    cast(method: string, args: Record<string, unknown>) {
      const sealed = Object.entries(args).map(([name, value]) => [
        name,
        JSON.stringify({
          entity: encryptForGuest(JSON.stringify(value), encryptionKey),
          'csz-instance-id': guestId,
        }),
      ])
      const inner = { method, args: Object.fromEntries(sealed), version: '1.0', _unique_id: messageId() }
      channel.publish('trove', 'trove-conductor', Buffer.from(encodeEnvelope(inner)))
    },
    close: () => connection.close(),
  }
}
