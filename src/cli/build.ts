import { z } from 'zod'
import { type Link, wire } from '../chain.ts'
import { describeInputs, parseInputs, type RawInputs } from '../inputs.ts'
import type { Platform } from '../platform.ts'
import type { InputShape, StageResult, SummaryLine, Verdict } from '../stage.ts'
import { recipeInputs } from '../stages/recipe-inputs.ts'
import { InputError } from '../system/errors.ts'
import { makeWorkFolder } from '../system/journal.ts'

/** The inputs of the whole chain; stages that are asked for alone have more. */
export const buildInputs = z.object({
  ...recipeInputs,
  output: z.string().default('out').describe('Folder for the image and its documents; made when it is missing.'),
  until: z
    .enum([
      'setup-host',
      'fetch-base-image',
      'assemble-elements',
      'build-image',
      'inspect-image',
      'smoke-test',
      'publish-image',
    ])
    .default('publish-image')
    .describe('The last stage to run; its command is as good: smoke for smoke-test.'),
  waive: z
    .array(z.string())
    .default([])
    .describe('Contract rules that may fail, each "RULE YYYY-MM-DD REASON"; after the day the rule counts again.'),
  brokerUrl: z
    .string()
    .optional()
    .meta({ secret: true })
    .describe(
      'Another RabbitMQ for the smoke test, amqp://user:password@host:port/vhost; by default one is started. With another the level stays below registered.',
    ),
  dryRun: z
    .boolean()
    .default(false)
    .describe('Shows what setup would change and the plan of the build, and changes nothing.'),
})

/** What one stage of a chain came to. */
export interface StageReport {
  readonly stage: string
  readonly seconds: number
  readonly outputs: Readonly<Record<string, unknown>>
  readonly lines: readonly SummaryLine[]
  readonly verdict?: Verdict
}

/**
 * Runs the chain. A failed verdict ends it: what has not been inspected is not booted, what was not proven is not published.
 * Each finished stage is handed to `onStage` at once, so that an error later leaves the lines of what was done.
 */
export async function runChain(
  chain: readonly Link[],
  raw: RawInputs,
  platform: Platform,
  signal: AbortSignal,
  onStage: (report: StageReport) => void,
): Promise<readonly StageReport[]> {
  const inputs = parseInputs(buildInputs, { ...raw, ...untilOf(chain, raw) })
  const last = chain.findIndex(entry => entry.stage.name === inputs.until)
  if (last < 0) throw new InputError(`input "until": there is no stage ${inputs.until}`)
  // A dry run resolves the plan for real, but in a folder that goes away.
  const output = inputs.dryRun ? makeWorkFolder('dry-run') : inputs.output
  const given = { ...inputs, output }
  const entries = inputs.dryRun ? chain.slice(0, Math.min(last + 1, 3)) : chain.slice(0, last + 1)
  checkGiven(entries, given)
  const outputs = new Map<string, Readonly<Record<string, unknown>>>()
  const reports: StageReport[] = []
  for (const entry of entries) {
    signal.throwIfAborted()
    const report = await runLink(entry, given, outputs, platform, signal)
    reports.push(report)
    outputs.set(report.stage, report.outputs)
    onStage(report)
    if (report.verdict?.status === 'failed') break
    // What a dry run would bring is not there: the plan cannot be resolved before it has been brought.
    if (inputs.dryRun && report.outputs.environment === '') break
  }
  return reports
}

/** The last stage may also be named as its command is: `smoke` for smoke-test. */
function untilOf(chain: readonly Link[], { until }: RawInputs): RawInputs {
  const named = chain.find(({ stage }) => stage.command === until)
  return named === undefined ? {} : { until: named.stage.name }
}

/** What was given is judged before the first stage runs, also what only the last one reads: a build takes minutes. */
function checkGiven(entries: readonly Link[], given: Readonly<Record<string, unknown>>): void {
  for (const { stage, wiring } of entries) {
    const inputs: Record<string, unknown> = {}
    for (const [key, source] of Object.entries(wiring)) {
      const value = 'given' in source ? given[source.given] : undefined
      // An output of a stage that has not run yet is a path or a name; its place is held by the schema's own default, or by
      // the output's name: a check must see that the input will be there.
      inputs[key] = value ?? ('stage' in source && !hasDefault(stage.inputs, key) ? source.output : undefined)
    }
    stage.check?.(parseInputs(stage.inputs, inputs as RawInputs))
  }
}

function hasDefault(schema: InputShape, key: string): boolean {
  return describeInputs(schema).some(input => input.key === key && input.default !== undefined)
}

async function runLink(
  entry: Link,
  given: Readonly<Record<string, unknown>> & { dryRun: boolean },
  outputs: ReadonlyMap<string, Readonly<Record<string, unknown>>>,
  platform: Platform,
  signal: AbortSignal,
): Promise<StageReport> {
  const wired = wire(entry, given, outputs)
  if (given.dryRun && 'dryRun' in entry.stage.inputs.shape) wired.dryRun = true
  const inputs = parseInputs(entry.stage.inputs, wired as RawInputs)
  entry.stage.check?.(inputs)
  const startedAt = performance.now()
  const result: StageResult<Record<string, unknown>> = await entry.stage.run(inputs, platform, signal)
  const seconds = (performance.now() - startedAt) / 1000
  return { stage: entry.stage.name, seconds, ...withTime(result, seconds) }
}

/** A single line without a time of its own gets the stage's; of several lines each has its own or none. */
export function withTime(
  result: StageResult<Record<string, unknown>>,
  seconds: number,
): Omit<StageReport, 'stage' | 'seconds'> {
  const [only, ...others] = result.lines
  const lines = only && others.length === 0 && only.seconds === undefined ? [{ ...only, seconds }] : result.lines
  return {
    outputs: result.outputs,
    lines,
    ...(result.verdict === undefined ? {} : { verdict: result.verdict }),
  }
}
