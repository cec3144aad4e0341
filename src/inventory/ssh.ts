import type { Contents } from './contents.ts'
import type { FileTree } from './file-tree.ts'
import type { Inventory, User } from './inventory.ts'

/** Host keys, keys that let somebody in, and the server's settings. */
export function readSsh(tree: FileTree, contents: Contents, users: readonly Pick<User, 'home'>[]): Inventory['ssh'] {
  const hostKeys = tree
    .within('/etc/ssh')
    .map(entry => entry.path)
    .filter(path => /\/ssh_host_\w+_key(\.pub)?$/.test(path))
  const homes = [...new Set(['/root', ...users.map(user => user.home)])]
  const authorizedKeys = homes
    .flatMap(home => tree.within(`${home}/.ssh`).map(entry => entry.path))
    .filter(path => /\/authorized_keys2?$/.test(path))
    .flatMap(file => {
      const lines = (contents.text(file) ?? '').split('\n').filter(line => /^\s*[^#\s]/.test(line))
      return lines.length === 0 ? [] : [{ file, keys: lines.length }]
    })
  return { hostKeys, authorizedKeys, server: readServer(tree, contents) }
}

/** The first value of a keyword counts, and an Include is read where it stands (sshd_config(5)); Match blocks are left out. */
function readServer(tree: FileTree, contents: Contents): Record<string, string> {
  const settings: Record<string, string> = {}
  const read = (file: string, depth: number): void => {
    for (const raw of (contents.text(file) ?? '').split('\n')) {
      const match = /^\s*(\w+)(?:\s+|\s*=\s*)"?(.*?)"?\s*$/.exec(raw.replace(/^\s*#.*/, ''))
      const keyword = match?.[1]?.toLowerCase()
      const value = match?.[2] ?? ''
      if (keyword === undefined) continue
      if (keyword === 'match') return
      if (keyword === 'include' && depth < 8) {
        for (const pattern of value.split(/\s+/)) {
          const path = pattern.startsWith('/') ? pattern : `/etc/ssh/${pattern}`
          const folder = path.slice(0, path.lastIndexOf('/'))
          const suffix = path.slice(path.lastIndexOf('/') + 1).replace(/^\*/, '')
          for (const entry of tree.within(folder)) if (entry.path.endsWith(suffix)) read(entry.path, depth + 1)
        }
      } else settings[keyword] ??= value
    }
  }
  read('/etc/ssh/sshd_config', 0)
  return settings
}
