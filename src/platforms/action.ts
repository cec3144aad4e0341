import * as core from '@actions/core'
import { describeInputs, type InputDescription, parseInputs, type RawInputs } from '../inputs.ts'
import { kebabCase } from '../names.ts'
import { fitSummary, formatStageTable, formatStepSummary, type StepLine } from '../report/index.ts'
import type { AnyStage } from '../stage.ts'
import { endRun } from '../system/cleanup.ts'
import { asError, DiskSpaceError, endingSignals, exitStatusOf, InterruptedError } from '../system/errors.ts'
import { cacheFolder } from '../system/home.ts'
import { useWorkPlace } from '../system/journal.ts'
import { isRoot } from '../system/privilege.ts'
import { chooseWorkPlace, workPlaceAt } from '../system/work-place.ts'
import { asksForDryRun, startAfterAbandoned, undoAbandoned } from './abandoned-runs.ts'
import { annotationsOf } from './annotation-place.ts'
import { keepingFailureLogs } from './failure-logs.ts'
import { GithubPlatform } from './github.ts'
import { addingMatchers, removingMatchers } from './problem-matcher.ts'
import { StepLedger } from './step-ledger.ts'

/** What a step came to, for its exit status and for the summary. */
interface Outcome extends Omit<StepLine, 'stage' | 'seconds'> {
  readonly exitStatus: number
  readonly lines: readonly string[]
  readonly error?: string
}

/** The main step of an action: inputs, stage, outputs, then the verdict. Ends the process. */
export async function runAction(stage: unknown): Promise<never> {
  const declared = stage as AnyStage
  const abort = new AbortController()
  for (const name of endingSignals) process.on(name, () => abort.abort(new InterruptedError(name)))
  const platform = new GithubPlatform()
  const startedAt = performance.now()
  const descriptions = describeInputs(declared.inputs)
  const raw: Record<string, string> = {}
  for (const input of descriptions) {
    raw[input.key] = core.getInput(input.name)
    if (input.secret) platform.secret(raw[input.key] ?? '')
  }
  useRunnersTemporaryFolder(platform.disposable)
  let ledger: StepLedger | undefined
  await tell(() => {
    ledger = openLedger()
    for (const command of addingMatchers()) core.info(command)
    ledger?.write({ stage: declared.name, result: 'running', text: '', seconds: 0 })
  })

  const outcome = await work(declared, raw, platform, abort.signal)
  platform.closeGroup()
  const seconds = (performance.now() - startedAt) / 1000
  const line = { stage: declared.name, result: outcome.result, text: outcome.text, seconds }
  await tell(() => ledger?.write(line))
  await tell(() =>
    writeSummary(
      formatStepSummary({
        ...line,
        lines: outcome.lines,
        inputs: givenInputs(descriptions, raw),
        sections: platform.sections,
        ...(outcome.error === undefined ? {} : { error: outcome.error }),
      }),
    ),
  )
  await endRun().catch(error => core.warning(`clean-up failed: ${asError(error).message}`))
  process.exit(outcome.exitStatus)
}

/** The post step that all actions share: undoes what a cancelled main step has left. It never fails a job. */
export async function runPost(): Promise<never> {
  await tell(() => {
    for (const command of removingMatchers()) core.info(command)
  })
  try {
    const { failures } = await undoAbandoned(new GithubPlatform().log)
    for (const failure of failures) core.warning(`clean-up failed: ${failure.message}`)
  } catch (thrown) {
    core.warning(`clean-up failed: ${asError(thrown).message}`)
  }
  // Post steps run in reverse: the job's first action comes last, when all stages are over.
  if (core.getState(tellsStages) === 'true') {
    await tell(async () => {
      const lines = ledgerOfJob()?.lines() ?? []
      if (lines.length > 1) await writeSummary(formatStageTable(lines))
    })
  }
  process.exit(0)
}

