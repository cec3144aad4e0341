import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { z } from 'zod'
import {
  agentConfiguration,
  awaitRegistration,
  type Broker,
  Conversation,
  datastoreManagers,
  defaultOwner,
  injectedFiles,
  newGuestId,
  parseBrokerUrl,
  passwordForms,
  prepareCloudConfig,
  reconnected,
  startBroker,
  useBroker,
} from '../controlplane/index.ts'
import { type ImageFile, probeImage } from '../guestfs/index.ts'
import type { Platform } from '../platform.ts'
import { formatSmokeJunit } from '../report/index.ts'
import { defineStage } from '../stage.ts'
import { type Accelerator, measureAccelerator } from '../system/accelerator.ts'
import { writeDocument } from '../system/documents.ts'
import { InputError } from '../system/errors.ts'
import { sha256OfFile } from '../system/hash.ts'
import { makeWorkFolder } from '../system/journal.ts'
import { together } from '../system/together.ts'
import {
  boot,
  configDriveFiles,
  copyConsole,
  isFormatted,
  judge,
  limitsFor,
  makeConfigDrive,
  makeDisks,
  newMacAddress,
  prepareFirmware,
  readGuestDisk,
  relayCommand,
  rootHasGrown,
  type SmokeTest,
  smokeTestSchema,
} from '../vm/index.ts'
import { describeCast, describeRegistration, hideUrl, show, verdictText } from './smoke-narrator.ts'

/** Where the guest finds the broker: an address of QEMU's own network that leads to it and nowhere else. */
const guestSide = { host: '10.0.2.100', port: 5672 }
const gibibyte = 1024

const smokeInputs = z.object({
  image: z.string().describe('The image file, qcow2 or raw. It is opened read-only; the guest writes to an overlay.'),
  output: z
    .string()
    .default('out')
    .describe('Folder for smoke-test.json, smoke-test.xml and console.log; made when it is absent.'),
  until: z
    .enum(['registered', 'login'])
    .default('registered')
    .describe(
      'How far the guest must come; login stops at the login prompt, needs no broker, reaches no level and writes boot-test.json.',
    ),
  firmware: z
    .enum(['bios', 'uefi'])
    .default('bios')
    .describe('Firmware of the virtual machine; uefi uses OVMF with fresh variables.'),
  brokerUrl: z
    .string()
    .optional()
    .meta({ secret: true })
    .describe(
      'A RabbitMQ to use, amqp://USER:PASSWORD@HOST[:PORT]/VIRTUAL-HOST, with a virtual host that no Trove uses; by default one is started for the test. A given one cannot be asked for its connections: whether both answers came over one is then not compared.',
    ),
  datastore: z
    .enum(datastoreManagers)
    .default('mysql')
    .describe('The datastore whose manager the agent is told to load.'),
  datastoreVersion: z.string().default('8.0').describe("The datastore's version that the agent is told."),
  guestUser: z
    .string()
    .default(defaultOwner.user)
    .describe("Owner of the injected files, as the control plane's injected_config_owner says."),
  pingIntervalSeconds: z
    .int()
    .min(1)
    .default(60)
    .describe(
      'Seconds between the two rpc_pings that an agent must answer over one connection; less than 60 gives no level.',
    ),
  capSeconds: z
    .int()
    .min(10)
    .optional()
    .describe('Upper limit for the whole boot; by default 600 with KVM and 1800 without.'),
})
type Inputs = z.output<typeof smokeInputs>

/** Boots an image unchanged in a virtual machine and waits until its guest agent answers the control plane. */
export const smokeTest = defineStage({
  name: 'smoke-test',
  command: 'smoke',
  summary:
    'Boots the image unchanged in a virtual machine and waits until its agent answers over a real message broker.',
  positional: 'image',
  inputs: smokeInputs,
  outputs: z.object({
    smokeTest: z.string().describe('Path of smoke-test.json.'),
    level: z.enum(['none', 'registered']).describe('The level that was reached.'),
  }),
  check({ brokerUrl, until }) {
    if (brokerUrl === undefined) return
    parseBrokerUrl(brokerUrl)
    if (until === 'login') {
      throw new InputError('broker-url is of no use with until login, which needs no broker: leave one of them out')
    }
  },
  async run(inputs, platform, signal) {
    const startedAt = performance.now()
    if (inputs.brokerUrl !== undefined) hideUrl(inputs.brokerUrl, platform)
    const image = await probeImage(inputs.image, signal)
    // The config drive in it holds the broker's password.
    const folder = makeWorkFolder('smoke-test', 0o700)
    const [sha256, accelerator, broker] = await platform.group('Prepare the boot', () =>
      together<[string, Awaited<ReturnType<typeof measureAccelerator>>, Broker | undefined]>(signal, [
        own => sha256OfFile(image.path, own),
        own => measureAccelerator(own),
        own => chooseBroker(inputs, own),
      ]),
    )
    platform.log.info(`accelerator: ${accelerator.accelerator} (${accelerator.reason})`)
    try {
      const result = await platform.group('Boot the image', () =>
        bootAndJudge({ inputs, image, sha256, folder, accelerator: accelerator.accelerator, broker, platform, signal }),
      )
      const name = inputs.until === 'registered' ? 'smoke-test' : 'boot-test'
      const path = join(inputs.output, `${name}.json`)
      mkdirSync(inputs.output, { recursive: true })
      copyConsole(join(folder, 'console.log'), join(inputs.output, 'console.log'), secretsOf(broker))
      writeDocument(path, smokeTestSchema, result)
      writeFileSync(join(inputs.output, `${name}.xml`), formatSmokeJunit(result))
      const text = verdictText(result)
      return {
        outputs: { smokeTest: path, level: result.level },
        lines: [{ label: 'smoke', text, seconds: (performance.now() - startedAt) / 1000 }],
        verdict: { status: result.status, text },
      }
    } finally {
      await broker?.stop()
    }
  },
})

