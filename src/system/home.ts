import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The folder that holds `elements/`, `images/` and `requirements.txt`. Found by walking up to our package.json, because
 * this file's own depth differs between the source tree and a bundle.
 */
export function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  for (;;) {
    const manifest = join(folder, 'package.json')
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).name === 'trove-image-builder') return folder
    const parent = dirname(folder)
    if (parent === folder) throw new Error(`package.json of trove-image-builder not found above ${import.meta.url}`)
    folder = parent
  }
}

/** The project's own version, from package.json. */
export function projectVersion(): string {
  return JSON.parse(readFileSync(join(projectRoot(), 'package.json'), 'utf8')).version
}

/** `$XDG_CACHE_HOME/trove-image` or `~/.cache/trove-image`: the only place outside the output folder that we write to. */
export function cacheFolder(): string {
  const base = process.env.XDG_CACHE_HOME
  return join(base?.startsWith('/') ? base : join(homedir(), '.cache'), 'trove-image')
}

/** The private Python environment with diskimage-builder and Node; the launcher makes the same path. */
export function privateEnvironment(): string {
  return join(cacheFolder(), 'environment')
}

/** Journals and working folders of runs, one folder a run. */
export function runsFolder(): string {
  return join(cacheFolder(), 'runs')
}
