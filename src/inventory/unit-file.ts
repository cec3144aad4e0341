/** One assignment of a unit file, as written. */
export interface Assignment {
  readonly section: string
  readonly key: string
  readonly value: string
}

/**
 * Reads a file of systemd's syntax (systemd.syntax(7)): sections, `Key=value`, a backslash that continues a line (comment
 * lines between are skipped), `#` and `;` comments. Lines that are no assignment are left out, as systemd does with a warning.
 */
export function parseUnitFile(text: string): Assignment[] {
  const assignments: Assignment[] = []
  let section = ''
  let pending = ''
  for (const raw of text.split('\n')) {
    const line = raw.trim()
    if (line.startsWith('#') || line.startsWith(';')) continue
    if (line.endsWith('\\')) {
      pending += `${line.slice(0, -1).trimEnd()} `
      continue
    }
    const whole = (pending + line).trim()
    pending = ''
    const header = /^\[(.+)\]$/.exec(whole)
    if (header) {
      section = header[1] ?? ''
      continue
    }
    const equals = whole.indexOf('=')
    if (equals < 1) continue
    assignments.push({ section, key: whole.slice(0, equals).trim(), value: whole.slice(equals + 1).trim() })
  }
  return assignments
}

/** Dependencies cannot be reset: a drop-in can only add to them (systemd.unit(5)). */
const neverReset = new Set([
  'After',
  'Before',
  'Wants',
  'Requires',
  'Requisite',
  'BindsTo',
  'PartOf',
  'Upholds',
  'Conflicts',
  'OnFailure',
  'OnSuccess',
])

/** Settings of which a later one adds to the earlier, until an empty assignment; of all others the last counts. */
const accumulating =
  /^(Exec|Condition|Assert|Environment|EnvironmentFile|Listen|On[A-Z]|Path|DirectoryNotEmpty|WantedBy|RequiredBy|UpheldBy|Alias|Also|Documentation|.*Directory$|.*Paths$|SupplementaryGroups|DeviceAllow|RequiresMountsFor|WantsMountsFor|PassEnvironment|UnsetEnvironment|Sockets|SystemCallFilter|RestrictAddressFamilies|CapabilityBoundingSet|AmbientCapabilities)/

/** Merges a unit file and its drop-ins, in the order given. */
export function mergeAssignments(files: readonly (readonly Assignment[])[]): Assignment[] {
  let merged: Assignment[] = []
  for (const assignment of files.flat()) {
    const same = (other: Assignment) => other.section === assignment.section && other.key === assignment.key
    const adds = neverReset.has(assignment.key) || (accumulating.test(assignment.key) && assignment.value !== '')
    if (!adds) merged = merged.filter(other => !same(other))
    if (assignment.value !== '') merged.push(assignment)
  }
  return merged
}

/** All values of a setting. */
export function valuesIn(settings: readonly Assignment[], section: string, key: string): string[] {
  return settings.filter(entry => entry.section === section && entry.key === key).map(entry => entry.value)
}

/** The value that counts of a setting that has one. */
export function valueIn(settings: readonly Assignment[], section: string, key: string): string | undefined {
  return valuesIn(settings, section, key).at(-1)
}

/** The words of a setting that is a list of names: dependencies, ReadWritePaths. */
export function wordsIn(settings: readonly Assignment[], section: string, key: string): string[] {
  return valuesIn(settings, section, key).flatMap(value => value.split(/\s+/).filter(word => word !== ''))
}

/** systemd's booleans; undefined when it is none of them. */
export function parseBoolean(value: string | undefined): boolean | undefined {
  if (value === undefined) return undefined
  if (/^(1|yes|y|true|t|on)$/i.test(value)) return true
  if (/^(0|no|n|false|f|off)$/i.test(value)) return false
  return undefined
}
