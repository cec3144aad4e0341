import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Broker } from '../../../src/controlplane/index.ts'
import { runSmokeTest, smokeTest } from '../../../src/stages/smoke-test.ts'
import { cleanCurrentRun } from '../../../src/system/cleanup.ts'
import { sha256 } from '../../../src/system/documents.ts'
import { consoleIn, type SmokeRequest, type SmokeTest } from '../../../src/vm/index.ts'
import { recordingPlatform } from '../../support/recording-platform.ts'

const never = new AbortController().signal
let folder = ''
let image = ''
let stops: number
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'smoke-stage-'))
  image = join(folder, 'guest.raw')
  writeFileSync(image, 'bytes')
  stops = 0
})
afterEach(async () => {
  await cleanCurrentRun()
  rmSync(folder, { recursive: true })
})

function brokerOf(password: string, own: boolean): Broker {
  return {
    address: { host: '127.0.0.1', port: 1, user: 'u', password, virtualHost: '/' },
    facts: { product: 'RabbitMQ', version: '4', queueKind: 'classic-transient' },
    own,
    stop: async () => {
      stops += 1
    },
  }
}

/** What the virtual machine would have found; `seen` remembers what it was given. */
function documentOf(request: SmokeRequest): SmokeTest {
  return {
    schemaVersion: 1,
    image: { name: 'guest.raw', sha256: request.sha256, sha256After: request.sha256 },
    testedAt: '2026-11-25T13:16:04.514Z',
    status: 'passed',
    level: request.until === 'registered' ? 'registered' : 'none',
    reached: 'rpc',
    endedBy: request.until,
    cause: '',
    firmware: request.firmware,
    accelerator: request.accelerator,
    broker: { product: 'RabbitMQ', version: '4', queueKind: 'classic-transient', own: true },
    timeline: [],
    pingIntervalSeconds: request.pingIntervalSeconds,
    sameConnection: true,
    rootFileSystemGrown: true,
    agentRestarts: 0,
    consoleTail: [],
    guestLogs: {},
  }
}

async function smoked(given: Record<string, unknown> = {}, during: (request: SmokeRequest) => void = () => undefined) {
  const { platform, told } = recordingPlatform()
  let request: SmokeRequest | undefined
  const inputs = smokeTest.inputs.parse({ image, output: join(folder, 'out'), ...given })
  const result = runSmokeTest(inputs, platform, never, {
    probeImage: async path => {
      told.push(`probe ${path}`)
      return { path, format: 'raw', sizeBytes: 5, virtualSizeBytes: 5 }
    },
    measureAccelerator: async () => ({ accelerator: 'tcg', reason: 'by word' }),
    startBroker: async () => brokerOf('sesame/1', true),
    useBroker: async () => brokerOf('given', false),
    smoke: async asked => {
      request = asked
      writeFileSync(consoleIn(asked.folder), 'rabbit://u:sesame%2F1@h sesame/1\r\n')
      during(asked)
      return documentOf(asked)
    },
  })
  const outcome = await result.catch((error: unknown) => error)
  return { outcome, told, request }
}

describe('the smoke test', () => {
  test('boots what it digested, and writes documents for exactly that', async () => {
    const { outcome, request } = await smoked()
    const out = (name: string) => join(folder, 'out', name)
    expect(outcome).toMatchObject({
      outputs: { smokeTest: out('smoke-test.json'), level: 'registered' },
      verdict: { status: 'passed' },
    })
    expect(JSON.parse(readFileSync(out('smoke-test.json'), 'utf8'))).toEqual(documentOf(request as SmokeRequest))
    expect([request?.sha256, request?.broker?.own, request?.accelerator]).toEqual([sha256('bytes'), true, 'tcg'])
    expect(readFileSync(out('smoke-test.xml'), 'utf8')).toContain('<testsuite')
  })

  test("publishes a console without the broker's password, in either form", async () => {
    await smoked()
    expect(readFileSync(join(folder, 'out/console.log'), 'utf8')).toBe('rabbit://u:***@h ***\r\n')
  })

  test("hides a broker's URL before anything else is done", async () => {
    const { told, request } = await smoked({ brokerUrl: 'amqp://u:given@h' })
    expect(told.slice(0, 3)).toEqual(['secret amqp://u:given@h', 'secret given', `probe ${image}`])
    expect(request?.broker?.own).toBe(false)
  })

  test('works in a folder that nobody else may enter', async () => {
    let mode = 0
    await smoked({}, request => {
      mode = statSync(request.folder).mode & 0o777
    })
    expect(mode.toString(8)).toBe('700')
  })

  test('up to the login prompt starts no broker and names its document otherwise', async () => {
    const { outcome, request } = await smoked({ until: 'login' })
    expect(outcome).toMatchObject({ outputs: { smokeTest: join(folder, 'out/boot-test.json'), level: 'none' } })
    expect([request?.broker, stops]).toEqual([undefined, 0])
  })

  test.each([
    ['succeeds', () => undefined],
    [
      'fails',
      () => {
        throw new Error('no')
      },
    ],
  ])('ends the broker when it %s', async (_, during) => {
    await smoked({}, during)
    expect(stops).toBe(1)
  })
})
