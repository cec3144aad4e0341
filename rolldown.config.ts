import { readdirSync } from 'node:fs'
import { defineConfig } from 'rolldown'

const actions = readdirSync('actions', { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .map(entry => entry.name)
  .sort()

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
        { name: 'vendor', test: /node_modules/ },
        // Not the command line's own entry: what it does when it is loaded would run in every action.
        { name: 'core', test: /src\/(?!cli\/main\.ts)/ },
      ],
    },
  },
})
