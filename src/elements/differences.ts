import { withoutPlaces } from './assembly.ts'
import type { Plan } from './plan.ts'

/** What the digest covers; the rest of a plan is places. */
const parts = ['projectVersion', 'dib', 'agent', 'environment', 'packages', 'image'] as const

/** Why two plans have different digests: a line for each part that changed. Empty when nothing that counts did. */
export function differences(before: Plan, after: Plan): string[] {
  const lines = compare('recipe', withoutPlaces(before.recipe), withoutPlaces(after.recipe))
  for (const part of parts) lines.push(...compare(part, before[part], after[part]))
  lines.push(...compareElements(before, after))
  if (before.typedElements.join(' ') !== after.typedElements.join(' ')) {
    lines.push(`typed elements: ${before.typedElements.join(' ')} -> ${after.typedElements.join(' ')}`)
  }
  if (before.lockDigest !== after.lockDigest) {
    if (before.lockDigest === null) lines.push('lock: there was none before')
    else if (after.lockDigest === null) lines.push('lock: there is none any more')
    else lines.push('lock: the package sources have another state')
  }
  return lines
}

function compareElements(before: Plan, after: Plan): string[] {
  const old = new Map(before.elements.map(element => [element.name, element]))
  const lines = after.elements.flatMap(element => {
    const was = old.get(element.name)
    old.delete(element.name)
    if (!was) return [`element ${element.name}: added, asked for by ${element.requestedBy.join(', ')}`]
    if (was.origin !== element.origin) return [`element ${element.name}: from ${was.origin} -> from ${element.origin}`]
    if (was.digest !== element.digest) return [`element ${element.name}: its content changed`]
    const [from, to] = [was.requestedBy.join(', '), element.requestedBy.join(', ')]
    return from === to ? [] : [`element ${element.name}: asked for by ${from} -> by ${to}`]
  })
  return [...lines, ...[...old.keys()].map(name => `element ${name}: gone`)]
}

function compare(path: string, before: unknown, after: unknown): string[] {
  if (isRecord(before) && isRecord(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted()
    return keys.flatMap(key => compare(`${path}.${key}`, before[key], after[key]))
  }
  const [was, is] = [show(before), show(after)]
  return was === is ? [] : [`${path}: ${was} -> ${is}`]
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function show(value: unknown): string {
  return value === undefined
    ? '(none)'
    : typeof value === 'string'
      ? value.replaceAll('\n', ' | ')
      : JSON.stringify(value)
}
