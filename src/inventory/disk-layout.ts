import { z } from 'zod'
import { names } from './fstab.ts'
import type { Inventory } from './inventory.ts'

type Disk = Inventory['disk']

const sfdiskSchema = z.object({
  partitiontable: z.object({
    label: z.string(),
    sectorsize: z.int().default(512),
    partitions: z
      .array(
        z.object({ node: z.string(), start: z.int(), size: z.int(), type: z.string(), name: z.string().default('') }),
      )
      .default([]),
  }),
})

/** Partition type of an EFI system partition: GPT's GUID, and the byte of a DOS table. */
const efiTypes = ['c12a7328-f81f-11d2-ba4b-00a0c93ec93b', 'ef']

/** Reads `sfdisk --json`; empty text is a disk without a partition table. */
export function parsePartitions(text: string): Pick<Disk, 'partitionTable' | 'partitions'> & { nodes: string[] } {
  if (text.trim() === '') return { partitionTable: 'none', partitions: [], nodes: [] }
  const { label, sectorsize, partitions } = sfdiskSchema.parse(JSON.parse(text)).partitiontable
  const sorted = partitions.toSorted((left, right) => left.start - right.start)
  return {
    partitionTable: label === 'gpt' ? 'gpt' : 'dos',
    partitions: sorted.map(({ node, start, size, type, name }) => ({
      number: partitionNumber(node),
      type: type.toLowerCase(),
      name,
      startBytes: start * sectorsize,
      sizeBytes: size * sectorsize,
    })),
    nodes: sorted.map(partition => partition.node),
  }
}

/** A file system with the appliance's name for its device, which differs from run to run. */
export type FoundFileSystem = Omit<Disk['fileSystems'][number], 'partition' | 'mountPoint'> & {
  readonly device: string
}

/** Reads `blkid -o export` of all devices; those that hold a file system. */
export function parseBlkid(text: string): FoundFileSystem[] {
  return text.split(/\n{2,}/).flatMap(stanza => {
    const fields = new Map(
      stanza.split('\n').map(line => {
        const equals = line.indexOf('=')
        return [line.slice(0, equals), line.slice(equals + 1).replaceAll(/\\(.)/g, '$1')] as const
      }),
    )
    const field = (name: string) => fields.get(name) ?? ''
    if (field('DEVNAME') === '' || field('TYPE') === '') return []
    return [
      {
        device: field('DEVNAME'),
        type: field('TYPE'),
        label: field('LABEL'),
        uuid: field('UUID'),
        partitionLabel: field('PARTLABEL'),
        partitionUuid: field('PARTUUID'),
      },
    ]
  })
}

/**
 * Puts file systems into the tree: root where the operating system was found, others by fstab; an EFI system partition
 * that fstab does not name belongs to /boot/efi.
 */
export function placeFileSystems(
  found: readonly FoundFileSystem[],
  layout: ReturnType<typeof parsePartitions>,
  rootDevice: string,
  fstab: Inventory['fstab'],
): (FoundFileSystem & Disk['fileSystems'][number])[] {
  const taken = new Set<string>()
  return found.map(fileSystem => {
    const partition = layout.nodes.includes(fileSystem.device) ? partitionNumber(fileSystem.device) : 0
    const placed = { ...fileSystem, partition, mountPoint: null }
    const type = layout.partitions.find(entry => entry.number === partition)?.type ?? ''
    const wanted =
      fileSystem.device === rootDevice
        ? '/'
        : (fstab.find(entry => entry.mountPoint.startsWith('/') && names(entry.device, placed))?.mountPoint ??
          (efiTypes.includes(type) ? '/boot/efi' : null))
    if (wanted === null || taken.has(wanted)) return placed
    taken.add(wanted)
    return { ...placed, mountPoint: wanted }
  })
}

function partitionNumber(node: string): number {
  return Number(/(\d+)$/.exec(node)?.[1] ?? 0)
}
