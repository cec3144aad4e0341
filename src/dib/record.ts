import { z } from 'zod'
import { agentSchema } from '../agent/index.ts'
import { checkoutSchema } from '../checkout/index.ts'
import { sha256Schema } from '../system/documents.ts'

const timedSchema = z.object({ name: z.string(), seconds: z.number() })

/** `image.json`, the build record: what an image was made of and by what. Written by build-image. */
export const buildRecordSchema = z.object({
  schemaVersion: z.literal(1),
  recipe: z.string(),
  planDigest: sha256Schema.nullable(),
  projectVersion: z.string(),
  dibVersion: z.string(),
  /** The checkout that diskimage-builder was made of; null when it was a release. */
  dibCheckout: checkoutSchema.nullable().default(null),
  /** Where the guest agent came from; with the commits when it was built from a checkout. */
  agent: agentSchema.default({ source: 'distribution' }),
  builtAt: z.iso.datetime(),
  architecture: z.string(),
  distribution: z.string(),
  release: z.string(),
  /** The files made, by format; names relative to the record. */
  files: z.array(
    z.object({
      name: z.string(),
      format: z.enum(['qcow2', 'raw']),
      sha256: sha256Schema,
      sizeBytes: z.int(),
      virtualSizeBytes: z.int(),
    }),
  ),
  /** The package archive as apt had it at the end of the build; `locked` when the lock names the same bytes. */
  archiveStates: z.array(z.object({ file: z.string(), sha256: sha256Schema, locked: z.boolean() })).default([]),
  rootFileSystem: z.object({ sizeBytes: z.int(), packages: z.int() }),
  /** DIB's phases (`root.d` ...), with their hooks, in order. */
  phases: z.array(timedSchema.extend({ hooks: z.array(timedSchema) })),
  /** The disk step's parts: mend, file-system, boot-loader, convert ... Some run at once: they add up to more than the step. */
  diskSteps: z.array(timedSchema),
  /** How long diskimage-builder and the disk step took, by the clock. Older records lack it. */
  seconds: z.object({ rootFileSystem: z.number(), disk: z.number() }).optional(),
  /** Versions of the programs used, by name. */
  tools: z.record(z.string(), z.string()),
})
export type BuildRecord = z.infer<typeof buildRecordSchema>
