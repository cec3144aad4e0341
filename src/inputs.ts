import { z } from 'zod'
import { kebabCase } from './names.ts'
import type { InputShape } from './stage.ts'
import { InputError } from './system/errors.ts'

/** What a door knows of one input, read from the schema; the source of flags, help and action.yml. */
export interface InputDescription {
  /** camelCase, as in code. */
  readonly key: string
  /** kebab-case, as in action.yml and on the command line. */
  readonly name: string
  readonly type: 'string' | 'boolean' | 'integer' | 'list'
  readonly choices?: readonly string[]
  readonly default?: string | number | boolean | readonly string[]
  readonly required: boolean
  readonly secret: boolean
  readonly description: string
}

/** What a door hands in: text, or what JSON already gave a type. */
export type RawInputs = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>

interface JsonProperty {
  type?: string
  enum?: string[]
  default?: string | number | boolean | string[]
  description?: string
  secret?: boolean
}

/** Describes a schema's fields in their order. Throws a plain Error for a type that the doors cannot offer. */
export function describeInputs(schema: InputShape): InputDescription[] {
  const json = z.toJSONSchema(schema, { io: 'input' }) as {
    properties?: Record<string, JsonProperty>
    required?: string[]
  }
  return Object.entries(json.properties ?? {}).map(([key, property]) => ({
    key,
    name: kebabCase(key),
    type: typeOf(key, property),
    ...(property.enum === undefined ? {} : { choices: property.enum }),
    ...(property.default === undefined ? {} : { default: property.default }),
    required: json.required?.includes(key) ?? false,
    secret: property.secret ?? false,
    description: property.description ?? '',
  }))
}

/**
 * Turns what a door was given into the types that a stage declares. An empty text is "not given"; a list is one item a
 * line; a boolean is `true` or `false`.
 *
 * @throws InputError which names every input that does not fit, its value and what is legal
 */
export function parseInputs<Schema extends InputShape>(schema: Schema, raw: RawInputs): z.output<Schema> {
  const descriptions = describeInputs(schema)
  const faults: string[] = []
  const values: Record<string, unknown> = {}
  for (const key of Object.keys(raw)) {
    if (!descriptions.some(input => input.key === key)) {
      const known = descriptions.map(input => input.name).join(', ')
      faults.push(`input "${kebabCase(key)}": there is no such input; known are ${known}`)
    }
  }
  for (const input of descriptions) {
    const value = raw[input.key]
    if (value === undefined || value === '') {
      if (input.required) faults.push(`input "${input.name}": is required. ${input.description}`)
      continue
    }
    const parsed = parseOne(input, value)
    if (parsed.fault === undefined) values[input.key] = parsed.value
    else faults.push(`input "${input.name}": ${parsed.fault}`)
  }
  if (faults.length === 0) {
    const result = schema.safeParse(values)
    if (result.success) return result.data
    for (const issue of result.error.issues) {
      const key = String(issue.path[0])
      faults.push(`input "${kebabCase(key)}": ${issue.message} (got ${JSON.stringify(values[key])})`)
    }
  }
  throw new InputError(faults.join('\n'))
}

function typeOf(key: string, property: JsonProperty): InputDescription['type'] {
  if (property.type === 'array') return 'list'
  if (property.type === 'string' || property.type === 'boolean' || property.type === 'integer') return property.type
  throw new Error(`input ${key} has a type that the doors cannot offer: ${JSON.stringify(property)}`)
}

function parseOne(
  input: InputDescription,
  value: string | number | boolean | readonly string[],
): { value?: unknown; fault?: string } {
  const got = input.secret ? '' : ` (got ${JSON.stringify(value)})`
  if (input.type === 'list') {
    const items = (typeof value === 'object' ? value : String(value).split('\n')).map(item => item.trim())
    return { value: items.filter(item => item !== '') }
  }
  if (typeof value === 'object') return { fault: `takes one value${got}` }
  if (input.type === 'boolean') {
    const text = String(value).toLowerCase()
    if (text === 'true' || text === 'false') return { value: text === 'true' }
    return { fault: `expected true or false${got}` }
  }
  if (input.type === 'integer') {
    if (/^-?\d+$/.test(String(value))) return { value: Number(value) }
    return { fault: `expected a whole number${got}` }
  }
  const text = String(value)
  if (input.choices && !input.choices.includes(text)) {
    return { fault: `expected one of ${input.choices.join(', ')}${got}` }
  }
  return { value: text }
}
