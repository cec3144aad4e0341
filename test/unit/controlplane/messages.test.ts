import { describe, expect, test } from 'vitest'
import { pingFailure } from '../../../src/controlplane/conversation.ts'
import { decryptFromGuest, encryptForGuest, openEntity } from '../../../src/controlplane/encryption.ts'
import { callMessage, decodeCast, decodeReply, encodeEnvelope } from '../../../src/controlplane/envelope.ts'

const body = (inner: unknown) =>
  Buffer.from(JSON.stringify({ 'oslo.version': '2.0', 'oslo.message': JSON.stringify(inner) }))

describe("oslo.messaging's envelope", () => {
  test('a call is a JSON text inside a JSON object', () => {
    const message = callMessage({
      method: 'rpc_ping',
      version: '1.0',
      context: { context: 'c2VhbGVk' },
      messageId: 'a'.repeat(32),
      uniqueId: 'b'.repeat(32),
      replyQueue: `reply_${'c'.repeat(32)}`,
    })
    expect(encodeEnvelope(message)).toBe(
      '{"oslo.version":"2.0","oslo.message":"{\\"method\\":\\"rpc_ping\\",\\"args\\":{},\\"version\\":\\"1.0\\",' +
        `\\"_context_context\\":\\"c2VhbGVk\\",\\"_unique_id\\":\\"${'b'.repeat(32)}\\",` +
        `\\"_msg_id\\":\\"${'a'.repeat(32)}\\",\\"_reply_q\\":\\"reply_${'c'.repeat(32)}\\",\\"_timeout\\":null}"}`,
    )
  })

  test.each([
    [
      'an answer',
      { result: true, failure: null, ending: true, _msg_id: 'm', _unique_id: 'u' },
      { messageId: 'm', result: true, failure: undefined },
    ],
    [
      'an exception',
      {
        result: null,
        failure: '{"class": "GuestError", "module": "trove.common.exception", "message": "no volume", "tb": []}',
        _msg_id: 'm',
      },
      { messageId: 'm', result: null, failure: 'GuestError: no volume' },
    ],
    ['no message id', { result: true }, undefined],
  ])('reply: %s', (_, inner, expected) => {
    expect(decodeReply(body(inner))).toEqual(expected)
  })

  test('a heartbeat, as an agent was seen to send it', () => {
    const inner = {
      method: 'heartbeat',
      version: '1.0',
      _unique_id: 'u',
      args: { instance_id: 'g', sent: 1795297721.133, payload: { service_status: 'building' } },
      _context_user: null,
      _context_is_admin: false,
    }
    expect(decodeCast(body(inner))).toEqual({ method: 'heartbeat', args: inner.args })
  })

  test.each(['', 'not json', '{}', '{"oslo.version":"2.0","oslo.message":"{"}', '[]'])('%j is no message', text => {
    expect([decodeReply(Buffer.from(text)), decodeCast(Buffer.from(text))]).toEqual([undefined, undefined])
  })
})

describe("Trove's encryption", () => {
  const key = '0123456789abcdefghijklmnopqrstuv'

  test("the same bytes as Trove's encrypt_data with the same initialisation vector", () => {
    const vector = Uint8Array.from({ length: 16 }, (_, index) => index)
    expect(encryptForGuest('{}', key, vector)).toBe('AAECAwQFBgcICQoLDA0ODz63hwcWQtNidk/KPwPojvU=')
  })

  // Both were made by Trove's own serializers.
  test.each([
    ['a result', 'of/rXTVHH77r2tqJgEk5XNSxxLZyzNMykWOXvueH2+U=', true],
    [
      'an argument to the conductor',
      '{"entity": "qLxa4Onb4YBQZFBs480SiQeYm9OyOKFzjWZdYfHJtSwIPOBvAH02jjMlMTAliY/W", "csz-instance-id": "5b1a"}',
      { service_status: 'building' },
    ],
    ['a text that is not encrypted', 'plain', 'plain'],
    ['a number', 1.5, 1.5],
  ])('opens %s', (_, sealed, expected) => {
    expect(openEntity(sealed, key)).toEqual(expected)
  })

  test('what one key closed another does not open', () => {
    const sealed = encryptForGuest('true', key)
    expect(decryptFromGuest(sealed, key)).toBe('true')
    expect(openEntity(sealed, 'another')).toBe(sealed)
  })
})

describe('an answer to rpc_ping is true and nothing else', () => {
  const sealed = (value: unknown) => encryptForGuest(JSON.stringify(value), 'key')
  test.each<[string, unknown, string | undefined, string | undefined]>([
    ['true', sealed(true), undefined, undefined],
    ['true of an agent that does not encrypt', true, undefined, undefined],
    ['false', sealed(false), undefined, 'the agent answered rpc_ping with false instead of true'],
    ['nothing', null, undefined, 'the agent answered rpc_ping with null instead of true'],
    ['the word', sealed('true'), undefined, 'the agent answered rpc_ping with "true" instead of true'],
    ['an error beside it', sealed(true), 'GuestError: no', 'the agent answered rpc_ping with GuestError: no'],
  ])('%s', (_, result, failure, expected) => {
    expect(pingFailure({ messageId: 'm', result, failure }, 'key')).toBe(expected)
  })
})
