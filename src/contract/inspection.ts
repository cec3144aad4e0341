import { z } from 'zod'
import { sha256Schema } from '../system/documents.ts'

/** The result of one contract rule on one image. */
export const ruleResultSchema = z.object({
  /** Stable, kebab-case, never reused: `agent-user-in-docker-group`. */
  rule: z.string(),
  /** What the rule demands, one sentence. */
  title: z.string(),
  status: z.enum(['passed', 'failed', 'waived', 'unknown']),
  /** What was found: paths, values. Never a secret's value. With `passed`: why nothing was compared. */
  evidence: z.array(z.string()),
  /** What to do; empty when passed. */
  remedy: z.string(),
})
export type RuleResult = z.infer<typeof ruleResultSchema>

/** `inspection.json`: the verdict against the contract. Written by inspect-image. `unknown` counts as failed. */
export const inspectionSchema = z.object({
  schemaVersion: z.literal(1),
  image: z.object({ name: z.string(), sha256: sha256Schema }),
  inspectedAt: z.iso.datetime(),
  /** The user that the agent had to run as. */
  guestUser: z.string().optional(),
  /** Mirrors of the build that guests must not use; null when no lock.json was given, so that none was looked for. */
  buildMirrors: z.array(z.string()).nullable().optional(),
  status: z.enum(['passed', 'failed']),
  counts: z.object({ passed: z.int(), failed: z.int(), waived: z.int(), unknown: z.int() }),
  results: z.array(ruleResultSchema),
})
export type Inspection = z.infer<typeof inspectionSchema>