interface Work {
  readonly inputs: Inputs
  readonly image: ImageFile
  readonly sha256: string
  readonly folder: string
  readonly accelerator: Accelerator
  readonly broker: Broker | undefined
  readonly platform: Platform
  readonly signal: AbortSignal
}

async function chooseBroker(inputs: Inputs, signal: AbortSignal): Promise<Broker | undefined> {
  if (inputs.until === 'login') return undefined
  return inputs.brokerUrl === undefined ? startBroker(signal) : useBroker(inputs.brokerUrl)
}

/** What a guest may repeat on its console and in its logs, and nobody may read there. */
function secretsOf(broker: Broker | undefined): string[] {
  return broker ? passwordForms(broker.address.password) : []
}

async function bootAndJudge(work: Work): Promise<SmokeTest> {
  const { inputs, image, folder, broker, platform, signal } = work
  const guest = {
    guestId: newGuestId(),
    tenantId: randomBytes(16).toString('hex'),
    datastoreManager: inputs.datastore,
    datastoreVersion: inputs.datastoreVersion,
    encryptionKey: randomBytes(16).toString('hex'),
  }
  const conductor: string[] = []
  let sameConnection: boolean | null = null
  const conversation = broker && (await openConversation(broker, guest, conductor, platform))
  try {
    const limits = limitsFor(work.accelerator, inputs.capSeconds)
    const disks = await makeDisks(image, folder, signal)
    const macAddress = newMacAddress()
    // Without a broker the agent is told of an address that leads nowhere: the boot must not depend on it.
    const address = broker?.address ?? { host: '', port: 0, user: 'none', password: 'none', virtualHost: '/' }
    const configuration = agentConfiguration(address, broker?.facts.queueKind ?? 'classic-transient', guestSide)
    const userData = prepareCloudConfig(injectedFiles(guest, configuration), {
      ...defaultOwner,
      user: inputs.guestUser,
    })
    const instance = { id: guest.guestId, name: 'trove-smoke-test', projectId: guest.tenantId, macAddress, userData }
    const plan = {
      accelerator: work.accelerator,
      processors: 2,
      memoryMebibytes: 2 * gibibyte,
      firmware: prepareFirmware(inputs.firmware, folder),
      image,
      overlay: disks.overlay,
      dataDisk: disks.dataDisk,
      configDrive: await makeConfigDrive(configDriveFiles(instance), folder, signal),
      console: join(folder, 'console.log'),
      instanceId: guest.guestId,
      macAddress,
      ...(broker
        ? { forward: { ...guestSide, command: relayCommand(join(folder, 'relay.cjs'), broker.address) } }
        : {}),
    }
    const result = await boot({
      plan,
      limits,
      until: inputs.until,
      ...(broker && conversation
        ? {
            registration: (report: (event: string) => void, own: AbortSignal) =>
              awaitRegistration({
                broker,
                conversation,
                intervalSeconds: inputs.pingIntervalSeconds,
                pingLimitSeconds: limits.pingSeconds,
                onEvent: event => {
                  report(event.kind)
                  if (event.kind === 'lost' && event.reason === reconnected) sameConnection = false
                  platform.log.info(describeRegistration(event))
                },
                signal: own,
              }).then(({ consumer }) => {
                sameConnection = consumer === undefined ? null : true
              }),
          }
        : {}),
      onEvent: event => show(event, platform),
      signal,
    })
    for (const note of result.notes) platform.log.warning(`console: ${note}`)
    const sizes = { imageBytes: image.virtualSizeBytes, overlayBytes: disks.overlayBytes }
    const wantsDisk = result.ending.kind !== 'login'
    return judge({
      image: {
        name: basename(image.path),
        sha256: work.sha256,
        sha256After: await sha256OfFile(image.path, signal),
      },
      testedAt: new Date().toISOString(),
      until: inputs.until,
      firmware: inputs.firmware,
      accelerator: work.accelerator,
      broker: broker
        ? { ...broker.facts, own: broker.own }
        : { product: 'none', version: 'none', queueKind: 'none', own: true },
      boot: result,
      pingIntervalSeconds: inputs.pingIntervalSeconds,
      sameConnection,
      dataDiskFormatted: isFormatted(disks.dataDisk),
      rootFileSystemGrown: await rootHasGrown(disks.overlay, folder, sizes, signal),
      // Also after a success: how often the agent was restarted stands in the journal alone.
      disk: wantsDisk ? await readGuestDisk(disks.overlay, folder, work.accelerator, signal) : undefined,
      conductor,
      secrets: secretsOf(broker),
    })
  } finally {
    await conversation?.close()
  }
}

async function openConversation(
  broker: Broker,
  guest: { readonly guestId: string; readonly encryptionKey: string },
  conductor: string[],
  platform: Platform,
): Promise<Conversation> {
  const { product, version, queueKind } = broker.facts
  platform.log.info(
    `broker: ${product} ${version}, ${queueKind} queues, ${broker.own ? 'started for this test' : 'given'}`,
  )
  return Conversation.open({
    address: broker.address,
    queueKind,
    guestId: guest.guestId,
    encryptionKey: guest.encryptionKey,
    onCast: cast => {
      const text = describeCast(cast)
      conductor.push(...text.split('\n'))
      platform.log.info(`guest to conductor: ${text}`)
    },
  })
}
