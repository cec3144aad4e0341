import { posix } from 'node:path'
import { parse } from 'yaml'
import type { Contents } from './contents.ts'
import type { FileTree } from './file-tree.ts'
import type { Inventory } from './inventory.ts'
import { redact } from './redaction.ts'
import { mergeAssignments, parseUnitFile } from './unit-file.ts'

/** What configures the network: systemd-networkd, netplan, ifupdown, NetworkManager, the resolver. */
export function readNetwork(tree: FileTree, contents: Contents): Inventory['network'] {
  return {
    networkd: readNetworkd(tree, contents),
    netplan: chosen(tree, ['/usr/lib/netplan', '/etc/netplan'], '.yaml').map(file => ({
      file,
      configuration: readYaml(contents.text(file) ?? ''),
    })),
    interfaces: readInterfaces(tree, contents),
    connections: tree.within('/etc/NetworkManager/system-connections').map(entry => entry.path),
    resolver: readResolver(tree, contents),
  }
}

/** Files with their drop-ins; one under /etc replaces one of the same name under /usr/lib. */
function readNetworkd(tree: FileTree, contents: Contents): Inventory['network']['networkd'] {
  const folders = ['/usr/lib/systemd/network', '/etc/systemd/network']
  return ['.network', '.netdev', '.link'].flatMap(suffix =>
    chosen(tree, folders, suffix).map(file => {
      const dropIns = folders.flatMap(folder =>
        tree.within(`${folder}/${posix.basename(file)}.d`).map(entry => entry.path),
      )
      const texts = [file, ...dropIns.filter(path => path.endsWith('.conf'))].map(path => contents.text(path) ?? '')
      return { file, settings: mergeAssignments(texts.map(parseUnitFile)) }
    }),
  )
}

/** Files of several folders by name; the later folder's counts, and a link to /dev/null there takes a file away. */
function chosen(tree: FileTree, folders: readonly string[], suffix: string): string[] {
  const byName = new Map<string, string>()
  for (const folder of folders) {
    for (const entry of tree.within(folder)) {
      if (!entry.path.endsWith(suffix)) continue
      if (entry.type === 'link' && entry.target === '/dev/null') byName.delete(posix.basename(entry.path))
      else byName.set(posix.basename(entry.path), entry.path)
    }
  }
  return [...byName.entries()].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, path]) => path)
}

function readInterfaces(tree: FileTree, contents: Contents): Inventory['network']['interfaces'] {
  const files = ['/etc/network/interfaces', ...tree.within('/etc/network/interfaces.d').map(entry => entry.path)]
  return files.flatMap(file =>
    (contents.text(file) ?? '').split('\n').flatMap((line, index) => {
      const match = /^\s*iface\s+(\S+)\s+inet6?\s+(\S+)/.exec(line)
      return match && match[1] !== 'lo' ? [{ file, line: index + 1, name: match[1] ?? '', method: match[2] ?? '' }] : []
    }),
  )
}

function readResolver(tree: FileTree, contents: Contents): Inventory['network']['resolver'] {
  const entry = tree.entry('/etc/resolv.conf')
  if (entry === undefined) return { type: 'absent', target: null, nameServers: [], search: [] }
  const lines = (contents.text('/etc/resolv.conf') ?? '').split('\n').map(line => line.trim().split(/\s+/))
  return {
    type: entry.type === 'link' ? 'link' : 'file',
    target: entry.target ?? null,
    nameServers: lines.filter(([word]) => word === 'nameserver').map(([, address = '']) => address),
    search: lines.filter(([word]) => word === 'search' || word === 'domain').flatMap(([, ...domains]) => domains),
  }
}

function readYaml(text: string): Inventory['network']['netplan'][number]['configuration'] {
  try {
    const value: unknown = parse(text)
    return typeof value === 'object' && value !== null ? (redact(value) as Record<string, string>) : {}
  } catch {
    return {}
  }
}
