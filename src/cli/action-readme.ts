import { describeInputs, type InputDescription } from '../inputs.ts'
import type { AnyStage } from '../stage.ts'
import { defaultText, inputText } from './action-yml.ts'

/** The marks around a part of a README that is made from the schema; what stands outside of them is written by hand. */
const begin = (part: string) => `<!-- ${part}: made by "npm run generate", not by hand -->`
const end = (part: string) => `<!-- end of ${part} -->`

/**
 * The README of an action with its tables made anew.
 *
 * @throws Error when a mark is missing or stands twice: the text would lose its tables without a word
 */
export function actionReadme(stage: AnyStage, text: string): string {
  const parts: Record<string, string> = {
    inputs: inputsTable(describeInputs(stage.inputs)),
    outputs: outputsTable(describeInputs(stage.outputs)),
  }
  return Object.entries(parts).reduce((readme, [part, content]) => replacePart(stage, readme, part, content), text)
}

function replacePart(stage: AnyStage, text: string, part: string, content: string): string {
  const [before, rest, ...more] = text.split(begin(part))
  const [, after, ...others] = rest?.split(end(part)) ?? []
  if (before === undefined || after === undefined || more.length + others.length > 0) {
    throw new Error(`actions/${stage.name}/README.md needs these two lines, once each:\n${begin(part)}\n${end(part)}`)
  }
  return `${before}${begin(part)}\n\n${content}\n${end(part)}${after}`
}

function inputsTable(inputs: readonly InputDescription[]): string {
  if (inputs.length === 0) return 'None.\n'
  return alignedTable(
    ['input', 'default', 'what it is'],
    inputs.map(input => [`\`${input.name}\``, defaultCell(input), cell(inputText(input))]),
  )
}

function outputsTable(outputs: readonly InputDescription[]): string {
  if (outputs.length === 0) return 'None.\n'
  return alignedTable(
    ['output', 'what it is'],
    outputs.map(output => [`\`${output.name}\``, cell(output.description)]),
  )
}

function defaultCell(input: InputDescription): string {
  const standard = defaultText(input)
  if (standard === undefined) return '**required**'
  return standard === '' ? '' : `\`${standard.replaceAll('\n', ' ')}\``
}

/** Descriptions are ours: only what a table or HTML would take for its own is escaped. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** As the project's formatter sets Markdown, so that formatting a README leaves it what the generator made. */
function alignedTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, column) =>
    Math.max(3, heading.length, ...rows.map(row => row[column]?.length ?? 0)),
  )
  const line = (cells: readonly string[], filler = ' ') =>
    `| ${cells.map((text, column) => text.padEnd(widths[column] ?? 0, filler)).join(' | ')} |`
  const rule = line(
    headings.map(() => ''),
    '-',
  )
  return [line(headings), rule, ...rows.map(row => line(row)), ''].join('\n')
}
