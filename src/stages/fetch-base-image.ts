import { basename, join, relative, resolve } from 'node:path'
import { z } from 'zod'
import { archives, type BaseEvent, type Lock, lockSchema, resolveLocal, resolveMinimal } from '../base/index.ts'
import type { DibInstallation } from '../dib/index.ts'
import type { Platform } from '../platform.ts'
import { type Recipe, readRecipe } from '../recipe/index.ts'
import { defineStage } from '../stage.ts'
import { writeDocument } from '../system/documents.ts'
import { holdOutputFolder } from '../system/output-folder.ts'
import { checkDibInputs, chooseDib } from './chosen-dib.ts'
import { recipeInputs } from './recipe-inputs.ts'

/** Resolves what an image starts from and writes lock.json. */
export const fetchBaseImage = defineStage({
  name: 'fetch-base-image',
  command: 'fetch',
  summary: 'Resolves, verifies and locks what an image starts from: the state of the package sources, or a local file.',
  positional: 'recipe',
  inputs: z.object({
    ...recipeInputs,
    output: z.string().default('out').describe('Folder that lock.json is written to; it is made when it is absent.'),
  }),
  outputs: z.object({ lock: z.string().describe('Path of lock.json.') }),
  check: checkDibInputs,
  async run(inputs, platform, signal) {
    const { recipe, folder } = readRecipe(inputs.recipe, inputs.set)
    const base =
      recipe.baseFile === undefined
        ? await lockSources(recipe, (await chooseDib(inputs, recipe)).dib, platform, signal)
        : await platform.group('Check the local base', () =>
            resolveLocal(resolve(folder, recipe.baseFile ?? ''), signal),
          )
    const { distribution, release, architecture } = recipe
    holdOutputFolder(inputs.output)
    const file = join(inputs.output, 'lock.json')
    writeDocument(file, lockSchema, {
      schemaVersion: 1,
      createdAt: new Date().toISOString(),
      distribution,
      release,
      architecture,
      base: base.source === 'local' ? { ...base, file: relative(inputs.output, base.file) } : base,
    })
    return { outputs: { lock: file }, lines: [{ label: 'lock', text: summaryOf(base, recipe) }] }
  },
})

function lockSources(recipe: Recipe, { elementsFolder }: DibInstallation, platform: Platform, signal: AbortSignal) {
  const { distribution, release, architecture, mirror, securityMirror } = recipe
  return platform.group('Lock the package sources', () =>
    resolveMinimal(
      { distribution, release, architecture, mirror, securityMirror, elementsFolder },
      { signal, onEvent: event => platform.log.info(wordEvent(event)) },
    ),
  )
}

function summaryOf(base: Lock['base'], recipe: Recipe): string {
  if (base.source === 'local')
    return `local, ${basename(base.file)} (${base.format}), sha256:${base.sha256.slice(0, 12)}`
  const newest = base.suites
    .map(suite => suite.date.slice(0, 10))
    .toSorted()
    .at(-1)
  return `minimal, ${archives[recipe.distribution].title}, InRelease of ${newest}`
}

function wordEvent(event: BaseEvent): string {
  if (event.kind === 'suite') return `${event.suite}: InRelease of ${event.date}, signature good`
  const what = event.archive === 'main' ? 'mirror' : 'security mirror'
  return `${what}: ${event.mirror.url} (${event.mirror.origin})`
}
