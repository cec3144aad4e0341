import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type AptSource, parseDeb822, parseList } from './apt-sources.ts'

/** What the mirror rule wants to know of the machine that builds. */
export interface Host {
  /** `ID` of os-release: debian, ubuntu ... */
  readonly distribution: string
  /** `VERSION_CODENAME`: bookworm, noble ... */
  readonly release: string
  readonly sources: readonly AptSource[]
}

/** Reads os-release and apt's own configuration below a root folder. What is absent is empty. */
export function readHost(root = '/'): Host {
  const osRelease = readText(join(root, 'etc/os-release')) || readText(join(root, 'usr/lib/os-release'))
  const value = (name: string) => new RegExp(`^${name}=["']?([^"'\n]*)["']?$`, 'm').exec(osRelease)?.[1] ?? ''
  const apt = join(root, 'etc/apt')
  const sources = parseList(readText(join(apt, 'sources.list')), join(apt, 'sources.list'))
  const folder = join(apt, 'sources.list.d')
  for (const name of existsSync(folder) ? readdirSync(folder).toSorted() : []) {
    // apt ignores other names.
    if (!/^[A-Za-z0-9_.-]+\.(list|sources)$/.test(name)) continue
    const file = join(folder, name)
    sources.push(...(name.endsWith('.list') ? parseList : parseDeb822)(readText(file), file))
  }
  return {
    distribution: value('ID'),
    release: value('VERSION_CODENAME'),
    sources: sources.map(source => ({ ...source, uris: source.uris.flatMap(uri => expand(uri, root)) })),
  }
}

/** Cloud images of Debian name their mirrors in a list, `mirror+file:/etc/apt/mirrors/debian.list` (apt-transport-mirror). */
function expand(uri: string, root: string): string[] {
  const path = /^mirror\+file:(?:\/\/)?(\/.*)$/.exec(uri)?.[1]
  if (path === undefined) return [uri]
  return readText(join(root, path))
    .split('\n')
    .map(line => line.replace(/#.*$/, '').trim().split(/\s+/)[0] ?? '')
    .filter(line => line !== '')
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
