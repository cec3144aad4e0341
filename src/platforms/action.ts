import * as core from '@actions/core'
import { describeInputs, parseInputs, type RawInputs } from '../inputs.ts'
import { kebabCase } from '../names.ts'
import type { AnyStage } from '../stage.ts'
import { endRun } from '../system/cleanup.ts'
import { asError, endingSignals, exitStatusOf, InterruptedError } from '../system/errors.ts'
import { asksForDryRun, startAfterAbandoned, undoAbandoned } from './abandoned-runs.ts'
import { GithubPlatform } from './github.ts'

/** The main step of an action: inputs, stage, outputs, then the verdict. Ends the process. */
export async function runAction(stage: unknown): Promise<never> {
  const declared = stage as AnyStage
  const abort = new AbortController()
  for (const name of endingSignals) process.on(name, () => abort.abort(new InterruptedError(name)))
  const platform = new GithubPlatform()
  let status = 0
  try {
    const raw: Record<string, string> = {}
    for (const input of describeInputs(declared.inputs)) {
      raw[input.key] = core.getInput(input.name)
      if (input.secret) platform.secret(raw[input.key] ?? '')
    }
    await startAfterAbandoned(asksForDryRun(raw), platform.log)
    const inputs = parseInputs(declared.inputs, raw as RawInputs)
    declared.check?.(inputs)
    const result = await declared.run(inputs, platform, abort.signal)
    for (const [key, value] of Object.entries(result.outputs)) core.setOutput(kebabCase(key), value)
    for (const line of result.lines) core.info(`${line.label}  ${line.text}`)
    if (result.verdict?.status === 'failed') {
      core.setFailed(`${declared.name}: ${result.verdict.text}`)
      status = 1
    }
  } catch (thrown) {
    const error = abort.signal.aborted ? asError(abort.signal.reason) : asError(thrown)
    status = exitStatusOf(error)
    core.setFailed(error.message)
    if (status === 70) core.info(error.stack ?? '')
  } finally {
    await endRun().catch(error => core.warning(`clean-up failed: ${asError(error).message}`))
  }
  process.exit(status)
}

/** The post step that all actions share: undoes what a cancelled main step has left. It never fails a job. */
export async function runPost(): Promise<never> {
  try {
    const { failures } = await undoAbandoned(new GithubPlatform().log)
    for (const failure of failures) core.warning(`clean-up failed: ${failure.message}`)
  } catch (thrown) {
    core.warning(`clean-up failed: ${asError(thrown).message}`)
  }
  process.exit(0)
}
