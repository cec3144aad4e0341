import { randomBytes } from 'node:crypto'
import { z } from 'zod'

/**
 * The messages of oslo.messaging's RPC over AMQP: a JSON object whose second field is itself a JSON text.
 * Source: oslo_messaging/_drivers/common.py (serialize_msg, deserialize_msg) and amqpdriver.py.
 */
const envelopeSchema = z.object({ 'oslo.version': z.string(), 'oslo.message': z.string() })

const replySchema = z.looseObject({
  _msg_id: z.string(),
  result: z.unknown().optional(),
  failure: z.string().nullish(),
  ending: z.boolean().optional(),
})

const castSchema = z.looseObject({
  method: z.string(),
  args: z.record(z.string(), z.unknown()),
  version: z.string().optional(),
})

/** The answer to a call. */
export interface Reply {
  readonly messageId: string
  readonly result: unknown
  /** What the remote side raised, in one line; undefined when it answered. */
  readonly failure: string | undefined
}

/** A message that wants no answer, such as the guest's heartbeat to the conductor. */
export interface Cast {
  readonly method: string
  readonly args: Readonly<Record<string, unknown>>
}

/** 32 hexadecimal digits, as oslo.messaging makes its message ids. */
export function messageId(): string {
  return randomBytes(16).toString('hex')
}

/** How oslo.messaging marks its messages; `persistent` is AMQP's delivery mode 2. */
export const messageProperties = {
  contentType: 'application/json',
  contentEncoding: 'utf-8',
  persistent: true,
} as const

/** The body of a message with that inner object. */
export function encodeEnvelope(inner: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ 'oslo.version': '2.0', 'oslo.message': JSON.stringify(inner) })
}

/** A call: `rpc_ping` has no arguments; `context` are the request context's fields, already serialized. */
export function callMessage(call: {
  readonly method: string
  readonly version: string
  readonly context: Readonly<Record<string, unknown>>
  readonly messageId: string
  readonly uniqueId: string
  readonly replyQueue: string
}): Record<string, unknown> {
  const context = Object.fromEntries(Object.entries(call.context).map(([key, value]) => [`_context_${key}`, value]))
  return {
    method: call.method,
    args: {},
    version: call.version,
    ...context,
    _unique_id: call.uniqueId,
    _msg_id: call.messageId,
    _reply_q: call.replyQueue,
    _timeout: null,
  }
}

/** Reads a reply; undefined when the bytes are no reply of oslo.messaging. */
export function decodeReply(body: Uint8Array): Reply | undefined {
  const reply = replySchema.safeParse(decodeEnvelope(body))
  if (!reply.success) return undefined
  const { _msg_id, result, failure } = reply.data
  return { messageId: _msg_id, result, failure: failure ? describeFailure(failure) : undefined }
}

/** Reads a cast; undefined when the bytes are no cast of oslo.messaging. */
export function decodeCast(body: Uint8Array): Cast | undefined {
  const cast = castSchema.safeParse(decodeEnvelope(body))
  return cast.success ? { method: cast.data.method, args: cast.data.args } : undefined
}

function decodeEnvelope(body: Uint8Array): unknown {
  try {
    const envelope = envelopeSchema.safeParse(JSON.parse(Buffer.from(body).toString('utf8')))
    return envelope.success ? JSON.parse(envelope.data['oslo.message']) : undefined
  } catch {
    return undefined
  }
}

function describeFailure(failure: string): string {
  try {
    const { class: kind, message } = JSON.parse(failure) as { class?: string; message?: string }
    return `${kind ?? 'error'}: ${message ?? failure}`
  } catch {
    return failure
  }
}
