import type { z } from 'zod'

type Json = z.infer<ReturnType<typeof z.json>>

const secretName = /passw|passwd|secret|token|credential|api_?key|private|hashed/i

/** What stands in place of a secret. */
export const redacted = '(not shown)'

/** A parsed configuration without the values of what speaks of a secret; private keys are taken out wherever they stand. */
export function redact(value: unknown, name = ''): Json {
  if (Array.isArray(value)) return value.map(item => redact(item, name))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, redact(member, key)]))
  }
  if (typeof value === 'string') {
    return secretName.test(name) || value.includes('PRIVATE KEY-----') ? redacted : withoutCredentials(value)
  }
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value
  return String(value)
}

/** An address without user name and password. */
export function withoutCredentials(text: string): string {
  return text.replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^/@\s]+@/gi, '$1')
}
