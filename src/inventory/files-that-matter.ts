import { posix } from 'node:path'
import type { FileTree } from './file-tree.ts'
import type { ImageEntry, Unit } from './inventory.ts'
import { programOf, requiredFiles } from './unit-programs.ts'

/** Folders that are listed whole; the number is how many levels below are kept. */
const keptFolders: readonly (readonly [string, number])[] = [
  ['/', 1],
  ['/boot', 4],
  ['/etc', 4],
  ['/home', 3],
  ['/opt', 2],
  ['/root', 3],
  ['/run', 2],
  ['/srv', 1],
  ['/tmp', 1],
  ['/usr/bin', 1],
  ['/usr/sbin', 1],
  ['/usr/libexec', 2],
  ['/usr/local', 3],
  ['/usr/lib/systemd', 1],
  ['/usr/lib/modules', 1],
  ['/usr/share/keyrings', 1],
  ['/var', 2],
  ['/var/lib/cloud', 2],
  ['/var/lib/systemd', 1],
  ['/var/lib/trove', 2],
  ['/var/log', 2],
  ['/var/tmp', 1],
]

/** Folders in which all names are links or data that no rule and no reader asks for. */
const leftOut =
  /^\/etc\/(alternatives|ssl\/certs|rc[0-6S]\.d|apparmor\.d|ca-certificates|X11|terminfo|security|pam\.d|ldap|iproute2)\//

/** The entries that go into the inventory, sorted by path. */
export function filesThatMatter(tree: FileTree, units: readonly Unit[]): ImageEntry[] {
  const kept = new Map<string, ImageEntry>()
  const keep = (entry: ImageEntry) => kept.set(entry.path, entry)
  for (const [folder, levels] of keptFolders) {
    const start = tree.resolve(folder)
    if (start === undefined) continue
    keep(start)
    const walk = (path: string, left: number): void => {
      if (left === 0) return
      for (const entry of tree.within(path)) {
        if (leftOut.test(entry.path)) continue
        keep(entry)
        if (entry.type === 'folder') walk(entry.path, left - 1)
      }
    }
    walk(start.path, levels)
  }
  for (const entry of tree.entries()) if (isSpecial(entry)) keep(entry)
  for (const path of units.flatMap(unit => [...programsNamed(unit), ...requiredFiles(unit)])) {
    for (const entry of tree.trail(path)) keep(entry)
  }
  // Links that programs are found through, such as those of /etc/alternatives.
  for (const entry of [...kept.values()])
    if (entry.type === 'link') for (const step of tree.trail(entry.path)) keep(step)
  for (const { path } of [...kept.values()]) {
    for (let folder = posix.dirname(path); folder !== '/'; folder = posix.dirname(folder)) {
      const entry = tree.entry(folder)
      if (entry !== undefined) keep(entry)
    }
  }
  return [...kept.values()].toSorted((left, right) => (left.path < right.path ? -1 : 1))
}

function programsNamed(unit: Unit): string[] {
  return unit.settings
    .filter(({ key }) => /^Exec(Start|Stop|Reload|Condition)/.test(key))
    .flatMap(({ value }) => programOf(value)?.path ?? [])
    .filter(path => path.startsWith('/'))
}

/** Setuid, setgid, with capabilities, or writable by everybody without the sticky bit. */
function isSpecial(entry: ImageEntry): boolean {
  const mode = Number.parseInt(entry.mode, 8)
  if (entry.capabilities !== undefined) return true
  if (entry.type === 'file') return (mode & 0o6000) !== 0 || (mode & 0o002) !== 0
  return entry.type === 'folder' && (mode & 0o1002) === 0o002
}
