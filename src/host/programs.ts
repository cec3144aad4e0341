import { accessSync, constants, existsSync } from 'node:fs'
import { join } from 'node:path'
import type { KnownHost } from './distribution.ts'
import type { Finding } from './finding.ts'
import { type Need, packageOf } from './needs.ts'

/** Where programs are looked for: the caller's PATH, and the places that only root has on it. */
export function programFolders(path = process.env.PATH ?? ''): string[] {
  return [...new Set([...path.split(':'), '/usr/local/sbin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'])].filter(
    folder => folder.startsWith('/'),
  )
}

/** The first file of that name which may be executed. */
export function findProgram(name: string, folders = programFolders()): string | undefined {
  return folders
    .map(folder => join(folder, name))
    .find(file => {
      try {
        accessSync(file, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}

/** Whether a host has what a need asks for; `folders` and `exists` are other ones in tests. */
export function probeNeed(
  need: Need,
  host: KnownHost | undefined,
  canInstall: boolean,
  folders = programFolders(),
  exists: (path: string) => boolean = existsSync,
): Finding {
  const base = { subject: need.name, needed: need.use }
  if ('files' in need.probe) {
    const file = need.probe.files.find(exists)
    if (file !== undefined) return { ...base, found: file, status: 'ok' }
  } else {
    const found = need.probe.programs.map(program => findProgram(program, folders))
    if (found.every(file => file !== undefined)) return { ...base, found: found.join(' '), status: 'ok' }
  }
  const name = packageOf(need, host)
  if (canInstall) return { ...base, found: 'no', status: 'mend', changes: [{ kind: 'packages', names: [name] }] }
  return { ...base, found: 'no', status: 'missing', remedy: `install the package ${name} (its name on Debian)` }
}
