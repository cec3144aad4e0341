import { z } from 'zod'
import { sha256Schema } from '../system/documents.ts'

/** What has been shown about an image. Only `database`, which this version does not reach yet, may be called proven. */
export const proofLevels = ['none', 'inspected', 'registered'] as const
export type ProofLevel = (typeof proofLevels)[number]

/** `publication.json`: what was published, with the level that was reached. Written by publish-image, after all else. */
export const publicationSchema = z.object({
  schemaVersion: z.literal(1),
  publishedAt: z.iso.datetime(),
  recipe: z.string().nullable(),
  level: z.enum(proofLevels),
  /** What would have kept the image from being published, had the caller not allowed it by name. */
  allowed: z.array(z.string()),
  image: z.object({ name: z.string(), sha256: sha256Schema, sizeBytes: z.int() }),
  /** Every file of the publication but this one; names relative to it. */
  files: z.array(z.object({ name: z.string(), sha256: sha256Schema })),
})
export type Publication = z.infer<typeof publicationSchema>
