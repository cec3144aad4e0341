import {
  type FileTree,
  type Inventory,
  parseBoolean,
  type Unit,
  valueIn,
  valuesIn,
  wordsIn,
} from '../inventory/index.ts'

/** Settings by which a unit pulls others into its transaction. */
const pulling = ['Wants', 'Requires', 'BindsTo', 'Upholds']

/** Paths that exist only in a running system. */
const madeAtRunTime = /^\/(run|proc|sys|dev|var\/run)(\/|$)/

/** What systemd would start when the image boots, as far as it can be told from files (systemd.unit(5), systemd.special(7)). */
export class BootPlan {
  readonly #units: ReadonlyMap<string, Unit>
  readonly #tree: FileTree
  readonly #started: ReadonlySet<string>
  readonly #activated: ReadonlySet<string>

  constructor(inventory: Inventory, tree: FileTree) {
    const units = new Map<string, Unit>()
    for (const unit of inventory.units) {
      units.set(unit.name, unit)
      for (const by of unit.enabledBy) if (by.kind === 'alias') units.set(by.unit, unit)
    }
    this.#units = units
    this.#tree = tree
    const roots = ['default.target', 'sysinit.target', 'basic.target']
    // cloud-init's generator adds its target when ds-identify finds a datasource.
    if (inventory.cloudInit.disabledBy === null && units.has('cloud-init.target')) roots.push('cloud-init.target')
    this.#started = this.#reach(roots)
    this.#activated = this.#reach([...this.#started].flatMap(name => this.#activates(name)))
  }

  unit(name: string): Unit | undefined {
    return this.#units.get(name)
  }

  /** Whether a unit is part of what boots: pulled in by the default target, not masked, its conditions not surely false. */
  starts(name: string): boolean {
    return this.#started.has(this.unit(name)?.name ?? name)
  }

  /** Units that start at boot. */
  get started(): Unit[] {
    return this.#resolve(this.#started)
  }

  /** Units that start at boot or when a socket, a timer or a path that does asks for them. */
  get startedOrActivated(): Unit[] {
    return this.#resolve(new Set([...this.#started, ...this.#activated]))
  }

  /** Cycles in the order of starting; systemd breaks one by dropping a member. Each begins and ends with the same unit. */
  orderingCycles(): string[][] {
    const after = this.#order()
    const cycles: string[][] = []
    const state = new Map<string, 'open' | 'done'>()
    const visit = (name: string, path: string[]): void => {
      state.set(name, 'open')
      for (const next of after.get(name) ?? []) {
        if (state.get(next) === 'open') cycles.push([...path.slice(path.indexOf(next)), next])
        else if (state.get(next) === undefined) visit(next, [...path, next])
      }
      state.set(name, 'done')
    }
    for (const name of [...after.keys()].toSorted()) if (state.get(name) === undefined) visit(name, [name])
    return cycles
  }

