import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type AptSource, expandMirrorList, parseSources } from '../apt/index.ts'

/** What the mirror rule wants to know of the machine that builds. */
export interface Host {
  /** `ID` of os-release: debian, ubuntu ... */
  readonly distribution: string
  /** `VERSION_CODENAME`: bookworm, noble ... */
  readonly release: string
  /** Those that packages are taken from: switched on, and not of sources only. */
  readonly sources: readonly AptSource[]
}

/** Reads os-release and apt's own configuration below a root folder. What is absent is empty. */
export function readHost(root = '/'): Host {
  const osRelease = readText(join(root, 'etc/os-release')) || readText(join(root, 'usr/lib/os-release'))
  const value = (name: string) => new RegExp(`^${name}=["']?([^"'\n]*)["']?$`, 'm').exec(osRelease)?.[1] ?? ''
  const apt = join(root, 'etc/apt')
  const sources = parseSources(readText(join(apt, 'sources.list')), join(apt, 'sources.list'))
  const folder = join(apt, 'sources.list.d')
  for (const name of existsSync(folder) ? readdirSync(folder).toSorted() : []) {
    // apt ignores other names.
    if (!/^[A-Za-z0-9_.-]+\.(list|sources)$/.test(name)) continue
    const file = join(folder, name)
    sources.push(...parseSources(readText(file), file))
  }
  return {
    distribution: value('ID'),
    release: value('VERSION_CODENAME'),
    sources: sources
      .filter(source => source.enabled && source.types.includes('deb'))
      .map(source => ({
        ...source,
        uris: source.uris.flatMap(uri => expandMirrorList(uri, path => readText(join(root, path)))),
      })),
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