async function work(
  stage: AnyStage,
  raw: Readonly<Record<string, string>>,
  platform: GithubPlatform,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    await startAfterAbandoned(asksForDryRun(raw), platform.log)
    const inputs = parseInputs(stage.inputs, raw as RawInputs)
    stage.check?.(inputs)
    const result = await keepingFailureLogs(stage, inputs, platform, signal, () => stage.run(inputs, platform, signal))
    for (const [key, value] of Object.entries(result.outputs)) core.setOutput(kebabCase(key), value)
    platform.closeGroup()
    for (const line of result.lines) platform.log.info(`${line.label}  ${line.text}`)
    const lines = result.lines.map(line => line.text)
    if (result.verdict?.status === 'failed') {
      core.setFailed(`${stage.name}: ${result.verdict.text}`)
      return { exitStatus: 1, result: 'failed', text: result.verdict.text, lines }
    }
    return { exitStatus: 0, result: 'passed', text: result.verdict?.text ?? lines.join('; '), lines }
  } catch (thrown) {
    platform.closeGroup()
    const error = signal.aborted ? asError(signal.reason) : asError(thrown)
    const exitStatus = exitStatusOf(error)
    const hint = spaceHint(error, platform.disposable)
    const message = hint === undefined ? error.message : `${error.message}\n${hint}`
    for (const annotation of annotationsOf(message)) platform.annotate(annotation)
    if (exitStatus === 70) {
      platform.log.info(error.stack ?? '')
      platform.log.info('This is a bug of trove-image; please report it with the lines above.')
    }
    const result = error instanceof InterruptedError ? 'cancelled' : 'error'
    return { exitStatus, result, text: message.split('\n')[0] ?? '', lines: [], error: message }
  }
}

/** On a hosted runner there is a remedy that no other machine has. */
function spaceHint(error: Error, disposable: boolean): string | undefined {
  if (!(error instanceof DiskSpaceError) || !disposable) return undefined
  return 'On this GitHub-hosted runner: give setup-host the input free-disk-space: true, which removes SDKs that nothing here uses.'
}

/**
 * Working folders go where the runner's other temporary files are. Not as root on a machine that stays: the runner empties that
 * folder without a look at what is mounted below it, and as root it could.
 */
function useRunnersTemporaryFolder(disposable: boolean): void {
  const offered = process.env.RUNNER_TEMP
  if (!offered || (isRoot() && !disposable)) return
  const { path } = chooseWorkPlace(workPlaceAt(offered), workPlaceAt(cacheFolder()))
  if (path === offered) useWorkPlace(offered)
}

const tellsStages = 'tells-stages'

/** The first action of a job is the one whose post step tells what all of them came to. */
function openLedger(): StepLedger | undefined {
  const ledger = ledgerOfJob()
  if (ledger !== undefined && ledger.lines().length === 0) core.saveState(tellsStages, 'true')
  return ledger
}

function ledgerOfJob(): StepLedger | undefined {
  const folder = process.env.RUNNER_TEMP
  return folder ? new StepLedger(folder) : undefined
}

/** What the workflow set, by the action's names; of a secret only that it was given. */
function givenInputs(descriptions: readonly InputDescription[], raw: Readonly<Record<string, string>>) {
  return descriptions.flatMap(({ key, name, secret, default: standard }) => {
    const value = raw[key] ?? ''
    const usual = Array.isArray(standard) ? standard.join('\n') : String(standard ?? '')
    return value === '' || value === usual ? [] : [{ name, value: secret ? '(secret)' : value }]
  })
}

async function writeSummary(markdown: string): Promise<void> {
  if (process.env.GITHUB_STEP_SUMMARY) await core.summary.addRaw(fitSummary(markdown), true).write()
}

/** Telling is not the work: when it fails, a warning is enough. */
async function tell(work: () => unknown): Promise<void> {
  try {
    await work()
  } catch (thrown) {
    core.warning(asError(thrown).message)
  }
}
