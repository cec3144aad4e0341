import { type Dirent, existsSync, readdirSync, readFileSync } from 'node:fs'
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
    const { code, message } = error as NodeJS.ErrnoException
    const reason = { ENOENT: 'there is no such file', EISDIR: 'it is a folder' }[String(code)] ?? message
    throw new InputError(
      `recipe "${nameOrPath}": ${file}: ${reason}. Built-in recipes are ${builtInRecipes().join(', ')}; ` +
        `anything with a slash or a dot is taken as a path. ${wordRecipeFiles(recipeFilesBelow(process.cwd()))}`,
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

/** Folders below the current one in which a recipe is looked for, to be named when another was not found. */
const deepest = 3
const mostFolders = 500

/** YAML files below a folder that have the keys every recipe has; paths relative to it. Hidden folders are left out. */
export function recipeFilesBelow(folder: string): string[] {
  const found: string[] = []
  const folders = ['']
  for (let seen = 0; seen < mostFolders && seen < folders.length; seen += 1) {
    const below = folders[seen] ?? ''
    for (const entry of entriesOf(join(folder, below))) {
      const path = join(below, entry.name)
      if (entry.isDirectory()) {
        const isHidden = entry.name.startsWith('.') || entry.name === 'node_modules'
        if (!isHidden && path.split('/').length <= deepest) folders.push(path)
      } else if (/\.ya?ml$/.test(entry.name) && looksLikeRecipe(join(folder, path))) found.push(path)
    }
  }
  return found.toSorted()
}

function looksLikeRecipe(file: string): boolean {
  try {
    const text = readFileSync(file, 'utf8')
    return /^distribution:/m.test(text) && /^dib-version:/m.test(text)
  } catch {
    return false // not ours to read
  }
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}

function wordRecipeFiles(files: readonly string[]): string {
  if (files.length === 0) return 'Below the current folder there is no file that looks like a recipe'
  const rest = files.length > 10 ? ` and ${files.length - 10} more` : ''
  return `Files below the current folder that look like one: ${files.slice(0, 10).join(', ')}${rest}`
}

function imagesFolder(): string {
  return join(projectRoot(), 'images')
}
