import type { Unit } from './inventory.ts'
import { valuesIn } from './unit-file.ts'

/** The program of a command line of a unit. */
export interface Program {
  readonly path: string
  /** With the prefix `-`: a failure counts as success. */
  readonly optional: boolean
}

/** The first word of an Exec line without its prefixes (systemd.service(5)); undefined where a specifier hides it. */
export function programOf(commandLine: string): Program | undefined {
  const match = /^([-@:+!|]*)\s*(?:"([^"]+)"|'([^']+)'|(\S+))/.exec(commandLine)
  const path = match?.[2] ?? match?.[3] ?? match?.[4]
  if (path === undefined || /[%$]/.test(path)) return undefined
  return { path, optional: match?.[1]?.includes('-') ?? false }
}

/** The programs that a unit cannot start without. */
export function requiredPrograms(unit: Unit): string[] {
  return unit.settings
    .filter(({ section, key }) => section === 'Service' && ['ExecStart', 'ExecStartPre', 'ExecStartPost'].includes(key))
    .flatMap(({ value }) => {
      const program = programOf(value)
      return program === undefined || program.optional ? [] : [program.path]
    })
}

/** Environment files without the prefix `-`, which would make them optional. */
export function requiredFiles(unit: Unit): string[] {
  return valuesIn(unit.settings, 'Service', 'EnvironmentFile').filter(
    value => value.startsWith('/') && !/[%*?[]/.test(value),
  )
}
