import { readdirSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { defineConfig } from 'rolldown'

const actions = readdirSync('actions', { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .map(entry => entry.name)
  .sort()

interface LockedPackage {
  readonly dependencies?: Readonly<Record<string, string>>
}
const locked: Readonly<Record<string, LockedPackage>> = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages

/** Folders of all packages that some packages need, by package-lock.json. */
function closureOf(names: readonly string[], from = '', found = new Set<string>()): Set<string> {
  for (const name of names) {
    let parent = from
    while (parent !== '' && !(`${parent}/node_modules/${name}` in locked)) {
      parent = parent.slice(0, Math.max(0, parent.lastIndexOf('/node_modules/')))
    }
    const folder = parent === '' ? `node_modules/${name}` : `${parent}/node_modules/${name}`
    if (found.has(folder)) continue
    found.add(folder)
    closureOf(Object.keys(locked[folder]?.dependencies ?? {}), folder, found)
  }
  return found
}

/** Loaded only when an action stores something; larger than all the rest, so that it must not slow down every start. */
const storageClients = ['@actions/cache', '@actions/artifact']
const vendor = closureOf(Object.keys(locked['']?.dependencies ?? {}).filter(name => !storageClients.includes(name)))
const folderOf = (id: string) => /.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(relative('.', id))?.[0] ?? ''

/** Bundles of the command line and of every action; unminified, stable names, so that a commit of them can be reviewed. */
export default defineConfig({
  input: {
    'cli/main': 'src/cli/main.ts',
    'actions/post': 'actions/post.ts',
    ...Object.fromEntries(actions.map(name => [`actions/${name}`, `actions/${name}/main.ts`])),
  },
  platform: 'node',
  onLog(level, log, handler) {
    // An import that cannot be resolved would only be seen on a user's machine.
    if (log.code === 'UNRESOLVED_IMPORT') throw new Error(log.message)
    handler(level, log)
  },
  output: {
    dir: 'dist',
    format: 'esm',
    minify: false,
    cleanDir: true,
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name].js',
    codeSplitting: {
      groups: [
        { name: 'vendor', test: id => vendor.has(folderOf(id)) },
        { name: 'storage', test: /node_modules/ },
        // Not the command line's own entry: what it does when it is loaded would run in every action.
        { name: 'core', test: /src\/(?!cli\/main\.ts)/ },
      ],
    },
  },
})
