import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import {
  type Broker,
  datastoreManagers,
  defaultOwner,
  parseBrokerUrl,
  startBroker,
  useBroker,
} from '../controlplane/index.ts'
import { probeImage } from '../guestfs/index.ts'
import type { Platform } from '../platform.ts'
import { formatSmokeJunit, smokeSection } from '../report/index.ts'
import { defineStage } from '../stage.ts'
import { type AcceleratorMeasurement, measureAccelerator } from '../system/accelerator.ts'
import { writeDocument } from '../system/documents.ts'
import { InputError } from '../system/errors.ts'
import { sha256OfFile } from '../system/hash.ts'
import { makeWorkFolder } from '../system/journal.ts'
import { makeOutputFolder } from '../system/output-folder.ts'
import { together } from '../system/together.ts'
import { consoleIn, copyConsole, secretsOf, smoke, smokeTestSchema } from '../vm/index.ts'
import { failureLogsField } from './failure-logs-field.ts'
import { checkImageInputs, imageFields, requireImage, takeImage } from './image-input.ts'
import { hideUrl, show, verdictText } from './smoke-narrator.ts'

const smokeInputs = z.object({
  image: z
    .string()
    .optional()
    .describe(
      'The image file, qcow2 or raw. It is opened read-only; the guest writes to an overlay. Or give image-artifact.',
    ),
  ...imageFields,
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
      'A RabbitMQ to use, amqp://USER:PASSWORD@HOST[:PORT]/VIRTUAL-HOST, with a virtual host that no Trove uses; by default one is started for the test. A given one cannot be asked for its connections: whether one carried both answers stays unknown, and no level is reached.',
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
  ...failureLogsField,
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
  check(inputs) {
    checkImageInputs(inputs)
    requireImage(inputs.image ?? inputs.imageArtifact)
    const { brokerUrl, until } = inputs
    if (brokerUrl === undefined) return
    parseBrokerUrl(brokerUrl)
    if (until === 'login') {
      throw new InputError('broker-url is of no use with until login, which needs no broker: leave one of them out')
    }
  },
  failureFiles({ output, until }) {
    const name = until === 'registered' ? 'smoke-test' : 'boot-test'
    return [`${name}.json`, `${name}.xml`, 'console.log'].map(file => join(output, file))
  },
  run: (inputs, platform, signal) => runSmokeTest(inputs, platform, signal),
})

/** What the stage asks of the world; other ones in tests. */
const realDoors = { probeImage, measureAccelerator, startBroker, useBroker, smoke }

/** The stage's work. */
export async function runSmokeTest(inputs: Inputs, platform: Platform, signal: AbortSignal, doors = realDoors) {
  const startedAt = performance.now()
  if (inputs.brokerUrl !== undefined) hideUrl(inputs.brokerUrl, platform)
  const image = await doors.probeImage(requireImage(await takeImage(inputs, platform, signal)), signal)
  // The config drive in it holds the broker's password.
  const folder = makeWorkFolder('smoke-test', 0o700)
  const chooseBroker = async (own: AbortSignal) => {
    if (inputs.until === 'login') return undefined
    return inputs.brokerUrl === undefined ? doors.startBroker(own) : doors.useBroker(inputs.brokerUrl)
  }
  const [sha256, { accelerator, reason }, broker] = await platform.group('Prepare the boot', () =>
    together<[string, AcceleratorMeasurement, Broker | undefined]>(signal, [
      own => sha256OfFile(image.path, own),
      own => doors.measureAccelerator(own),
      chooseBroker,
    ]),
  )
  platform.log.info(`accelerator: ${accelerator} (${reason})`)
  try {
    const { until, firmware, datastore, datastoreVersion, guestUser, pingIntervalSeconds, capSeconds } = inputs
    const result = await platform.group('Boot the image', () =>
      doors.smoke({
        image,
        sha256,
        folder,
        accelerator,
        broker,
        until,
        firmware,
        datastore,
        datastoreVersion,
        guestUser,
        pingIntervalSeconds,
        capSeconds,
        onEvent: event => show(event, platform),
        signal,
      }),
    )
    const name = until === 'registered' ? 'smoke-test' : 'boot-test'
    const path = join(inputs.output, `${name}.json`)
    makeOutputFolder(inputs.output)
    await copyConsole(consoleIn(folder), join(inputs.output, 'console.log'), secretsOf(broker))
    writeDocument(path, smokeTestSchema, result)
    writeFileSync(join(inputs.output, `${name}.xml`), formatSmokeJunit(result))
    await platform.summary(smokeSection(result, 3))
    const text = verdictText(result)
    return {
      outputs: { smokeTest: path, level: result.level },
      lines: [{ label: 'smoke', text, seconds: (performance.now() - startedAt) / 1000 }],
      verdict: { status: result.status, text },
    }
  } finally {
    await broker?.stop()
  }
}
