import { readFileSync } from 'node:fs'
import { chain, stages } from '../chain.ts'
import { describeInputs, parseInputs, type RawInputs } from '../inputs.ts'
import { camelCase } from '../names.ts'
import { asksForDryRun, startAfterAbandoned, undoAbandoned } from '../platforms/abandoned-runs.ts'
import { TerminalPlatform } from '../platforms/terminal.ts'
import type { Alias, AnyStage, SummaryLine } from '../stage.ts'
import { type AbandonedRuns, endRun } from '../system/cleanup.ts'
import {
  asError,
  EnvironmentError,
  endingSignals,
  exitStatusOf,
  InputError,
  InterruptedError,
} from '../system/errors.ts'
import { projectVersion } from '../system/home.ts'
import { checkOutputFolder } from '../system/output-folder.ts'
import { giveBackNew } from '../system/privilege.ts'
import { type DoorOptions, nearest, parseArguments } from './arguments.ts'
import { buildInputs, runChain, type StageReport, withTime } from './build.ts'
import { type CommandDescription, commandHelp, overview } from './help.ts'
import { requireWritable, writeOutputs } from './outputs-file.ts'
import { formatTable } from './table.ts'

interface Command extends CommandDescription {
  /** Inputs that the command's name fixes: `doctor` is a dry run. */
  readonly fixed?: Readonly<Record<string, unknown>>
  run(raw: RawInputs, door: DoorOptions, context: Context): Promise<readonly StageReport[]>
}

interface Context {
  readonly platform: TerminalPlatform
  readonly signal: AbortSignal
  readonly onStage: (report: StageReport) => void
}

/** The commands: `build`, one for each stage and each of its aliases, `clean`. */
export const commands: readonly Command[] = [
  {
    name: 'build',
    summary: 'Builds, inspects, boots and publishes an image: all stages, from a recipe to an image that registered.',
    inputs: describeInputs(buildInputs),
    run: (raw, _door, { platform, signal, onStage }) => runChain(chain, raw, platform, signal, onStage),
  },
  ...stages.flatMap(stage => [
    stageCommand(stage, stage.command, { fixed: {}, summary: stage.summary }),
    ...Object.entries(stage.aliases ?? {}).map(([name, alias]) => stageCommand(stage, name, alias)),
  ]),
  {
    name: 'clean',
    summary: 'Undoes what killed runs have left: processes, mounts, loop devices, temporary files.',
    inputs: [],
    run: async (_raw, _door, { platform }) => {
      const text = describeCleaning(await undoAbandoned(platform.log))
      return [{ stage: 'clean', seconds: 0, outputs: {}, lines: [{ label: 'clean', text }] }]
    },
  },
]

/** Runs one command line to its exit status and ends the process. */
export async function main(argv: readonly string[]): Promise<never> {
  const abort = new AbortController()
  for (const name of endingSignals) {
    process.on(name, () => abort.abort(new InterruptedError(name)))
  }
  const status = await dispatch(argv, abort.signal)
  // Sockets and pipes of what we talked to must not keep the process alive once everything is undone.
  await new Promise(resolve => process.stdout.write('', resolve))
  process.exit(status)
}

async function dispatch(argv: readonly string[], signal: AbortSignal): Promise<number> {
  const [name = '--help', ...rest] = argv
  if (name === '--version' || name === 'version') return print(`${projectVersion()}\n`)
  if (name === '--help' || name === '-h' || (name === 'help' && rest[0] === undefined)) {
    return print(overview(commands, projectVersion()))
  }
  const wanted = name === 'help' ? rest[0] : name
  const command = commands.find(candidate => candidate.name === wanted)
  if (command === undefined) {
    const near = nearest(
      String(wanted),
      commands.map(candidate => candidate.name),
    )
    process.stderr.write(
      `error: there is no command "${wanted}"${near ? `; did you mean "${near}"?` : ''}\n` +
        `Known are ${commands.map(candidate => candidate.name).join(', ')}.\n`,
    )
    return 2
  }
  if (name === 'help') return print(commandHelp(command))
  return execute(command, rest, signal)
}

