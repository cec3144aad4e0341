import { randomBytes } from 'node:crypto'
import { basename, join } from 'node:path'
import {
  agentConfiguration,
  awaitRegistration,
  type Broker,
  Conversation,
  type DatastoreManager,
  defaultOwner,
  describeCast,
  injectedFiles,
  newGuestId,
  passwordForms,
  prepareCloudConfig,
  type RegistrationEvent,
  reconnected,
} from '../controlplane/index.ts'
import type { ImageFile } from '../guestfs/index.ts'
import type { Accelerator } from '../system/accelerator.ts'
import { sha256OfFile } from '../system/hash.ts'
import { type BootEvent, boot } from './boot.ts'
import { configDriveFiles, makeConfigDrive, newMacAddress } from './config-drive.ts'
import { isFormatted, rootHasGrown } from './disk-look.ts'
import { makeDisks } from './disks.ts'
import { prepareFirmware } from './firmware.ts'
import { readGuestDisk } from './guest-disk.ts'
import { limitsFor } from './limits.ts'
import type { MachinePlan } from './qemu-command.ts'
import { relayCommand } from './relay.ts'
import type { SmokeTest } from './smoke-document.ts'
import { judge } from './smoke-judgement.ts'

/** Where the guest finds the broker: an address of QEMU's own network that leads to it and nowhere else. */
const guestSide = { host: '10.0.2.100', port: 5672 }
const memoryMebibytes = 2048

/** What is booted, how far, and against which broker. */
export interface SmokeRequest {
  readonly image: ImageFile
  /** Of the image before the boot. */
  readonly sha256: string
  /** Nobody else's: the config drive that is made in it holds the broker's password. */
  readonly folder: string
  readonly accelerator: Accelerator
  /** Undefined when no agent is waited for. */
  readonly broker: Broker | undefined
  readonly until: 'registered' | 'login'
  readonly firmware: 'bios' | 'uefi'
  readonly datastore: DatastoreManager
  readonly datastoreVersion: string
  readonly guestUser: string
  readonly pingIntervalSeconds: number
  readonly capSeconds: number | undefined
  readonly onEvent: (event: SmokeEvent) => void
  readonly signal: AbortSignal
}

/** What is reported while the smoke test goes on. */
export type SmokeEvent =
  | BootEvent
  | { readonly kind: 'broker'; readonly broker: Broker }
  | { readonly kind: 'registration'; readonly event: RegistrationEvent }
  | { readonly kind: 'cast'; readonly text: string }
  | { readonly kind: 'note'; readonly text: string }

/** What a smoke test does to the world; other ones in tests. */
export const smokeDoors = {
  makeDisks,
  makeConfigDrive,
  prepareFirmware,
  boot,
  isFormatted,
  rootHasGrown,
  readGuestDisk,
  converse: Conversation.open,
}
export type SmokeDoors = typeof smokeDoors

/** What a guest may repeat on its console and in its logs, and nobody may read there. */
export function secretsOf(broker: Broker | undefined): string[] {
  return broker ? passwordForms(broker.address.password) : []
}

/** Where the guest's console is recorded. */
export function consoleIn(folder: string): string {
  return join(folder, 'console.log')
}

/**
 * Boots an image unchanged as Trove would have Nova boot it, waits for its agent, and judges what was seen.
 *
 * @throws EnvironmentError, InputError for what is not the image's fault; InterruptedError
 */
