import { formatDuration } from '../system/duration.ts'
import { block, code, folded, plain, table } from './markdown.ts'

/** What a stage came to, as far as is known; `running` stays with one that was killed. */
export interface StepLine {
  readonly stage: string
  readonly result: 'running' | 'passed' | 'failed' | 'error' | 'cancelled'
  readonly text: string
  readonly seconds: number
}

/** One step of a job, as its part of the summary page tells it. */
export interface StepReport extends StepLine {
  /** The lines of the table that ends a run at a terminal. */
  readonly lines: readonly string[]
  readonly inputs: readonly { readonly name: string; readonly value: string }[]
  /** What the stage itself wrote, as Markdown. */
  readonly sections: readonly string[]
  readonly error?: string
}

const words: Readonly<Record<StepLine['result'], string>> = {
  running: '\u26d4 was killed',
  passed: '\u2705 passed',
  failed: '\u274c failed',
  error: '\u274c error',
  cancelled: '\u{1f6ab} cancelled',
}

/** More lines than this are folded. */
const errorLinesShown = 10

/** The part of a step: heading, what came of it, what the stage has to tell, the inputs folded. Pure. */
export function formatStepSummary(step: StepReport): string {
  const parts = [
    `## ${step.stage}: ${words[step.result]} in ${formatDuration(step.seconds)}`,
    step.error === undefined ? step.lines.map(line => `- ${plain(line)}`).join('\n') : errorText(step.error),
    ...step.sections,
    step.inputs.length === 0
      ? ''
      : folded(
          'Inputs',
          table(
            ['input', 'value'],
            step.inputs.map(({ name, value }) => [code(name), value.split('\n').map(code).join('<br>')]),
          ),
        ),
  ]
  return `${parts
    .map(part => part.trimEnd())
    .filter(part => part !== '')
    .join('\n\n')}\n\n`
}

/** All stages of a job in one table. Pure. */
export function formatStageTable(lines: readonly StepLine[]): string {
  return [
    '## Stages of this job',
    '',
    table(
      ['stage', 'result', 'time:', ''],
      lines.map(({ stage, result, text, seconds }) => [
        code(stage),
        words[result],
        result === 'running' ? '' : formatDuration(seconds),
        plain(text),
      ]),
    ),
    '',
  ].join('\n')
}

/** GitHub refuses a step's summary of more than 1 MiB altogether: what does not fit is left out, with a word about it. */
export function fitSummary(markdown: string, limitBytes = 1024 ** 2): string {
  if (Buffer.byteLength(markdown) < limitBytes) return markdown
  const note = '\n\nThe rest does not fit into a summary; the documents have it.\n'
  const [heading = '', ...rest] = markdown.split(/\n(?=#{2,3} )/)
  let kept = heading
  for (const part of rest) {
    if (Buffer.byteLength(kept + part + note) + 1 >= limitBytes) break
    kept += `\n${part}`
  }
  return kept + note
}

function errorText(message: string): string {
  const lines = message.split('\n')
  const text = block(lines, 'text')
  if (lines.length <= errorLinesShown) return text
  return `${plain(lines[0] ?? '')}\n\n${folded(`All ${lines.length} lines of the error`, text)}`
}
