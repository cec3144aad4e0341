import { z } from 'zod'
import { agentSchema } from '../agent/index.ts'
import { checkoutSchema } from '../checkout/index.ts'
import { recipeSchema } from '../recipe/index.ts'
import { sha256Schema } from '../system/documents.ts'

/** One element of the resolved list. */
export const plannedElementSchema = z.object({
  name: z.string(),
  /** Which element path it was found in: DIB's own, this project's `elements/`, or the recipe's n-th `element-paths`. */
  origin: z.enum(['dib', 'project', 'recipe']),
  /** Digest over names, modes and content of its files: renaming, editing and chmod change it, a copy elsewhere does not. */
  digest: sha256Schema,
  /** Who asked for it: `recipe`, or the elements that depend on it. */
  requestedBy: z.array(z.string()),
})

/** `plan.json`: everything that a build will do, resolved. Written by assemble-elements. Equal plans have equal digests. */
export const planSchema = z.object({
  schemaVersion: z.literal(1),
  /**
   * SHA-256 over canonical JSON of all fields but this, `lockFile`, `elementPaths`, `agentPlaces`,
   * `placeEnvironment`, the recipe's places of the agent and `warnings` (places, not content), with the lock's suites. Null when there is no lock: the plan is unresolved.
   */
  digest: sha256Schema.nullable(),
  projectVersion: z.string(),
  recipe: recipeSchema,
  dib: z.object({
    version: z.string(),
    /**
     * `private`: the environment that setup-host makes of a release; `system`: the distribution's package; `checkout`: an
     * environment that setup-host made of a git checkout.
     */
    from: z.enum(['private', 'system', 'checkout']),
    checkout: checkoutSchema.nullable(),
    /** Digest of DIB's own code below `diskimage_builder/`: the printed version can be wrong. */
    codeDigest: sha256Schema,
  }),
  /** Where the guest agent comes from; with the commit when it is built from a checkout. */
  agent: agentSchema,
  /** Where that checkout and the constraints file lie; absolute. Null when the agent is the distribution's. */
  agentPlaces: z.object({ checkout: z.string(), constraintsFile: z.string() }).nullable(),
  /** Elements as typed on DIB's command line, in order. */
  typedElements: z.array(z.string()),
  /** All elements after resolution, sorted by name. */
  elements: z.array(plannedElementSchema),
  /** ELEMENTS_PATH without DIB's own, in order; absolute. */
  elementPaths: z.array(z.string()),
  /** What DIB sees beyond PATH, HOME, USER and TMPDIR; no secrets. */
  environment: z.record(z.string(), z.string()),
  /** What DIB sees besides, of the folders of this machine. */
  placeEnvironment: z.record(z.string(), z.string()),
  /** `-p`: packages that the recipe adds. */
  packages: z.array(z.string()),
  /** Hooks in the order in which they will run. */
  hooks: z.array(z.object({ phase: z.string(), name: z.string(), element: z.string() })),
  /** The lock that the plan was made with, relative to the plan; null when unresolved. */
  lockFile: z.string().nullable(),
  /** Digest of the lock without its time of writing. */
  lockDigest: sha256Schema.nullable(),
  image: z.object({
    /** File name without extension: `trove-guest-debian-trixie-amd64`. */
    name: z.string(),
    sizeBytes: z.int(),
    formats: z.array(z.enum(['qcow2', 'raw'])),
    compression: z.enum(['zstd', 'zlib', 'none']),
    disk: z.enum(['own', 'dib']),
  }),
  warnings: z.array(z.string()),
})
export type Plan = z.infer<typeof planSchema>
