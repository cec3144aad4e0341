import { createHash } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { InputError } from './errors.ts'

/** Lower-case hexadecimal SHA-256, without a prefix. */
export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/)

/** JSON with sorted keys and no white space: equal values have equal text, so that its digest names the value. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(item => canonicalJson(item ?? null)).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const pairs = Object.entries(value).filter(([, member]) => member !== undefined)
    pairs.sort(([left], [right]) => (left < right ? -1 : 1))
    return `{${pairs.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`
  }
  return JSON.stringify(value)
}

/** SHA-256 of a text or bytes, in lower-case hexadecimal. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

/** Writes a document whole or not at all. The schema is the writer's promise to the reader. */
export function writeDocument<Schema extends z.ZodType>(path: string, schema: Schema, value: z.input<Schema>): void {
  const text = `${JSON.stringify(schema.parse(value), null, 2)}\n`
  writeFileSync(`${path}.new`, text)
  renameSync(`${path}.new`, path)
}

/**
 * Reads a document that another stage wrote.
 * @throws InputError when it is missing, not JSON, of another version, or does not fit its schema
 */
export function readDocument<Schema extends z.ZodType>(path: string, schema: Schema): z.output<Schema> {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new InputError(`document ${path} cannot be read: ${(error as Error).message}`)
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new InputError(`document ${path} is not JSON: ${(error as Error).message}`)
  }
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw new InputError(`document ${path} is not what this version reads:\n${z.prettifyError(result.error)}`)
}
