import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { z } from 'zod'
import { type Inspection, inspectionSchema } from '../contract/index.ts'
import { type BuildRecord, buildRecordSchema } from '../dib/index.ts'
import { inventorySchema } from '../inventory/index.ts'
import { readDocument } from '../system/documents.ts'
import { InputError } from '../system/errors.ts'
import { type SmokeTest, smokeTestSchema } from '../vm/index.ts'

/** The part of the inventory that a publication speaks of. */
const guestInventorySchema = inventorySchema.pick({
  image: true,
  system: true,
  packages: true,
  kernels: true,
  units: true,
})
export type GuestInventory = z.infer<typeof guestInventorySchema>

/** Where documents may lie. A path that is given is the only one looked at. */
export interface EvidencePlaces {
  /** Folders looked through in this order. */
  readonly folders: readonly string[]
  readonly inspection?: string | undefined
  readonly smokeTest?: string | undefined
  readonly record?: string | undefined
}

/** What is written about an image. */
export interface Evidence {
  /** May be of another image, which then is what is wrong with it; so may the smoke test. */
  readonly inspection?: Inspection | undefined
  readonly smokeTest?: SmokeTest | undefined
  readonly record?: BuildRecord | undefined
  readonly inventory?: GuestInventory | undefined
  /** The files that speak of this image, by the names under which they are published. */
  readonly files: readonly { readonly name: string; readonly path: string }[]
}

interface Found<Content> {
  readonly path: string
  readonly content: Content
  /** Whether it speaks of the bytes asked for. */
  readonly own: boolean
}

/**
 * Reads the documents about the bytes with one digest. Of several in different folders the first that speaks of them counts.
 *
 * @throws InputError when a document cannot be read, or a given build record is of another image
 */
export function collectEvidence(sha256: string, places: EvidencePlaces): Evidence {
  const find = <Schema extends z.ZodType>(
    name: string,
    given: string | undefined,
    schema: Schema,
    speaksOf: (content: z.output<Schema>) => boolean,
  ): Found<z.output<Schema>> | undefined => {
    const paths = given === undefined ? places.folders.map(folder => join(folder, name)).filter(existsSync) : [given]
    const found = paths.map(path => {
      const content = readDocument(path, schema)
      return { path, content, own: speaksOf(content) }
    })
    return found.find(({ own }) => own) ?? found[0]
  }
  const named = ({ image }: { image: { sha256: string } }) => image.sha256 === sha256
  const inspection = find('inspection.json', places.inspection, inspectionSchema, named)
  const smokeTest = find('smoke-test.json', places.smokeTest, smokeTestSchema, named)
  const record = find('image.json', places.record, buildRecordSchema, ({ files }) =>
    files.some(file => file.sha256 === sha256),
  )
  if (record && !record.own && places.record !== undefined) {
    throw new InputError(
      `record ${places.record} is not of this image: none of its files has sha256 ${sha256}; ` +
        'give the image.json that build-image wrote with it, or leave it out',
    )
  }
  // The inventory is what the inspection was made from: it lies beside it.
  const beside = (document: Found<unknown> | undefined, name: string) =>
    document?.own ? join(dirname(document.path), name) : undefined
  const inventoryPath = beside(inspection, 'inventory.json')
  const inventory =
    inventoryPath !== undefined && existsSync(inventoryPath)
      ? find('inventory.json', inventoryPath, guestInventorySchema, named)
      : undefined
  const candidates: readonly (readonly [string, string | undefined])[] = [
    ['image.json', record?.own ? record.path : undefined],
    ['inventory.json', inventory?.own ? inventory.path : undefined],
    ['inspection.json', inspection?.own ? inspection.path : undefined],
    ['inspection.xml', beside(inspection, 'inspection.xml')],
    ['smoke-test.json', smokeTest?.own ? smokeTest.path : undefined],
    ['smoke-test.xml', beside(smokeTest, 'smoke-test.xml')],
  ]
  return {
    inspection: inspection?.content,
    smokeTest: smokeTest?.content,
    record: record?.own ? record.content : undefined,
    inventory: inventory?.own ? inventory.content : undefined,
    files: candidates.flatMap(([name, path]) => (path !== undefined && existsSync(path) ? [{ name, path }] : [])),
  }
}
