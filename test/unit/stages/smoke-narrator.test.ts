import { describe, expect, test } from 'vitest'
import { describeCast, passwordForms } from '../../../src/controlplane/index.ts'
import type { Platform } from '../../../src/platform.ts'
import { describeRegistration, hideUrl, verdictText } from '../../../src/stages/smoke-narrator.ts'
import { smokeTest } from '../../../src/stages/smoke-test.ts'
import type { SmokeTest } from '../../../src/vm/index.ts'

const result: SmokeTest = {
  schemaVersion: 1,
  image: { name: 'guest.qcow2', sha256: 'a'.repeat(64), sha256After: 'a'.repeat(64) },
  testedAt: '2026-11-25T13:16:04.514Z',
  status: 'passed',
  level: 'registered',
  reached: 'rpc',
  endedBy: 'registered',
  cause: '',
  firmware: 'bios',
  accelerator: 'kvm',
  broker: { product: 'RabbitMQ', version: '3.10.8', queueKind: 'classic-transient', own: true },
  timeline: [
    { event: 'login prompt', seconds: 71 },
    { event: 'consuming', seconds: 84.4 },
    { event: 'answered', seconds: 97 },
    { event: 'answered again', seconds: 157 },
    { event: 'registered', seconds: 157.4 },
  ],
  pingIntervalSeconds: 60,
  sameConnection: true,
  rootFileSystemGrown: true,
  agentRestarts: 0,
  consoleTail: [],
  guestLogs: {},
}

describe('the line that ends a run', () => {
  test.each<[string, Partial<SmokeTest>, string]>([
    ['registered', {}, 'boot 71 s, agent 84 s, registered 157 s (rpc_ping answered)'],
    [
      'answered twice, too soon for a level',
      { level: 'none', pingIntervalSeconds: 5 },
      'boot 71 s, agent 84 s; no level: rpc_ping after 5 s, the level takes 60 s or more',
    ],
    [
      'answered twice, at a broker that cannot be asked',
      { level: 'none', sameConnection: null },
      'boot 71 s, agent 84 s; no level: the broker does not tell whether one connection carried both answers',
    ],
    [
      'both',
      { level: 'none', pingIntervalSeconds: 5, sameConnection: null },
      'boot 71 s, agent 84 s; no level: rpc_ping after 5 s, the level takes 60 s or more; ' +
        'the broker does not tell whether one connection carried both answers',
    ],
    [
      'up to the login prompt',
      {
        level: 'none',
        endedBy: 'login prompt',
        timeline: [{ event: 'login prompt', seconds: 71 }],
        pingIntervalSeconds: null,
        sameConnection: null,
      },
      'boot 71 s',
    ],
    [
      'no serial login prompt',
      {
        timeline: [
          { event: 'cloud-init finished', seconds: 60 },
          { event: 'consuming', seconds: 84 },
          { event: 'answered', seconds: 97 },
          { event: 'registered', seconds: 158 },
        ],
      },
      'boot 60 s, agent 84 s, registered 158 s (rpc_ping answered)',
    ],
    [
      'failed',
      {
        status: 'failed',
        level: 'none',
        reached: 'volume',
        endedBy: 'agent: no answer within 180 s after the guest was up',
        timeline: [{ event: 'login prompt', seconds: 71 }],
      },
      'failed after step "volume"; agent: no answer within 180 s after the guest was up; boot 71 s',
    ],
  ])('%s', (_, change, expected) => {
    expect(verdictText({ ...result, ...change })).toBe(expected)
  })
})

test('what the guest says is told', () => {
  expect(describeCast({ method: 'heartbeat', args: { payload: { service_status: 'building' } } })).toBe(
    'heartbeat {"payload":{"service_status":"building"}}',
  )
  expect(describeCast({ method: 'notify_exc_info', args: { message: 'no', exception: ['Traceback', '  line'] } })).toBe(
    'notify_exc_info {"message":"no"}\nTraceback\n  line',
  )
  expect(describeRegistration({ kind: 'connected', peer: '127.0.0.1:1', clientName: 'trove-guestagent:9:x' })).toBe(
    'the broker lists its consumer: trove-guestagent:9:x from 127.0.0.1:1',
  )
})

describe("a broker's URL and its password are hidden", () => {
  test.each([
    ['as a URL needs it', 'amqp://t:p%40ss%2Fw%C3%B6rd@h/v', ['p%40ss%2Fw%C3%B6rd'], 'p@ss/wörd'],
    ['in small letters', 'amqp://t:p%40ss%2fw%c3%b6rd@h/v', ['p%40ss%2fw%c3%b6rd'], 'p@ss/wörd'],
    ['half of it', 'amqp://t:p@ss%2Fwörd@h/v', ['p@ss%2Fwörd'], 'p@ss/wörd'],
    ['plain', 'amqp://t:sesame@h', ['sesame'], 'sesame'],
    ['not decodable', 'amqp://t:50%@h', ['50%'], '50%'],
    ['none', 'amqp://h/v@w:x@y', [], undefined],
  ])('%s', (_, url, asGiven, password) => {
    const hidden: string[] = []
    hideUrl(url, { secret: (value: string) => hidden.push(value) } as unknown as Platform)
    const forms = [...new Set([...asGiven, ...(password === undefined ? [] : passwordForms(password))])]
    expect(hidden).toEqual([url, ...forms])
  })
})

describe('inputs that do not go together', () => {
  const check = (inputs: Record<string, unknown>) =>
    smokeTest.check?.(smokeTest.inputs.parse({ image: 'guest.qcow2', ...inputs }))

  test('are refused', () => {
    expect(() => check({ brokerUrl: 'amqp://a:b@h', until: 'login' })).toThrow(/broker-url is of no use/)
    expect(() => check({ brokerUrl: 'amqp://h' })).toThrow(/user and password are missing/)
  })

  test('the others are not', () => {
    expect(() => check({})).not.toThrow()
    expect(() => check({ brokerUrl: 'amqp://a:b@h' })).not.toThrow()
  })
})
