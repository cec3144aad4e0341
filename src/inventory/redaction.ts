import type { z } from 'zod'

type Json = z.infer<ReturnType<typeof z.json>>

const secretName = /pass|secret|token|credential|api[-_]?key|private|hashed/i

/** What stands in place of a secret. */
export const redacted = '(not shown)'

/** A parsed configuration without the values of what speaks of a secret; private keys are taken out wherever they stand. */
export function redact(value: unknown, isSecret = false): Json {
  if (Array.isArray(value)) return value.map(item => redact(item, isSecret))
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value)
    return Object.fromEntries(members.map(([key, member]) => [key, redact(member, isSecret || secretName.test(key))]))
  }
  if (typeof value === 'string') {
    return isSecret || value.includes('PRIVATE KEY-----') ? redacted : withoutCredentials(value)
  }
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value
  return String(value)
}

/** An address without user name and password. */
export function withoutCredentials(text: string): string {
  return text.replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^/@\s]+@/gi, '$1')
}
