import { nearest } from '../system/nearest.ts'
import type { Catalogue, Element, ElementWithFiles } from './element.ts'
import { type Finding, findingIn, levelFor } from './finding.ts'
import { dependencyCycles, type ResolutionFault } from './resolution.ts'

/** What is wrong between the elements of a resolved set. Pure. */
export function lintSet(elements: readonly ElementWithFiles[]): Finding[] {
  return [...lintCycles(elements), ...lintTwins(elements), ...lintOverrides(elements)]
}

/** Words a failed resolution: what, where it was asked for, what there is, what to do. */
export function wordResolution(fault: ResolutionFault, typed: readonly string[], catalogue: Catalogue): Finding {
  if (fault.kind === 'no-operating-system') {
    const candidates = providersOf('operating-system', catalogue).join(', ')
    return { level: 'error', message: `no element provides operating-system; elements that do: ${candidates}` }
  }
  if (fault.kind === 'already-provided' && fault.by === fault.other) {
    return {
      level: 'error',
      message: `element ${fault.by} is named twice, and DIB takes it for two providers of ${fault.name}`,
    }
  }
  if (fault.kind === 'already-provided') {
    const message = `${fault.name} is provided by both ${fault.other} and ${fault.by}: only one of them can be in the image`
    return { ...askedFor(fault.by, typed, catalogue), message }
  }
  if (fault.kind === 'typed-and-provided') {
    const message = `element ${fault.name} is already provided by ${fault.by}: leave out one of them`
    return { ...askedFor(fault.name, typed, catalogue), message }
  }
  const { name } = fault
  const providers = providersOf(name, catalogue)
  const near = nearest(name, catalogue.keys())
  const remedy =
    providers.length > 0
      ? `it is a virtual name: add an element that provides it (${providers.join(', ')}) to the recipe's elements`
      : near === undefined
        ? 'add the folder that holds it to element-paths'
        : `did you mean ${near}? Otherwise add the folder that holds it to element-paths`
  return { ...askedFor(name, typed, catalogue), message: `there is no element "${name}"; ${remedy}` }
}

/** For a set whose answer depends on Python's hash seed. */
export function wordUnstable(typed: readonly string[], catalogue: Catalogue): Finding {
  const virtual = new Map<string, string[]>()
  for (const element of catalogue.values()) {
    for (const { name } of element.provides) virtual.set(name, [...(virtual.get(name) ?? []), element.name])
  }
  const asked = [...catalogue.values()].filter(element =>
    element.depends.some(({ name }) => element.depends.some(other => virtual.get(name)?.includes(other.name))),
  )
  const where = asked.map(element => `${element.folder}/element-deps`).join(', ')
  return {
    level: 'error',
    message:
      `whether DIB resolves these elements depends on chance: a virtual name and its provider are both only dependencies` +
      `${where === '' ? '' : ` (${where})`}. Add the provider to the recipe's elements; typed are ${typed.join(', ')}`,
  }
}

function askedFor(name: string, typed: readonly string[], catalogue: Catalogue): Finding {
  if (!typed.includes(name)) {
    for (const element of catalogue.values()) {
      const entry = element.depends.find(dependency => dependency.name === name)
      // Only an element that can itself be reached matters, but any that asks is a place to look.
      if (entry && isReachable(element, typed, catalogue)) {
        return { ...findingIn(element, 'element-deps', '', entry.line), level: 'error' }
      }
    }
  }
  return { level: 'error', message: '' }
}

function isReachable(element: Element, typed: readonly string[], catalogue: Catalogue): boolean {
  const seen = new Set<string>()
  const queue = [...typed]
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (name === element.name) return true
    if (seen.has(name)) continue
    seen.add(name)
    queue.push(...(catalogue.get(name)?.depends.map(entry => entry.name) ?? []))
  }
  return false
}

function providersOf(name: string, catalogue: Catalogue): string[] {
  return [...catalogue.values()]
    .filter(element => element.provides.some(entry => entry.name === name))
    .map(element => element.name)
    .toSorted()
}

function lintCycles(elements: readonly ElementWithFiles[]): Finding[] {
  const byName = new Map(elements.map(element => [element.name, element]))
  return dependencyCycles(elements).flatMap(cycle => {
    const members = cycle.flatMap(name => byName.get(name) ?? [])
    const element = members.find(member => member.origin !== 'dib') ?? members[0]
    const next = cycle[cycle.indexOf(element?.name ?? '') + 1]
    const line = element?.depends.find(entry => entry.name === next)?.line
    if (!element) return []
    const message =
      `elements depend on each other in a circle: ${cycle.join(' -> ')}. DIB does not mind (hooks run by their numbers), ` +
      'but none of them can count on another being there first: remove one dependency'
    return [findingIn(element, 'element-deps', message, line)]
  })
}

/** Top-level files that every element may have: DIB reads them in place, not from the folder where all are copied. */
const ownFiles = /^(README|LICENSE|element-|pkg-map$|svc-map$|package-installs\.|__init__\.py$|block-device-|\.)/

function lintTwins(elements: readonly ElementWithFiles[]): Finding[] {
  const first = new Map<string, ElementWithFiles>()
  const findings: Finding[] = []
  for (const element of elements) {
    for (const file of element.files) {
      const parts = file.path.split('/')
      const isTopLevel = parts.length === 1
      if (parts.length > 2 || (isTopLevel && ownFiles.test(file.path)) || parts.at(-1)?.startsWith('.')) continue
      const other = first.get(file.path)
      if (!other) {
        first.set(file.path, element)
        continue
      }
      const culprit = element.origin === 'dib' && other.origin !== 'dib' ? other : element
      const twin = culprit === element ? other : element
      const effect = isTopLevel
        ? 'DIB copies both to one place and one of them is lost'
        : 'DIB ends with "There is a duplicated hook in your elements"'
      findings.push({
        ...findingIn(culprit, file.path, `element ${twin.name} has ${file.path} too, and ${effect}; rename one`),
        level: isTopLevel ? levelFor(culprit.origin) : 'error',
      })
    }
  }
  return findings
}

function lintOverrides(elements: readonly ElementWithFiles[]): Finding[] {
  return elements.flatMap(element =>
    element.overrides.map((overridden): Finding => {
      const message = `element ${element.name} takes the place of ${overridden.folder}; DIB still installs the packages of both`
      return { level: 'warning', message, file: element.folder }
    }),
  )
}