export async function smoke(request: SmokeRequest, doors: SmokeDoors = smokeDoors): Promise<SmokeTest> {
  const { image, folder, broker, onEvent, signal } = request
  const guest = {
    guestId: newGuestId(),
    tenantId: randomBytes(16).toString('hex'),
    datastoreManager: request.datastore,
    datastoreVersion: request.datastoreVersion,
    encryptionKey: randomBytes(16).toString('hex'),
  }
  const conductor: string[] = []
  if (broker) onEvent({ kind: 'broker', broker })
  const conversation =
    broker &&
    (await doors.converse({
      address: broker.address,
      queueKind: broker.facts.queueKind,
      guestId: guest.guestId,
      encryptionKey: guest.encryptionKey,
      onCast: cast => {
        const text = describeCast(cast)
        conductor.push(...text.split('\n'))
        onEvent({ kind: 'cast', text })
      },
    }))
  let sameConnection: boolean | null = null
  try {
    const limits = limitsFor(request.accelerator, request.capSeconds)
    const { plan, overlayBytes } = await planMachine(request, guest, doors)
    const register = async (report: (event: string) => void, own: AbortSignal) => {
      if (broker === undefined || conversation === undefined) return
      const { consumer } = await awaitRegistration({
        broker,
        conversation,
        intervalSeconds: request.pingIntervalSeconds,
        pingLimitSeconds: limits.pingSeconds,
        onEvent: event => {
          report(event.kind)
          if (event.kind === 'lost' && event.reason === reconnected) sameConnection = false
          onEvent({ kind: 'registration', event })
        },
        signal: own,
      })
      sameConnection = consumer === undefined ? null : true
    }
    const booted = await doors.boot({
      plan,
      limits,
      until: request.until,
      ...(conversation ? { registration: register } : {}),
      onEvent,
      signal,
    })
    for (const text of booted.notes) onEvent({ kind: 'note', text })
    const sizes = { imageBytes: image.virtualSizeBytes, overlayBytes }
    return judge({
      image: {
        name: basename(image.path),
        sha256: request.sha256,
        sha256After: await sha256OfFile(image.path, signal),
      },
      testedAt: new Date().toISOString(),
      until: request.until,
      firmware: request.firmware,
      accelerator: request.accelerator,
      broker: broker
        ? { ...broker.facts, own: broker.own }
        : { product: 'none', version: 'none', queueKind: 'none', own: true },
      boot: booted,
      pingIntervalSeconds: request.pingIntervalSeconds,
      sameConnection,
      dataDiskFormatted: doors.isFormatted(plan.dataDisk),
      rootFileSystemGrown: await doors.rootHasGrown(plan.overlay, folder, sizes, signal),
      // Also after a registration: how often the agent was restarted stands in the journal alone.
      disk:
        booted.ending.kind === 'login'
          ? undefined
          : await doors.readGuestDisk(plan.overlay, folder, request.accelerator, signal),
      conductor,
      secrets: secretsOf(broker),
    })
  } finally {
    await conversation?.close()
  }
}

/** Makes the disks and says what the machine is made of. */
async function planMachine(
  request: SmokeRequest,
  guest: Parameters<typeof injectedFiles>[0],
  doors: SmokeDoors,
): Promise<{ plan: MachinePlan; overlayBytes: number }> {
  const { image, folder, broker, signal } = request
  const { overlay, dataDisk, overlayBytes } = await doors.makeDisks(image, folder, signal)
  const macAddress = newMacAddress()
  // Without a broker the agent is told of an address that leads nowhere: the boot must not depend on it.
  const address = broker?.address ?? { host: '', port: 0, user: 'none', password: 'none', virtualHost: '/' }
  const configuration = agentConfiguration(address, broker?.facts.queueKind ?? 'classic-transient', guestSide)
  const userData = prepareCloudConfig(injectedFiles(guest, configuration), { ...defaultOwner, user: request.guestUser })
  const instance = { id: guest.guestId, name: 'trove-smoke-test', projectId: guest.tenantId, macAddress, userData }
  const plan: MachinePlan = {
    accelerator: request.accelerator,
    processors: 2,
    memoryMebibytes,
    firmware: doors.prepareFirmware(request.firmware, folder),
    image,
    overlay,
    dataDisk,
    configDrive: await doors.makeConfigDrive(configDriveFiles(instance), folder, signal),
    console: consoleIn(folder),
    instanceId: guest.guestId,
    macAddress,
    ...(broker ? { forward: { ...guestSide, command: relayCommand(join(folder, 'relay.cjs'), broker.address) } } : {}),
  }
  return { plan, overlayBytes }
}
