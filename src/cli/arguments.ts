import { parseArgs } from 'node:util'
import type { InputDescription, RawInputs } from '../inputs.ts'
import { InputError } from '../system/errors.ts'
import { nearest } from '../system/nearest.ts'

export { nearest }

/** Options of the door itself, the same for every command. */
export interface DoorOptions {
  readonly yes: boolean
  readonly verbose: boolean
  readonly help: boolean
  readonly format: 'text' | 'json'
  readonly log: 'auto' | 'plain'
  readonly failOn: 'failed' | 'never'
  /** A JSON file with inputs; flags win over it. */
  readonly inputs?: string
  /** A JSON file that the outputs are written to. */
  readonly outputs?: string
}

export interface DoorFlag {
  readonly name: string
  readonly value?: string
  readonly description: string
}

export const doorFlags: readonly DoorFlag[] = [
  { name: 'yes', description: 'Do not ask: every proposed change is agreed to.' },
  { name: 'format', value: 'text|json', description: 'What goes to standard output at the end; default text.' },
  { name: 'log', value: 'auto|plain', description: 'plain: no colours and no line that is overwritten; default auto.' },
  {
    name: 'fail-on',
    value: 'failed|never',
    description: 'Whether a failed verdict makes exit status 1; default failed.',
  },
  { name: 'inputs', value: 'FILE', description: 'JSON object with inputs by name; flags win over it.' },
  { name: 'outputs', value: 'FILE', description: 'Where to write the outputs as a JSON object.' },
  { name: 'verbose', description: 'Also print what is only of interest when something is wrong.' },
  { name: 'help', description: 'Show this help.' },
]

/** A command line taken apart; nothing has been checked against a stage's schema yet. */
export interface Parsed {
  readonly raw: RawInputs
  readonly door: DoorOptions
}

/**
 * Takes a command's arguments apart by the inputs it has.
 * @throws InputError for an unknown flag (with the nearest known one), a missing value or too many positional arguments
 */
export function parseArguments(
  command: string,
  argv: readonly string[],
  inputs: readonly InputDescription[],
  positional?: string,
): Parsed {
  const flags: Record<string, { type: 'string' | 'boolean'; multiple?: boolean; short?: string }> = {}
  for (const flag of doorFlags) flags[flag.name] = { type: flag.value === undefined ? 'boolean' : 'string' }
  flags.help = { type: 'boolean', short: 'h' }
  for (const input of inputs) {
    flags[input.name] = {
      type: input.type === 'boolean' ? 'boolean' : 'string',
      ...(input.type === 'list' ? { multiple: true } : {}),
    }
  }
  const { tokens } = parseArgs({ args: [...argv], options: flags, strict: false, allowPositionals: true, tokens: true })
  const raw: Record<string, string | boolean | string[]> = {}
  const door: Record<string, string | boolean> = {}
  const free: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') {
      free.push(token.value)
    } else if (token.kind === 'option') {
      const negated = flags[token.name] === undefined && token.name.startsWith('no-')
      const name = negated ? token.name.slice(3) : token.name
      const flag = flags[name]
      if (flag === undefined || (negated && flag.type !== 'boolean')) {
        throw new InputError(
          `unknown option ${token.rawName} of "${command}".${suggest(token.name, Object.keys(flags))}`,
        )
      }
      const value = readValue(command, token.rawName, flag.type, negated, token.value)
      const input = inputs.find(candidate => candidate.name === name)
      if (input?.type === 'list') {
        const items = raw[input.key]
        raw[input.key] = [...(Array.isArray(items) ? items : []), String(value)]
      } else if (input) {
        raw[input.key] = value
      } else {
        door[name] = value
      }
    }
  }
  const first = free.shift()
  if (first !== undefined) {
    if (positional === undefined) throw new InputError(`"${command}" takes no argument (got "${first}")`)
    raw[positional] = first
  }
  if (free.length > 0) throw new InputError(`"${command}" takes one argument (got also "${free.join('", "')}")`)
  return { raw, door: readDoor(door) }
}

function suggest(name: string, known: readonly string[]): string {
  const near = nearest(name, known)
  return near === undefined ? ' See --help.' : ` Did you mean --${near}?`
}

function readValue(
  command: string,
  rawName: string,
  type: 'string' | 'boolean',
  negated: boolean,
  value: string | undefined,
): string | boolean {
  if (type === 'string') {
    if (value === undefined) throw new InputError(`option ${rawName} of "${command}" needs a value`)
    if (value === '') throw new InputError(`option ${rawName} of "${command}" is empty: give a value, or leave it out`)
    return value
  }
  if (value === undefined) return !negated
  if (value === 'true' || value === 'false') return (value === 'true') !== negated
  throw new InputError(`option ${rawName} of "${command}" is a switch: give it alone, or =true or =false`)
}

function readDoor(door: Record<string, string | boolean>): DoorOptions {
  const choice = <Choice extends string>(name: string, choices: readonly Choice[], standard: Choice): Choice => {
    const value = door[name] ?? standard
    const found = choices.find(candidate => candidate === value)
    if (found === undefined)
      throw new InputError(`option --${name}: expected one of ${choices.join(', ')} (got "${value}")`)
    return found
  }
  return {
    yes: door.yes === true,
    verbose: door.verbose === true,
    help: door.help === true,
    format: choice('format', ['text', 'json'], 'text'),
    log: choice('log', ['auto', 'plain'], 'auto'),
    failOn: choice('fail-on', ['failed', 'never'], 'failed'),
    ...(typeof door.inputs === 'string' ? { inputs: door.inputs } : {}),
    ...(typeof door.outputs === 'string' ? { outputs: door.outputs } : {}),
  }
}
