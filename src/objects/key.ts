import { canonicalJson, sha256 } from '../system/documents.ts'

/**
 * What may be kept as an object. A finished image is none: it is published, never cached. On GitHub a few images would push
 * everything else out of a repository's cache.
 */
export const objectKinds = ['environment'] as const
export type ObjectKind = (typeof objectKinds)[number]

/** The name of an object: the digest of all that went into it. */
export interface ObjectKey {
  readonly kind: ObjectKind
  /** Lower-case hexadecimal SHA-256 over kind and parts. */
  readonly digest: string
  /** What went into it, for people who wonder why there was a miss. */
  readonly parts: Readonly<Record<string, string>>
}

/** Equal parts have equal keys. */
export function objectKey(kind: ObjectKind, parts: Readonly<Record<string, string>>): ObjectKey {
  return { kind, digest: sha256(canonicalJson({ kind, parts })), parts }
}
