import { sha256 } from '../system/documents.ts'
import { InputError } from '../system/errors.ts'

const sectorBytes = 512
const mebibyte = 1024 * 1024

/** The label that DIB's fstab and cloud images of every distribution use for the root file system. */
export const rootLabel = 'cloudimg-rootfs'
/** Label of the EFI system partition's file system. */
export const efiLabel = 'EFI'

/** One partition of the disk, in bytes from the disk's start. */
export interface Partition {
  readonly name: 'bios-boot' | 'efi' | 'root'
  readonly startBytes: number
  readonly sizeBytes: number
  /** GPT type, from the UEFI specification and the Discoverable Partitions Specification. */
  readonly type: string
}

/** GPT with a BIOS boot partition, an EFI system partition, and root last so that it can grow at first boot. */
export interface DiskLayout {
  readonly sizeBytes: number
  readonly biosBoot: Partition
  readonly efi: Partition
  readonly root: Partition
}

/** Names that the disk carries. From one seed always the same, so that equal plans differ in as little as possible. */
export interface DiskIdentity {
  readonly disk: string
  readonly biosBoot: string
  readonly efi: string
  readonly root: string
  readonly fileSystem: string
  readonly directoryHashSeed: string
}

/**
 * Lays out a disk. GRUB's core image is below 100 KiB and its EFI program below 5 MiB; 1 and 64 MiB leave room for a
 * signed boot chain.
 *
 * @throws InputError when the disk is too small to hold a root partition, or not a multiple of 1 MiB
 */
export function diskLayout(sizeBytes: number): DiskLayout {
  if (sizeBytes % mebibyte !== 0) {
    throw new InputError(`image size ${sizeBytes} bytes is not a multiple of 1 MiB`)
  }
  const biosBoot: Partition = {
    name: 'bios-boot',
    startBytes: mebibyte,
    sizeBytes: mebibyte,
    type: '21686148-6449-6E6F-744E-656564454649',
  }
  const efi: Partition = {
    name: 'efi',
    startBytes: 2 * mebibyte,
    sizeBytes: 64 * mebibyte,
    type: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B',
  }
  const startBytes = efi.startBytes + efi.sizeBytes
  const root: Partition = {
    name: 'root',
    startBytes,
    // The last MiB holds GPT's second table.
    sizeBytes: sizeBytes - startBytes - mebibyte,
    type: '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709',
  }
  if (root.sizeBytes < 64 * mebibyte) {
    throw new InputError(`image size ${sizeBytes / mebibyte} MiB leaves no room for a root file system`)
  }
  return { sizeBytes, biosBoot, efi, root }
}

/** The names of a disk from a seed, such as its plan's digest. */
export function diskIdentity(seed: string): DiskIdentity {
  const uuid = (what: string) => uuidFrom(sha256(`${what} of ${seed}`))
  return {
    disk: uuid('disk'),
    biosBoot: uuid('bios-boot'),
    efi: uuid('efi'),
    root: uuid('root'),
    fileSystem: uuid('file system'),
    directoryHashSeed: uuid('directory hash'),
  }
}

/** Input for `sfdisk`. */
export function partitionTable(layout: DiskLayout, identity: DiskIdentity): string {
  const line = (partition: Partition, uuid: string) =>
    `start=${partition.startBytes / sectorBytes}, size=${partition.sizeBytes / sectorBytes}, ` +
    `type=${partition.type}, uuid=${uuid}, name="${partition.name}"`
  return [
    'label: gpt',
    `label-id: ${identity.disk}`,
    line(layout.biosBoot, identity.biosBoot),
    line(layout.efi, identity.efi),
    line(layout.root, identity.root),
    '',
  ].join('\n')
}

/** An UUID of version 8 (RFC 9562: the meaning of its bits is the maker's) from hexadecimal digits. */
function uuidFrom(digest: string): string {
  const variant = ((Number.parseInt(digest.slice(16, 17), 16) & 0x3) | 0x8).toString(16)
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `8${digest.slice(13, 16)}`,
    `${variant}${digest.slice(17, 20)}`,
    digest.slice(20, 32),
  ].join('-')
}
