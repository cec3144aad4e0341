import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { cacheFolder } from '../system/home.ts'
import type { PhaseTiming } from './log.ts'

/** How long the parts of a build took the last time it went well. */
const timingsSchema = z.object({
  /** Seconds by `phase/hook`, and by phase for the work between phases. */
  parts: z.record(z.string(), z.number()),
  /** Of the root file system in blocks of 4 KiB; what the disk must hold. */
  treeBytes: z.int().optional(),
})
export type BuildTimings = z.infer<typeof timingsSchema>

const fileSchema = z.record(z.string(), timingsSchema)

/** `timings.json` below the user's cache: one entry per image name, which says distribution, release and architecture. */
export function timingsFile(): string {
  return join(cacheFolder(), 'timings.json')
}

/** What is known of earlier builds; nothing when the file is missing or damaged, because it only serves estimates. */
export function readTimings(image: string, file = timingsFile()): BuildTimings | undefined {
  return readAll(file)[image]
}

/** Keeps the times of a build for the next; parts that it did not have stay. */
export function writeTimings(image: string, timings: BuildTimings, file = timingsFile()): void {
  const all = readAll(file)
  const before = all[image]
  all[image] = { ...before, ...timings, parts: { ...before?.parts, ...timings.parts } }
  mkdirSync(dirname(file), { recursive: true })
  const partial = `${file}.${process.pid}`
  writeFileSync(partial, `${JSON.stringify(all, null, 2)}\n`)
  renameSync(partial, file)
}

/** The parts of DIB's run: each hook, and each phase for what it took beyond its hooks. */
export function partsOf(phases: readonly PhaseTiming[]): Record<string, number> {
  const parts: Record<string, number> = {}
  for (const phase of phases) {
    let rest = phase.seconds
    for (const hook of phase.hooks) {
      parts[`${phase.name}/${hook.name}`] = hook.seconds
      rest -= hook.seconds
    }
    parts[phase.name] = Math.max(0, Math.round(rest * 1000) / 1000)
  }
  return parts
}

function readAll(file: string): Record<string, BuildTimings> {
  if (!existsSync(file)) return {}
  try {
    return fileSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return {}
  }
}

/** Where a build stands. */
export interface Position {
  /** Parts that are over. */
  readonly finished: ReadonlySet<string>
  /** The part that runs now, and since when. */
  readonly current: { readonly part: string; readonly seconds: number } | undefined
}

export interface Estimate {
  readonly remainingSeconds: number
  /** From 0 to 1. */
  readonly fraction: number
}

/**
 * What remains, from the last build's times. A part that takes longer than last time counts as nearly over; one that is not
 * known counts for nothing. Undefined without a history.
 */
export function estimate(history: BuildTimings | undefined, position: Position): Estimate | undefined {
  const parts = Object.entries(history?.parts ?? {})
  const total = parts.reduce((sum, [, seconds]) => sum + seconds, 0)
  if (total <= 0) return undefined
  let remaining = 0
  for (const [part, seconds] of parts) {
    if (position.finished.has(part)) continue
    const elapsed = position.current?.part === part ? position.current.seconds : 0
    remaining += Math.max(0, seconds - elapsed)
  }
  return { remainingSeconds: remaining, fraction: Math.round((1 - remaining / total) * 1000) / 1000 }
}
