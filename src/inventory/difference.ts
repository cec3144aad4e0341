import type { z } from 'zod'
import { inventorySchema } from './inventory.ts'

/** The part of an inventory that two images are compared by. */
export const comparedInventorySchema = inventorySchema.pick({ image: true, packages: true })
export type ComparedInventory = z.infer<typeof comparedInventorySchema>

interface Sizes {
  readonly before: number
  readonly now: number
}

/** What has changed from one image to the next. */
export interface InventoryDifference {
  /** Name of the earlier image file, and whether it has the same bytes. */
  readonly previous: string
  readonly sameBytes: boolean
  readonly fileBytes: Sizes
  readonly virtualBytes: Sizes
  readonly packages: Sizes
  readonly added: readonly { readonly name: string; readonly version: string }[]
  readonly removed: readonly { readonly name: string; readonly version: string }[]
  readonly changed: readonly { readonly name: string; readonly from: string; readonly to: string }[]
}

/** Compares two images by size and by their installed packages, of the same architecture by name. Pure. */
export function differenceBetween(before: ComparedInventory, now: ComparedInventory): InventoryDifference {
  const old = versionsOf(before)
  const present = versionsOf(now)
  const names = [...new Set([...old.keys(), ...present.keys()])].toSorted()
  const entries = names.map(name => ({ name, from: old.get(name), to: present.get(name) }))
  return {
    previous: before.image.name,
    sameBytes: before.image.sha256 === now.image.sha256,
    fileBytes: { before: before.image.sizeBytes, now: now.image.sizeBytes },
    virtualBytes: { before: before.image.virtualSizeBytes, now: now.image.virtualSizeBytes },
    packages: { before: old.size, now: present.size },
    added: entries.flatMap(({ name, from, to }) => (from === undefined && to ? [{ name, version: to }] : [])),
    removed: entries.flatMap(({ name, from, to }) => (to === undefined && from ? [{ name, version: from }] : [])),
    changed: entries.flatMap(({ name, from, to }) => (from && to && from !== to ? [{ name, from, to }] : [])),
  }
}

function versionsOf({ packages }: ComparedInventory): Map<string, string> {
  const installed = packages.filter(({ state }) => state === 'installed')
  const counts = Map.groupBy(installed, ({ name }) => name)
  return new Map(
    installed.map(({ name, architecture, version }) => {
      const several = (counts.get(name)?.length ?? 0) > 1
      return [several ? `${name}:${architecture}` : name, version]
    }),
  )
}
