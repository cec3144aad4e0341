import { z } from 'zod'
import { sha256Schema } from '../system/documents.ts'

/** The steps of the agent's start-up, in order; `reached` names the last one that was proven. */
export const startUpSteps = [
  'none',
  'boot',
  'network',
  'configuration-injected',
  'unit-started',
  'user-and-group',
  'volume',
  'docker',
  'broker-connection',
  'rpc',
] as const

/** The two answers that make the level `registered` are at least this far apart. */
export const registeredIntervalSeconds = 60

/** `smoke-test.json`: what happened when the image was booted unchanged. Written by smoke-test. */
export const smokeTestSchema = z.object({
  schemaVersion: z.literal(1),
  image: z.object({ name: z.string(), sha256: sha256Schema, sha256After: sha256Schema }),
  testedAt: z.iso.datetime(),
  status: z.enum(['passed', 'failed']),
  /**
   * `registered` only when the agent answered the control plane twice, at least 60 s apart, over one connection by the
   * broker's own listing; else `none`.
   */
  level: z.enum(['none', 'registered']),
  reached: z.enum(startUpSteps),
  /** What ended the wait: `registered`, or the failure that came first (`console: kernel panic` ...). */
  endedBy: z.string(),
  /** What is likely wrong and what to do; empty when passed. */
  cause: z.string(),
  firmware: z.enum(['bios', 'uefi']),
  accelerator: z.enum(['kvm', 'tcg']),
  broker: z.object({ product: z.string(), version: z.string(), queueKind: z.string(), own: z.boolean() }),
  /** Seconds since QEMU was started. */
  timeline: z.array(z.object({ event: z.string(), seconds: z.number() })),
  /** Between the two pings; null when no agent was waited for. Absent from documents older than the field. */
  pingIntervalSeconds: z.int().nullable().optional(),
  /**
   * Whether one connection carried both answers, by the broker's own listing; null when it could not be compared, as with
   * every broker that is not ours. Absent from documents older than the field.
   */
  sameConnection: z.boolean().nullable().optional(),
  rootFileSystemGrown: z.boolean(),
  /** systemd's NRestarts of the agent's unit; null when it could not be read. */
  agentRestarts: z.int().nullable(),
  /** The console's last lines, when failed. */
  consoleTail: z.array(z.string()),
  /** Last lines of the journal and of the agent's log, read from the disk afterwards, when failed. */
  guestLogs: z.record(z.string(), z.array(z.string())),
})
export type SmokeTest = z.infer<typeof smokeTestSchema>
