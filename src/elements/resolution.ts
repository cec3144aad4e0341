import type { Catalogue, Element } from './element.ts'

/** Why a list of elements does not resolve. */
export type ResolutionFault =
  | { readonly kind: 'not-found'; readonly name: string }
  | { readonly kind: 'already-provided'; readonly name: string; readonly by: string; readonly other: string }
  | { readonly kind: 'typed-and-provided'; readonly name: string; readonly by: string }
  | { readonly kind: 'no-operating-system' }

export type Resolution =
  | { readonly names: readonly string[]; readonly fault?: undefined }
  | { readonly fault: ResolutionFault }

/** In which order the dependencies of one element are taken; DIB's depends on Python's hash seed. */
export type DependencyOrder = (names: readonly string[]) => readonly string[]

/**
 * What DIB makes of the names typed on its command line before it resolves them (`arg_to_elements` in
 * lib/common-functions): a partition table for `vm`, and `base` in front.
 */
export function withDefaults(typed: readonly string[], architecture: string): string[] {
  const needsLayout = typed.includes('vm') && !typed.some(name => name.startsWith('block-device-'))
  const layout = /^(arm64|aarch64)$/.test(architecture) ? 'block-device-efi' : 'block-device-mbr'
  return ['base', ...typed, ...(needsLayout ? [layout] : [])]
}

/**
 * DIB's `_expand_element_dependencies` (element_dependencies.py), step by step. The names are sorted; DIB's are in hash
 * order.
 */
export function resolveOnce(typed: readonly string[], catalogue: Catalogue, order: DependencyOrder): Resolution {
  const final = new Set(typed)
  const queue = [...typed]
  const providedBy = new Map<string, string>()
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    if (providedBy.has(name)) continue
    const element = catalogue.get(name)
    if (!element) return { fault: { kind: 'not-found', name } }
    const provides = unique(element.provides.map(entry => entry.name))
    for (const provided of provides) {
      const other = providedBy.get(provided)
      if (other !== undefined) return { fault: { kind: 'already-provided', name: provided, by: name, other } }
    }
    for (const provided of provides) providedBy.set(provided, name)
    const depends = order(unique(element.depends.map(entry => entry.name)))
    queue.push(...depends.filter(dependency => !final.has(dependency) && !providedBy.has(dependency)))
    for (const dependency of depends) final.add(dependency)
  }
  for (const name of typed) {
    const by = providedBy.get(name)
    if (by !== undefined) return { fault: { kind: 'typed-and-provided', name, by } }
  }
  if (!providedBy.has('operating-system')) return { fault: { kind: 'no-operating-system' } }
  return { names: [...final].filter(name => !providedBy.has(name)).toSorted() }
}

/**
 * Resolves in several orders. `stable` is false when they disagree: then DIB's answer depends on its hash seed, because a
 * virtual name and its provider are both only dependencies.
 */
export function resolveElements(
  typed: readonly string[],
  catalogue: Catalogue,
): { readonly resolution: Resolution; readonly stable: boolean } {
  const isReal = (name: string) => (catalogue.has(name) ? 0 : 1)
  const provides = (name: string) => (catalogue.get(name)?.provides.length ? 0 : 1)
  const orders: DependencyOrder[] = [
    names => names.toSorted((left, right) => isReal(left) - isReal(right) || provides(left) - provides(right)),
    names => names.toSorted((left, right) => isReal(right) - isReal(left) || provides(right) - provides(left)),
    names => names.toSorted(),
    names => names.toSorted().toReversed(),
  ]
  const answers = orders.map(order => resolveOnce(typed, catalogue, order))
  const best = answers.find(answer => !answer.fault) ?? answers[0]
  if (!best) throw new Error('no order was tried')
  const text = JSON.stringify(best)
  return { resolution: best, stable: answers.every(answer => JSON.stringify(answer) === text) }
}

/** Who asked for a resolved element: `recipe` for a typed one, `dib` for what DIB adds, and the elements that need it. */
export function requestersOf(
  name: string,
  typed: readonly string[],
  defaults: readonly string[],
  resolved: readonly Element[],
): string[] {
  const needing = resolved.filter(element => element.depends.some(entry => entry.name === name))
  return [
    ...(typed.includes(name) ? ['recipe'] : defaults.includes(name) ? ['dib'] : []),
    ...needing.map(element => element.name).toSorted(),
  ]
}

/** The elementary cycles found by walking the dependencies once, each as a list of names that ends where it began. */
export function dependencyCycles(resolved: readonly Element[]): string[][] {
  const byName = new Map(resolved.map(element => [element.name, element]))
  const done = new Set<string>()
  const cycles: string[][] = []
  const visit = (name: string, path: readonly string[]) => {
    const start = path.indexOf(name)
    if (start >= 0) cycles.push([...path.slice(start), name])
    if (start >= 0 || done.has(name)) return
    for (const dependency of byName.get(name)?.depends ?? []) {
      if (byName.has(dependency.name)) visit(dependency.name, [...path, name])
    }
    done.add(name)
  }
  for (const element of resolved) visit(element.name, [])
  return cycles
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)]
}
