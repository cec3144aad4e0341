import { isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml'
import { type ZodType, z } from 'zod'
import { InputError } from '../system/errors.ts'
import { nearest } from '../system/nearest.ts'
import { type Recipe, recipeSchema } from './recipe.ts'
import { checkRecipe } from './rules.ts'

type Key = keyof Recipe

/** Keys as people write them (kebab-case) to the keys of the schema. */
const keysByName = new Map(Object.keys(recipeSchema.shape).map(key => [nameOf(key), key as Key]))

/** What is legal, where the schema itself cannot put it into words. */
const expected: Partial<Record<Key, string>> = {
  name: 'lower-case letters, digits and dashes, such as debian-trixie',
  dibVersion: 'a whole version in quotes or with two dots, such as 3.43.0',
  mirror: 'an http or https address',
  securityMirror: 'an http or https address',
  guestUser: 'a user name, such as ubuntu',
  imageSize: 'a whole number with GiB or MiB, such as 5GiB',
}

/** Where a value was written: for messages. */
interface Origin {
  readonly text: string
}

/**
 * Makes a recipe of a file's text and the caller's overrides.
 *
 * `set` holds items `path=value` with the path in kebab-case. A list is written `a,b` or, when an item holds a comma,
 * as a YAML list `["a,b", c]`; it replaces the file's list. `path=` alone takes the key away, so that its default holds.
 * The last of several items for one path wins.
 *
 * @throws InputError that names every fault with file, line, key and what is legal
 */
export function parseRecipe(text: string, file: string, set: readonly string[] = []): Recipe {
  const faults: string[] = []
  const { values, origins } = readKeys(text, file, faults)
  for (const item of set) applyOverride(item, values, origins, faults)

  const result = recipeSchema.safeParse(Object.fromEntries(values))
  for (const issue of result.error?.issues ?? []) {
    const key = issue.path[0] as Key
    const item = issue.path[1] === undefined ? '' : ` item ${Number(issue.path[1]) + 1}`
    const where = origins.get(key)?.text ?? file
    faults.push(`${where}: ${nameOf(key)}${item}: ${wordIssue(key, issue, values.get(key))}`)
  }
  if (result.success) {
    for (const { key, message } of checkRecipe(result.data, new Set(values.keys()))) {
      faults.push(`${origins.get(key)?.text ?? file}: ${nameOf(key)}: ${message}`)
    }
    if (faults.length === 0) return result.data
  }
  throw new InputError(faults.join('\n'))
}

function readKeys(text: string, file: string, faults: string[]) {
  const values = new Map<Key, unknown>()
  const origins = new Map<Key, Origin>()
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, prettyErrors: false })
  const at = (offset: number | undefined) => `${file}:${lines.linePos(offset ?? 0).line || 1}`
  for (const error of document.errors) faults.push(`${at(error.pos[0])}: not YAML: ${error.message}`)
  if (faults.length > 0) throw new InputError(faults.join('\n'))
  if (!isMap(document.contents)) {
    throw new InputError(`${file}: a recipe is a list of "key: value" lines; known keys are ${knownNames()}`)
  }
  for (const pair of document.contents.items) {
    const node = isScalar(pair.key) ? pair.key : undefined
    const where = at(node?.range?.[0])
    const key = keyNamed(String(node?.value ?? pair.key), where, faults)
    if (key === undefined) continue
    const earlier = origins.get(key)
    if (earlier) faults.push(`${where}: "${nameOf(key)}" stands in ${earlier.text} already`)
    origins.set(key, { text: where })
    // An empty value is "not given", as in an action's inputs.
    const value: unknown = isNode(pair.value) ? pair.value.toJS(document) : pair.value
    if (value !== null && value !== undefined) values.set(key, value)
  }
  return { values, origins }
}

function applyOverride(item: string, values: Map<Key, unknown>, origins: Map<Key, Origin>, faults: string[]): void {
  const where = `set "${item}"`
  const split = item.indexOf('=')
  if (split < 1) {
    faults.push(`${where}: expected path=value, such as image-size=8GiB`)
    return
  }
  const key = keyNamed(item.slice(0, split).trim(), where, faults)
  if (key === undefined) return
  const text = item.slice(split + 1).trim()
  origins.set(key, { text: where })
  if (text === '') values.delete(key)
  else values.set(key, isList(key) ? listOf(text, where, faults) : text)
}

function listOf(text: string, where: string, faults: string[]): unknown {
  if (!text.startsWith('[')) return text.split(',').map(entry => entry.trim())
  const document = parseDocument(text, { prettyErrors: false })
  if (document.errors.length === 0) return document.toJS()
  faults.push(`${where}: not a YAML list: ${document.errors[0]?.message}`)
  return []
}

function keyNamed(name: string, where: string, faults: string[]): Key | undefined {
  const key = keysByName.get(name)
  if (key !== undefined) return key
  const near = nearest(name, keysByName.keys())
  const hint = near === undefined ? '' : ` did you mean "${near}"?`
  faults.push(`${where}: unknown key "${name}";${hint} known keys are ${knownNames()}`)
  return undefined
}

function wordIssue(key: Key, issue: z.core.$ZodIssue, value: unknown): string {
  if (value === undefined) return `is required. ${recipeSchema.shape[key].description ?? ''}`
  const item = issue.path[1] === undefined ? value : (value as unknown[])[Number(issue.path[1])]
  const got = `got ${typeof item === 'string' ? `"${item}"` : JSON.stringify(item)}`
  if (issue.code === 'invalid_value') return `${got}; legal are ${issue.values.join(', ')}`
  if (issue.code === 'too_small') return 'must not be empty'
  if (issue.code === 'invalid_type')
    return `expected ${isListIssue(issue) ? 'a list' : `text`}, ${got}${quoteHint(item)}`
  return `${got}; expected ${expected[key] ?? issue.message}`
}

function isListIssue(issue: z.core.$ZodIssue): boolean {
  return issue.code === 'invalid_type' && issue.expected === 'array'
}

function quoteHint(value: unknown): string {
  return typeof value === 'number' || typeof value === 'boolean' ? `; put it in quotes` : ''
}

/** Whether a key takes a list, behind its default and optionality. */
function isList(key: Key): boolean {
  let type: ZodType = recipeSchema.shape[key]
  while (type instanceof z.ZodDefault || type instanceof z.ZodOptional) type = type.unwrap() as ZodType
  return type instanceof z.ZodArray
}

function knownNames(): string {
  return [...keysByName.keys()].join(', ')
}

function nameOf(key: string): string {
  return key.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
}
