import { z } from 'zod'
import { sha256Schema } from '../system/documents.ts'

/** `publication.json`: what was published, with the level that was reached. Written by publish-image. */
export const publicationSchema = z.object({
  schemaVersion: z.literal(1),
  publishedAt: z.iso.datetime(),
  recipe: z.string().nullable(),
  level: z.enum(['none', 'inspected', 'registered']),
  image: z.object({ name: z.string(), sha256: sha256Schema, sizeBytes: z.int() }),
  /** Every file of the publication but this one; names relative to it. */
  files: z.array(z.object({ name: z.string(), sha256: sha256Schema })),
})
export type Publication = z.infer<typeof publicationSchema>