async function execute(command: Command, argv: readonly string[], signal: AbortSignal): Promise<number> {
  let platform = new TerminalPlatform({ yes: false, verbose: false, plain: false })
  const reports: StageReport[] = []
  let door: DoorOptions | undefined
  let failure: Error | undefined
  let output: unknown
  const startedAt = Date.now()
  // Undoing takes seconds, in which a person would press again, or kill what is just being undone.
  signal.addEventListener('abort', () =>
    platform.log.info(`${asError(signal.reason).message}: undoing what was begun, please wait`),
  )
  try {
    const parsed = parseArguments(command.name, argv, command.inputs, command.positional)
    door = parsed.door
    if (door.help) return print(commandHelp(command))
    platform = new TerminalPlatform({ yes: door.yes, verbose: door.verbose, plain: door.log === 'plain' })
    if (door.outputs) requireWritable(door.outputs)
    const raw = { ...(door.inputs === undefined ? {} : readInputsFile(door.inputs)), ...parsed.raw }
    output = raw.output ?? command.inputs.find(input => input.key === 'output')?.default
    if (typeof output === 'string') checkOutputFolder(output)
    for (const input of command.inputs) {
      if (input.secret && typeof raw[input.key] === 'string') platform.secret(String(raw[input.key]))
    }
    if (command.name !== 'clean') {
      await startAfterAbandoned(asksForDryRun({ ...raw, ...command.fixed }), platform.log)
    }
    await command
      .run(raw, door, { platform, signal, onStage: report => reports.push(report) })
      .then(all => reports.length === 0 && reports.push(...all))
  } catch (thrown) {
    failure = signal.aborted ? asError(signal.reason) : asError(thrown)
  } finally {
    // Under "sudo trove-image" the results belong to the person who typed it.
    if (typeof output === 'string') await giveBackNew(output, startedAt).catch(() => undefined)
    await endRun().then(
      () => signal.aborted && platform.log.info('What was begun has been undone.'),
      error => platform.log.warning(`clean-up failed: ${asError(error).message}`),
    )
    platform.clearProgress()
  }
  return conclude(reports, failure, door, platform)
}

/** Prints what was reached, then what went wrong; outputs first, so that a failed verdict still leaves its documents. */
function conclude(
  reports: readonly StageReport[],
  failedBy: Error | undefined,
  door: DoorOptions | undefined,
  platform: TerminalPlatform,
): number {
  const verdict = reports.find(report => report.verdict?.status === 'failed')?.verdict
  const outputs = Object.assign({}, ...reports.map(report => report.outputs)) as Record<string, unknown>
  let failure = failedBy
  try {
    if (door?.outputs) writeOutputs(door.outputs, outputs)
  } catch (thrown) {
    failure ??= asError(thrown)
  }
  const status = failure ? exitStatusOf(failure) : verdict && door?.failOn !== 'never' ? 1 : 0
  if (door?.format === 'json') {
    const error = failure ? { kind: failure.name, message: failure.message } : undefined
    process.stdout.write(`${JSON.stringify({ exitStatus: status, stages: reports, error }, null, 2)}\n`)
  } else {
    const lines: SummaryLine[] = reports.flatMap(report => [...report.lines])
    process.stdout.write(formatTable(lines))
  }
  if (failure) platform.log.error(status === 70 ? (failure.stack ?? failure.message) : failure.message)
  if (status === 70) platform.log.error('This is a bug of trove-image; please report it with the lines above.')
  else if (verdict) platform.log.error(`the verdict is failed: ${verdict.text}`)
  return status
}

function stageCommand(stage: AnyStage, name: string, { fixed, summary }: Alias): Command {
  return {
    name,
    summary,
    fixed,
    inputs: describeInputs(stage.inputs).filter(input => !(input.key in fixed)),
    ...(stage.positional === undefined ? {} : { positional: stage.positional }),
    run: async (raw, _door, { platform, signal, onStage }) => {
      const inputs = parseInputs(stage.inputs, { ...raw, ...fixed } as RawInputs)
      stage.check?.(inputs)
      const startedAt = performance.now()
      const result = await stage.run(inputs, platform, signal)
      const seconds = (performance.now() - startedAt) / 1000
      const report = { stage: stage.name, seconds, ...withTime(result, seconds) }
      onStage(report)
      return [report]
    },
  }
}

function readInputsFile(path: string): RawInputs {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new InputError(`option --inputs: ${path} cannot be read as JSON: ${asError(error).message}`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InputError(`option --inputs: ${path} must hold one JSON object, input names to values`)
  }
  return Object.fromEntries(Object.entries(value).map(([name, input]) => [camelCase(name), input]))
}

/**
 * What `trove-image clean` came to.
 * @throws EnvironmentError when something is left, with what it is and why
 */
export function describeCleaning({ undone, failures }: AbandonedRuns): string {
  const runs = (count: number) => `${count} abandoned run${count === 1 ? '' : 's'}`
  if (failures.length > 0) {
    const words = failures.map(failure => failure.message).join('\n')
    throw new EnvironmentError(`undid ${undone} of ${runs(undone + failures.length)}:\n${words}`)
  }
  return undone === 0 ? 'nothing was left by earlier runs' : `undid ${runs(undone)}`
}

function print(text: string): number {
  process.stdout.write(text)
  return 0
}
