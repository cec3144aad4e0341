import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { type BaseEvent, type Lock, lockSchema, resolveMinimal } from '../base/index.ts'
import { findDib } from '../dib/index.ts'
import { readRecipe } from '../recipe/index.ts'
import { defineStage } from '../stage.ts'
import { writeDocument } from '../system/documents.ts'
import { InputError } from '../system/errors.ts'

/** Resolves what an image starts from and writes lock.json. */
export const fetchBaseImage = defineStage({
  name: 'fetch-base-image',
  command: 'fetch',
  summary: 'Resolves, verifies and locks what an image starts from: the state of the package sources, or a local file.',
  positional: 'recipe',
  inputs: z.object({
    recipe: z
      .string()
      .default('debian-trixie')
      .describe('Recipe: the name of a built-in one (no slash, no dot), or the path of a YAML file.'),
    set: z
      .array(z.string())
      .default([])
      .describe('Overrides of the recipe, each path=value such as image-size=8GiB; a list is a,b or a YAML list.'),
    dib: z
      .enum(['private', 'system'])
      .default('private')
      .describe("Whose diskimage-builder: the private environment's, or the distribution's package."),
    output: z.string().default('out').describe('Folder that lock.json is written to; it is made when it is absent.'),
  }),
  outputs: z.object({ lock: z.string().describe('Path of lock.json.') }),
  async run(inputs, platform, signal) {
    const { recipe } = readRecipe(inputs.recipe, inputs.set)
    if (recipe.base === 'local') throw new InputError('base: local is not built')
    const dib = findDib(inputs.dib, recipe.dibVersion)
    const base = await platform.group('Lock the package sources', () =>
      resolveMinimal(
        {
          distribution: recipe.distribution,
          release: recipe.release,
          architecture: recipe.architecture,
          mirror: recipe.mirror,
          securityMirror: recipe.securityMirror,
          elementsFolder: dib.elementsFolder,
        },
        { signal, onEvent: event => platform.log.info(wordEvent(event)) },
      ),
    )
    const lock: Lock = {
      schemaVersion: 1,
      createdAt: new Date().toISOString(),
      distribution: recipe.distribution,
      release: recipe.release,
      architecture: recipe.architecture,
      base,
    }
    mkdirSync(inputs.output, { recursive: true })
    const file = join(inputs.output, 'lock.json')
    writeDocument(file, lockSchema, lock)
    const newest = base.suites
      .map(suite => suite.date.slice(0, 10))
      .toSorted()
      .at(-1)
    return {
      outputs: { lock: file },
      lines: [{ label: 'lock', text: `minimal, Debian archive, InRelease of ${newest}` }],
    }
  },
})

function wordEvent(event: BaseEvent): string {
  if (event.kind === 'suite') return `${event.suite}: InRelease of ${event.date}, signature good`
  const what = event.archive === 'main' ? 'mirror' : 'security mirror'
  return `${what}: ${event.mirror.url} (${event.mirror.origin})`
}