  #resolve(names: ReadonlySet<string>): Unit[] {
    return [...names].toSorted().flatMap(name => this.unit(name) ?? [])
  }

  #reach(roots: readonly string[]): Set<string> {
    const reached = new Set<string>()
    const visit = (name: string): void => {
      const unit = this.unit(name)
      if (unit === undefined || unit.masked || reached.has(unit.name) || !this.#mayStart(unit)) return
      reached.add(unit.name)
      for (const wanted of this.#pulledBy(unit)) visit(wanted)
    }
    for (const root of roots) visit(root)
    return reached
  }

  #pulledBy(unit: Unit): string[] {
    const own = pulling.flatMap(key => wordsIn(unit.settings, 'Unit', key))
    const names = new Set([unit.name, ...unit.enabledBy.filter(by => by.kind === 'alias').map(by => by.unit)])
    const linked = [...new Set(this.#units.values())].filter(other =>
      other.enabledBy.some(by => by.kind !== 'alias' && names.has(by.unit)),
    )
    return [...own, ...linked.map(other => other.name)]
  }

  /** What a socket, a timer or a path starts. */
  #activates(name: string): string[] {
    const unit = this.unit(name)
    const kind = unit === undefined ? '' : kindOf(unit)
    if (unit === undefined || !['socket', 'timer', 'path'].includes(kind)) return []
    const section = `${kind[0]?.toUpperCase() ?? ''}${kind.slice(1)}`
    if (kind === 'socket' && parseBoolean(valueIn(unit.settings, section, 'Accept'))) return []
    const named = valueIn(unit.settings, section, kind === 'socket' ? 'Service' : 'Unit')
    return [named ?? `${name.slice(0, name.lastIndexOf('.'))}.service`]
  }

  /** Conditions on files of the image; all must hold, of those with "|" one. */
  #mayStart(unit: Unit): boolean {
    const triggers: boolean[] = []
    for (const { section, key, value } of unit.settings) {
      const match =
        /^(?:Condition|Assert)(PathExists|PathIsDirectory|FileNotEmpty|FileIsExecutable|DirectoryNotEmpty)$/.exec(key)
      const argument = /^(\|?)(!?)\s*(\/\S*)$/.exec(value)
      if (section !== 'Unit' || !match || !argument) continue
      const [, trigger, negated, path = ''] = argument
      if (madeAtRunTime.test(path) || path.includes('%') || this.#tree.isUnlisted(path)) {
        if (trigger) triggers.push(true)
        continue
      }
      const holds = this.#holds(match[1] ?? '', path) !== (negated === '!')
      if (trigger) triggers.push(holds)
      else if (!holds) return false
    }
    return triggers.length === 0 || triggers.includes(true)
  }

  #holds(condition: string, path: string): boolean {
    const entry = this.#tree.resolve(path)
    switch (condition) {
      case 'PathIsDirectory':
        return entry?.type === 'folder'
      case 'FileNotEmpty':
        return entry?.type === 'file' && entry.sizeBytes > 0
      case 'FileIsExecutable':
        return this.#tree.isProgram(path)
      case 'DirectoryNotEmpty':
        return this.#tree.within(path).length > 0
      default:
        return entry !== undefined
    }
  }

  /** For each started unit the units that it comes after, with what systemd adds by itself. */
  #order(): Map<string, Set<string>> {
    const after = new Map<string, Set<string>>()
    for (const unit of this.started) after.set(unit.name, new Set())
    const add = (later: string, earlier: string): void => {
      const [from, to] = [this.unit(later)?.name, this.unit(earlier)?.name]
      if (from !== undefined && to !== undefined && from !== to && after.has(to)) after.get(from)?.add(to)
    }
    for (const unit of this.started) {
      for (const earlier of wordsIn(unit.settings, 'Unit', 'After')) add(unit.name, earlier)
      for (const later of wordsIn(unit.settings, 'Unit', 'Before')) add(later, unit.name)
    }
    for (const unit of this.started) this.#addDefaultOrder(unit, add)
    for (const unit of this.started) this.#addTargetOrder(unit, add, after)
    return after
  }

  #addDefaultOrder(unit: Unit, add: (later: string, earlier: string) => void): void {
    const kind = kindOf(unit)
    for (const activated of this.#activates(unit.name)) add(activated, unit.name)
    if (kind === 'target' || !hasDefaultDependencies(unit)) return
    add(unit.name, 'sysinit.target')
    if (kind === 'service') add(unit.name, 'basic.target')
    if (['socket', 'timer', 'path'].includes(kind)) add(`${kind}s.target`, unit.name)
  }

  /** A target comes after what it wants, unless that already says that it comes after the target. */
  #addTargetOrder(
    unit: Unit,
    add: (later: string, earlier: string) => void,
    after: ReadonlyMap<string, ReadonlySet<string>>,
  ): void {
    if (kindOf(unit) !== 'target' || !hasDefaultDependencies(unit)) return
    for (const name of this.#pulledBy(unit)) {
      const other = this.unit(name)
      if (other && hasDefaultDependencies(other) && !after.get(other.name)?.has(unit.name)) add(unit.name, name)
    }
  }
}

function kindOf(unit: Unit): string {
  return unit.name.slice(unit.name.lastIndexOf('.') + 1)
}

function hasDefaultDependencies(unit: Unit): boolean {
  return parseBoolean(valuesIn(unit.settings, 'Unit', 'DefaultDependencies').at(-1)) ?? true
}
