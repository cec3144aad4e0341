import { posix } from 'node:path'
import type { Contents } from './contents.ts'
import type { FileTree } from './file-tree.ts'
import type { Inventory, Located, User } from './inventory.ts'

type Ssh = Inventory['ssh']

/** Where sshd looks for keys when nothing else is set (sshd_config(5)). */
const usualKeyFiles = ['.ssh/authorized_keys', '.ssh/authorized_keys2']

/** Settings by which a password, or none, opens the server. */
const opening = ['permitrootlogin', 'permitemptypasswords']

/** Host keys, keys that let somebody in, and the server's settings. */
export function readSsh(
  tree: FileTree,
  contents: Contents,
  users: readonly Pick<User, 'name' | 'uid' | 'home'>[],
): Ssh {
  const hostKeys = tree
    .within('/etc/ssh')
    .map(entry => entry.path)
    .filter(path => /\/ssh_host_\w+_key(\.pub)?$/.test(path))
  const { keyFiles, ...settings } = readServer(tree, contents)
  const people = [{ name: 'root', uid: 0, home: '/root' }, ...users]
  const named = people.flatMap(user => [...usualKeyFiles, ...keyFiles].map(pattern => keyFileOf(pattern, user)))
  // Homes that nobody has any more are in the image, too.
  const lying = [...tree.entries()].map(entry => entry.path).filter(path => /\/\.ssh\/authorized_keys2?$/.test(path))
  const authorizedKeys = [...new Set([...named, ...lying])]
    .toSorted()
    .flatMap(file => readKeys(file, tree, contents) ?? [])
  return { hostKeys, authorizedKeys, ...settings }
}

/** A path of AuthorizedKeysFile for one user: with tokens, from the home folder when it is relative. */
function keyFileOf(pattern: string, user: Pick<User, 'name' | 'uid' | 'home'>): string {
  const tokens: Record<string, string> = { '%%': '%', '%h': user.home, '%u': user.name, '%U': String(user.uid) }
  return posix.resolve(
    '/',
    user.home,
    pattern.replaceAll(/%[%huU]/g, token => tokens[token] ?? token),
  )
}

/** The keys in a file; undefined when there are none. */
function readKeys(file: string, tree: FileTree, contents: Contents): Ssh['authorizedKeys'][number] | undefined {
  const text = contents.text(file)
  if (text !== undefined) {
    const keys = text.split('\n').filter(line => /^\s*[^#\s]/.test(line)).length
    return keys === 0 ? undefined : { file, keys }
  }
  const entry = tree.entry(file)
  const target = entry?.type === 'link' ? posix.resolve(posix.dirname(file), entry.target ?? '') : file
  const found = tree.resolve(file)
  const mayHold = found === undefined ? tree.isUnlisted(target) && isNamedThere(entry, file) : found.sizeBytes > 0
  return mayHold && found?.type !== 'folder' ? { file, keys: null } : undefined
}

/** Every `.ssh/authorized_keys` of the image is listed, wherever it lies; of other names below an unlisted folder nothing is known. */
function isNamedThere(entry: ReturnType<FileTree['entry']>, file: string): boolean {
  return entry !== undefined || !/\/\.ssh\/authorized_keys2?$/.test(file)
}

interface Server extends Pick<Ssh, 'server' | 'conditional'> {
  /** Patterns of AuthorizedKeysFile, also those that hold under a condition. */
  readonly keyFiles: string[]
}

/**
 * The first value of a keyword counts, and an Include is read where it stands (sshd_config(5)). `Match all` is no condition;
 * of blocks with one only what lets somebody in is kept. A block ends with its file.
 */
function readServer(tree: FileTree, contents: Contents): Server {
  const server: Record<string, string> = {}
  const conditional: Located[] = []
  const keyFiles: string[] = []
  const read = (file: string, depth: number, outer: string | undefined): void => {
    let condition = outer
    for (const [index, raw] of (contents.text(file) ?? '').split('\n').entries()) {
      const match = /^\s*(\w+)(?:\s+|\s*=\s*)"?(.*?)"?\s*$/.exec(raw.replace(/^\s*#.*/, ''))
      const keyword = match?.[1]?.toLowerCase()
      const value = match?.[2] ?? ''
      if (keyword === undefined) continue
      if (keyword === 'match') condition = value.toLowerCase() === 'all' ? outer : `Match ${value}`
      else if (keyword === 'include' && depth < 8) {
        for (const pattern of value.split(/\s+/)) {
          for (const path of included(pattern, tree)) read(path, depth + 1, condition)
        }
      } else {
        if (keyword === 'authorizedkeysfile') keyFiles.push(...value.split(/\s+/).filter(name => name !== 'none'))
        if (condition === undefined) server[keyword] ??= value
        else if (opening.includes(keyword)) {
          conditional.push({ file, line: index + 1, text: `${condition}: ${match?.[1]} ${value}` })
        }
      }
    }
  }
  read('/etc/ssh/sshd_config', 0, undefined)
  return { server, conditional, keyFiles }
}

function included(pattern: string, tree: FileTree): string[] {
  const path = pattern.startsWith('/') ? pattern : `/etc/ssh/${pattern}`
  const folder = path.slice(0, path.lastIndexOf('/'))
  const suffix = path.slice(path.lastIndexOf('/') + 1).replace(/^\*/, '')
  return tree
    .within(folder)
    .map(entry => entry.path)
    .filter(name => name.endsWith(suffix))
}
