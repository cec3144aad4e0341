import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { InputError } from '../system/errors.ts'
import { projectRoot } from '../system/home.ts'
import type { Recipe } from './recipe.ts'
import { parseRecipe } from './recipe-file.ts'

/** A recipe with the place it was read from; its relative paths start at `folder`. */
export interface ReadRecipe {
  readonly recipe: Recipe
  /** Absolute. */
  readonly file: string
  readonly folder: string
}

/**
 * Reads a recipe by name (no slash, no dot: `images/NAME.yaml` of the project) or by path, with `path=value` overrides.
 *
 * @throws InputError when there is no such file, or for every fault in it
 */
export function readRecipe(nameOrPath: string, set: readonly string[] = []): ReadRecipe {
  const isName = !/[/.]/.test(nameOrPath)
  const file = isName ? join(imagesFolder(), `${nameOrPath}.yaml`) : resolve(nameOrPath)
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const reason =
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : (error as Error).message
    throw new InputError(
      `recipe "${nameOrPath}": ${file}: ${reason}. ` +
        `Built-in recipes are ${builtInRecipes().join(', ')}; anything with a slash or a dot is taken as a path`,
    )
  }
  return {
    recipe: parseRecipe(text, isName ? `images/${nameOrPath}.yaml` : nameOrPath, set),
    file,
    folder: dirname(file),
  }
}

/** Names of the recipes that come with the project. */
export function builtInRecipes(): string[] {
  if (!existsSync(imagesFolder())) return []
  return readdirSync(imagesFolder())
    .filter(name => name.endsWith('.yaml'))
    .map(name => name.slice(0, -'.yaml'.length))
    .toSorted()
}

function imagesFolder(): string {
  return join(projectRoot(), 'images')
}
