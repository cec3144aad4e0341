import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { Broker, Conversation } from '../../../src/controlplane/index.ts'
import { sha256 } from '../../../src/system/documents.ts'
import type { BootOptions } from '../../../src/vm/boot.ts'
import { type SmokeDoors, type SmokeEvent, type SmokeRequest, smoke } from '../../../src/vm/smoke.ts'

const never = new AbortController().signal
let folder = ''
let image = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'smoke-'))
  image = join(folder, 'guest.raw')
  writeFileSync(image, 'bytes')
})
afterEach(() => rmSync(folder, { recursive: true }))

const consumer = { connection: '7', peer: '127.0.0.1:7', clientName: 'trove-guestagent:1' }
const broker: Broker = {
  address: { host: '127.0.0.1', port: 5, user: 'u', password: 'sesame', virtualHost: '/' },
  facts: { product: 'RabbitMQ', version: '4', queueKind: 'classic-transient' },
  own: true,
  consumers: async () => [consumer],
  stop: async () => undefined,
}

interface World {
  readonly broker?: Broker | undefined
  readonly until?: 'registered' | 'login'
  /** What happens while the guest runs. */
  readonly during?: (options: BootOptions) => Promise<void> | void
}

/** A smoke test whose machine is played; everything between the machine and the document is real. */
async function played(world: World) {
  const events: SmokeEvent[] = []
  const booted: BootOptions[] = []
  const read: string[] = []
  let closed = 0
  const until = world.until ?? 'registered'
  const conversation = {
    guestQueue: 'guestagent.g',
    consumerCount: async () => 1,
    ping: async () => ({ messageId: 'm', seconds: 0.1 }),
    lost: new Promise<never>(() => undefined),
    close: async () => {
      closed += 1
    },
  } as unknown as Conversation
  const doors: SmokeDoors = {
    makeDisks: async () => ({ overlay: '/w/overlay', dataDisk: '/w/data', overlayBytes: 7 }),
    makeConfigDrive: async files => {
      read.push(files.get('openstack/latest/user_data') ?? '')
      return '/w/config'
    },
    prepareFirmware: () => ({ kind: 'bios', log: '/w/firmware' }),
    boot: async options => {
      booted.push(options)
      await world.during?.(options)
      const moments: string[] = []
      const over = new AbortController()
      const report = (event: string) => {
        moments.push(event)
        if (event === 'lost') over.abort()
      }
      await options.registration?.(report, over.signal).catch(() => undefined)
      return {
        ending: { kind: until },
        moments: moments.map(event => ({ event, seconds: 1 })),
        notes: ['a note'],
        console: [],
        loginPrompt: true,
        agentStarts: 1,
      }
    },
    isFormatted: () => true,
    rootHasGrown: async () => true,
    readGuestDisk: async overlay => {
      read.push(overlay)
      return undefined
    },
    converse: async () => conversation,
  }
  const request: SmokeRequest = {
    image: { path: image, format: 'raw', sizeBytes: 5, virtualSizeBytes: 5 },
    sha256: sha256('bytes'),
    folder,
    accelerator: 'tcg',
    broker: 'broker' in world ? world.broker : broker,
    until,
    firmware: 'bios',
    datastore: 'mysql',
    datastoreVersion: '8.0',
    guestUser: 'ubuntu',
    pingIntervalSeconds: 0.001,
    capSeconds: undefined,
    onEvent: event => events.push(event),
    signal: never,
  }
  const outcome = await smoke(request, doors).catch((error: unknown) => error as Error)
  return { outcome, events, booted, read, closed: () => closed }
}

describe('a smoke test', () => {
  test('of an image that stays as it was', async () => {
    const { outcome, events, closed } = await played({})
    expect(outcome).toMatchObject({
      image: { name: 'guest.raw', sha256: sha256('bytes'), sha256After: sha256('bytes') },
      status: 'passed',
      sameConnection: true,
    })
    expect(events.map(event => (event.kind === 'registration' ? event.event.kind : event.kind))).toEqual([
      'broker',
      'consuming',
      'connected',
      'answered',
      'answered again',
      'note',
    ])
    expect(closed()).toBe(1)
  })

  test('of an image that another program writes meanwhile fails', async () => {
    const { outcome } = await played({ during: () => writeFileSync(image, 'others') })
    expect(outcome).toMatchObject({
      image: { sha256: sha256('bytes'), sha256After: sha256('others') },
      status: 'failed',
      level: 'none',
      cause: expect.stringContaining('changed while it was being tested'),
    })
  })

  let turn = 0
  test.each<[string, Broker, boolean | null]>([
    ['a broker that lists one connection', broker, true],
    ['a broker that cannot be asked', { ...broker, own: false, consumers: undefined } as unknown as Broker, null],
    [
      'a broker that lists another each time',
      { ...broker, consumers: async () => [{ ...consumer, connection: String(turn++) }] },
      false,
    ],
  ])('says of %s whether one connection carried both answers: %s', async (_, asked, expected) => {
    const { outcome } = await played({ broker: asked })
    expect(outcome).toMatchObject({ sameConnection: expected })
  })

  test("gives the guest Trove's files for the user asked for, and a way to the broker alone", async () => {
    const { booted, read } = await played({})
    expect(booted[0]?.plan).toEqual({
      accelerator: 'tcg',
      processors: 2,
      memoryMebibytes: 2048,
      firmware: { kind: 'bios', log: '/w/firmware' },
      image: { path: image, format: 'raw', sizeBytes: 5, virtualSizeBytes: 5 },
      overlay: '/w/overlay',
      dataDisk: '/w/data',
      configDrive: '/w/config',
      console: join(folder, 'console.log'),
      instanceId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      macAddress: expect.stringMatching(/^fa:16:3e:/),
      forward: {
        host: '10.0.2.100',
        port: 5672,
        command: [process.execPath, join(folder, 'relay.cjs'), '127.0.0.1', '5'],
      },
    })
    expect(parse(read[0] ?? '').write_files.map((file: { owner: string }) => file.owner)).toEqual(
      Array.from({ length: 2 }, () => 'ubuntu:root'),
    )
    expect(read[1]).toBe('/w/overlay')
  })

  test('up to the login prompt waits for no agent and leaves the disk alone', async () => {
    const { outcome, booted, read } = await played({ broker: undefined, until: 'login' })
    expect(outcome).toMatchObject({
      status: 'passed',
      level: 'none',
      broker: { product: 'none' },
      sameConnection: null,
    })
    expect([booted[0]?.registration, booted[0]?.plan.forward, read.length]).toEqual([undefined, undefined, 1])
  })

  test('hangs up also when the boot ends in an error', async () => {
    const { outcome, closed } = await played({
      during: () => {
        throw new Error('no QEMU')
      },
    })
    expect([outcome, closed()]).toEqual([new Error('no QEMU'), 1])
  })
})
