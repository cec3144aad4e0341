import type { Inspection } from '../contract/index.ts'
import type { BuildRecord } from '../dib/index.ts'
import type { GuestInventory, ProofLevel } from '../publish/index.ts'
import type { SmokeTest } from '../vm/index.ts'

/** All that is known of an image when it is published; an image that others built comes with less. */
export interface ReportDocuments {
  readonly image: {
    readonly fileName: string
    readonly sha256: string
    readonly sizeBytes: number
    readonly format: 'qcow2' | 'raw'
    readonly virtualSizeBytes: number
  }
  readonly level: ProofLevel
  /** Faults that the publisher allowed by name, with what each means. */
  readonly allowed: readonly { readonly name: string; readonly meaning: string }[]
  readonly publishedAt: Date
  readonly record?: BuildRecord | undefined
  readonly inventory?: GuestInventory | undefined
  readonly inspection?: Inspection | undefined
  readonly smokeTest?: SmokeTest | undefined
  /** Files of the publication beside image, SHA256SUMS and report. */
  readonly documentNames: readonly string[]
}
