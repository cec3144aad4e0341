import type { z } from 'zod'
import type { Platform } from './platform.ts'

/** A flat object of the types that JSON Schema can express: string, boolean, integer, enum, list of strings. */
export type InputShape = z.ZodObject

/** The result of a check: a stage that judges returns one, and the door decides what a failure means (`fail-on`). */
export interface Verdict {
  readonly status: 'passed' | 'failed'
  /** One line for people: counts, times, what failed first. */
  readonly text: string
}

/** A line of the table that ends a run: `inspect     38 passed, 0 failed, 1 waived     31 s`. */
export interface SummaryLine {
  /** One word: lock, plan, build, disk, inspect, smoke, publish. */
  readonly label: string
  readonly text: string
  /** How long it took; left out, the door prints the stage's own time. */
  readonly seconds?: number
}

export interface StageResult<Outputs> {
  readonly outputs: Outputs
  readonly lines: readonly SummaryLine[]
  readonly verdict?: Verdict
}

/** Another command for a stage: `doctor` is setup that changes nothing. */
export interface Alias {
  readonly fixed: Readonly<Record<string, unknown>>
  /** A full sentence: what this command does. */
  readonly summary: string
}

/**
 * One step of the chain. The schema is the only place where an input has a name, a type, a default and a description;
 * command line, help and action.yml are made from it.
 */
export interface Stage<Inputs extends InputShape = InputShape, Outputs extends InputShape = InputShape> {
  /** The stage's name in full, as the action's folder: `inspect-image`. */
  readonly name: string
  /** Its command at a terminal: `inspect`. */
  readonly command: string
  /** Other commands that run this stage with inputs fixed beforehand: `doctor` is setup with dryRun. */
  readonly aliases?: Readonly<Record<string, Alias>>
  /** A full sentence: what the stage does. */
  readonly summary: string
  /** The key of the input that the command line takes without a flag. */
  readonly positional?: keyof z.infer<Inputs> & string
  readonly inputs: Inputs
  readonly outputs: Outputs
  /** Rules that span several inputs; throws InputError. Pure. */
  check?(inputs: z.output<Inputs>): void
  /** Files in one folder that tell why the stage failed; with it goes the input `failureLogs`. Pure. */
  failureFiles?(inputs: z.output<Inputs>): readonly string[]
  run(inputs: z.output<Inputs>, platform: Platform, signal: AbortSignal): Promise<StageResult<z.output<Outputs>>>
}

/** A stage whose types have been forgotten, for code that treats all stages alike. */
export interface AnyStage extends Omit<Stage, 'run' | 'check' | 'failureFiles' | 'positional'> {
  readonly positional?: string
  check?(inputs: Record<string, unknown>): void
  failureFiles?(inputs: Record<string, unknown>): readonly string[]
  run(
    inputs: Record<string, unknown>,
    platform: Platform,
    signal: AbortSignal,
  ): Promise<StageResult<Record<string, unknown>>>
}

/** Declares a stage; infers the types of `run` from its schemas. */
export function defineStage<Inputs extends InputShape, Outputs extends InputShape>(
  stage: Stage<Inputs, Outputs>,
): Stage<Inputs, Outputs> {
  return stage
}
