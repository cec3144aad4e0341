import type { InputDescription } from '../inputs.ts'
import { doorFlags } from './arguments.ts'

export interface CommandDescription {
  readonly name: string
  readonly summary: string
  readonly inputs: readonly InputDescription[]
  readonly positional?: string
}

/** `trove-image --help`. */
export function overview(commands: readonly CommandDescription[], version: string): string {
  // The launcher's own: it needs no stage and no bundle.
  const launcher = [{ name: 'test', summary: "Runs the project's tests, in a checkout: trove-image test --help." }]
  const rows = [...commands, ...launcher]
  const width = Math.max(...rows.map(row => row.name.length))
  return [
    `trove-image ${version}: builds OpenStack Trove guest images and proves that they work`,
    '',
    'Usage: trove-image COMMAND [OPTIONS]',
    '',
    ...rows.map(row => `  ${row.name.padEnd(width)}  ${row.summary}`),
    '',
    'trove-image COMMAND --help shows the options of a command.',
    'Exit status: 0 passed, 1 verdict failed, 2 wrong input, 3 the machine lacks something, 4 a tool failed,',
    '70 a bug of trove-image, 129, 130 and 143 interrupted.',
    '',
  ].join('\n')
}

/** `trove-image COMMAND --help`. */
export function commandHelp(command: CommandDescription): string {
  const positional = command.inputs.find(input => input.key === command.positional)
  const rows = command.inputs
    .filter(input => input !== positional)
    .map(input => [`--${input.name}${placeholderOf(input)}`, describe(input)] as const)
  const doorRows = doorFlags.map(
    flag => [`--${flag.name}${flag.value ? ` ${flag.value}` : ''}`, flag.description] as const,
  )
  return [
    `Usage: trove-image ${command.name}${positional ? ` ${argumentOf(positional)}` : ''} [OPTIONS]`,
    '',
    command.summary,
    '',
    ...(positional ? [`  ${positional.name.toUpperCase()}`, ...wrap(describe(positional)), ''] : []),
    ...rows.flatMap(([flag, text]) => [`  ${flag}`, ...wrap(text)]),
    ...(rows.length > 0 ? [''] : []),
    'Options of every command:',
    ...doorRows.flatMap(([flag, text]) => [`  ${flag}`, ...wrap(text)]),
    '',
  ].join('\n')
}

function argumentOf(input: InputDescription): string {
  const name = input.name.toUpperCase()
  return input.required ? name : `[${name}]`
}

function placeholderOf(input: InputDescription): string {
  if (input.type === 'boolean') return ''
  if (input.choices) return ` ${input.choices.join('|')}`
  return { string: ' TEXT', integer: ' NUMBER', list: ' TEXT ...' }[input.type]
}

function describe(input: InputDescription): string {
  const standard = input.default
  if (standard === undefined || standard === false || (Array.isArray(standard) && standard.length === 0)) {
    return input.description
  }
  return `${input.description} Default: ${standard}.`
}

function wrap(text: string): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line.length + word.length + 1 > 92) {
      lines.push(line)
      line = ''
    }
    line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].map(part => `      ${part}`)
}
