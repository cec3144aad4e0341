import { posix } from 'node:path'
import type { Contents } from './contents.ts'
import type { FileTree } from './file-tree.ts'
import type { ImageEntry, Unit } from './inventory.ts'
import { type Assignment, mergeAssignments, parseUnitFile } from './unit-file.ts'

/** Where systemd looks for units of the system, the strongest first (systemd.unit(5), without what is made at boot). */
const unitFolders = [
  '/etc/systemd/system.control',
  '/etc/systemd/system',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
]

const unitName = /\.(service|socket|target|timer|mount|automount|path|slice|swap|device|scope)$/

/** All units of an image with what enables, masks and changes them. */
export function readUnits(tree: FileTree, contents: Contents): Unit[] {
  const folders = existingFolders(tree)
  const fragments = new Map<string, ImageEntry>()
  const enabledBy = new Map<string, Unit['enabledBy']>()
  const enable = (name: string, by: Unit['enabledBy'][number]) =>
    enabledBy.set(name, [...(enabledBy.get(name) ?? []), by])

  for (const folder of folders) {
    for (const entry of tree.within(folder)) {
      const name = posix.basename(entry.path)
      if (unitName.test(name)) {
        if (!fragments.has(name)) fragments.set(name, entry)
        continue
      }
      const dependency = /^(.+)\.(wants|requires|upholds)$/.exec(name)
      if (entry.type !== 'folder' || !dependency) continue
      const [, unit = '', kind = ''] = dependency
      for (const link of tree.within(entry.path)) {
        enable(posix.basename(link.path), { kind: kind as 'wants', unit, file: link.path })
      }
    }
  }
  const names = new Set([...fragments.keys(), ...enabledBy.keys()])
  for (const [name, entry] of fragments) {
    const target = aliasTarget(tree, name, entry, folders)
    if (target === undefined) continue
    for (const by of enabledBy.get(name) ?? []) enable(target, by)
    enable(target, { kind: 'alias', unit: name, file: entry.path })
    names.delete(name)
  }

  const presets = readPresets(tree, contents)
  return [...names].toSorted().map(name => {
    const entry = fragments.get(name) ?? fragments.get(templateOf(name) ?? '')
    const found = entry === undefined ? undefined : tree.resolve(entry.path)
    const masked = entry !== undefined && isMask(entry, found)
    const file = masked || found?.type !== 'file' ? undefined : found
    const dropIns = dropInsOf(tree, name, folders)
    const read = (path: string): Assignment[] => parseUnitFile(contents.text(path) ?? '')
    return {
      name,
      file: file?.path ?? null,
      dropIns: dropIns.map(dropIn => dropIn.path),
      masked,
      settings: mergeAssignments([...(file ? [read(file.path)] : []), ...dropIns.map(dropIn => read(dropIn.path))]),
      enabledBy: enabledBy.get(name) ?? [],
      preset: presetOf(presets, name),
    }
  })
}

/** `getty@tty1.service` is made from `getty@.service`. */
export function templateOf(name: string): string | undefined {
  const match = /^([^@]+@)[^.]+(\..+)$/.exec(name)
  return match ? `${match[1]}${match[2]}` : undefined
}

function existingFolders(tree: FileTree): string[] {
  const seen = new Set<string>()
  return unitFolders.filter(folder => {
    const found = tree.resolve(folder)
    if (found === undefined || seen.has(found.path)) return false
    seen.add(found.path)
    return true
  })
}

/** A link to /dev/null, or an empty file, in a folder of units. */
function isMask(entry: ImageEntry, found: ImageEntry | undefined): boolean {
  return (entry.type === 'link' && entry.target === '/dev/null') || (found?.type === 'file' && found.sizeBytes === 0)
}

/** A link in a folder of units to a unit of another name is an alias of it. */
function aliasTarget(
  tree: FileTree,
  name: string,
  entry: ImageEntry | undefined,
  folders: readonly string[],
): string | undefined {
  if (entry?.type !== 'link' || entry.target === '/dev/null') return undefined
  const found = tree.resolve(entry.path)
  if (found === undefined || !folders.some(folder => tree.resolve(folder)?.path === posix.dirname(found.path))) {
    return undefined
  }
  const target = posix.basename(found.path)
  return target === name || !unitName.test(target) ? undefined : target
}

/** Drop-ins of a unit, of its template, of its name's prefixes (`a-b.service.d` is under `a-.service.d`) and of its kind. */
function dropInsOf(tree: FileTree, name: string, folders: readonly string[]): ImageEntry[] {
  const kind = name.slice(name.lastIndexOf('.') + 1)
  const template = templateOf(name)
  const stem = name.slice(0, name.lastIndexOf('.'))
  const prefixes = [...stem.matchAll(/-/g)].map(match => `${stem.slice(0, (match.index ?? 0) + 1)}.${kind}`)
  const owners = [kind, ...prefixes, ...(template ? [template] : []), name]
  // Of equal names the more specific owner's, then the stronger folder's counts; they are read in the order of their names.
  const chosen = new Map<string, ImageEntry>()
  for (const owner of owners) {
    for (const folder of folders.toReversed()) {
      for (const entry of tree.within(`${folder}/${owner}.d`)) {
        if (entry.path.endsWith('.conf')) chosen.set(posix.basename(entry.path), entry)
      }
    }
  }
  return [...chosen.entries()]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([, entry]) => tree.resolve(entry.path))
    .filter((entry): entry is ImageEntry => entry?.type === 'file')
}

interface Preset {
  readonly verb: 'enable' | 'disable'
  readonly pattern: RegExp
}

/** Preset files, strongest folder first for equal names, read in the order of their names (systemd.preset(5)). */
function readPresets(tree: FileTree, contents: Contents): Preset[] {
  const chosen = new Map<string, string>()
  for (const folder of [
    '/usr/lib/systemd/system-preset',
    '/usr/local/lib/systemd/system-preset',
    '/etc/systemd/system-preset',
  ]) {
    for (const entry of tree.within(folder)) {
      if (entry.path.endsWith('.preset')) chosen.set(posix.basename(entry.path), entry.path)
    }
  }
  return [...chosen.entries()]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .flatMap(([, path]) => (contents.text(path) ?? '').split('\n'))
    .flatMap(line => {
      const match = /^\s*(enable|disable)\s+(\S+)/.exec(line)
      return match ? [{ verb: match[1] as 'enable', pattern: globPattern(match[2] ?? '') }] : []
    })
}

function presetOf(presets: readonly Preset[], name: string): Unit['preset'] {
  const candidates = [name, templateOf(name) ?? name]
  return presets.find(({ pattern }) => candidates.some(candidate => pattern.test(candidate)))?.verb ?? 'none'
}

function globPattern(glob: string): RegExp {
  const body = glob
    .replaceAll(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${body}$`)
}
