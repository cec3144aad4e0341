import { z } from 'zod'
import { sha256Schema } from '../system/documents.ts'

/** One suite of a package archive as it stood when the lock was written. */
export const lockedSuiteSchema = z.object({
  /** The mirror it was read from, without user name and password. */
  mirror: z.string(),
  suite: z.string(),
  /** SHA-256 of the InRelease file, whose signature was verified against `keyring`. */
  inRelease: sha256Schema,
  /** The archive's own `Date:`, ISO 8601. */
  date: z.iso.datetime(),
})

/** `lock.json`: everything that moves, resolved once. Written by fetch-base-image. */
export const lockSchema = z.object({
  schemaVersion: z.literal(1),
  /** When the lock was written, ISO 8601. */
  createdAt: z.iso.datetime(),
  distribution: z.string(),
  release: z.string(),
  architecture: z.string(),
  base: z.discriminatedUnion('source', [
    z.object({
      source: z.literal('minimal'),
      /** Why this mirror: the recipe's, the host's own configuration, or DIB's default. */
      mirrorFrom: z.enum(['recipe', 'host', 'dib-default']),
      mirror: z.string(),
      securityMirror: z.string(),
      /** Lines for DIB_APT_SOURCES_CONF: `name:deb URL SUITE COMPONENTS`. */
      sources: z.array(z.string()),
      /** The archive keyring on the host, absolute. */
      keyring: z.string(),
      suites: z.array(lockedSuiteSchema),
      /** Mirrors that DIB's element uses when nobody says otherwise: a guest may use them, whatever the build used. */
      publicMirrors: z.array(z.string()).optional(),
    }),
    z.object({
      source: z.literal('local'),
      file: z.string(),
      format: z.enum(['tar', 'qcow2', 'raw']),
      sizeBytes: z.int(),
      sha256: sha256Schema,
    }),
  ]),
})
export type Lock = z.infer<typeof lockSchema>
