import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { builtInRecipes, readRecipe } from '../../../src/recipe/index.ts'
import { recipeFilesBelow } from '../../../src/recipe/reader.ts'
import { InputError } from '../../../src/system/errors.ts'
import { projectRoot } from '../../../src/system/home.ts'

const folder = mkdtempSync(join(tmpdir(), 'recipe-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('reading a recipe', () => {
  test.each(builtInRecipes())('%s comes with the project', name => {
    const { recipe, file, folder: home } = readRecipe(name)
    expect({ name: recipe.name, file, home }).toEqual({
      name,
      file: join(projectRoot(), 'images', `${name}.yaml`),
      home: join(projectRoot(), 'images'),
    })
  })

  test('the default and its sister are there', () => {
    expect(builtInRecipes()).toEqual(['debian-bookworm', 'debian-trixie'])
  })

  test('a path is taken as a path', () => {
    const file = join(folder, 'mine.yaml')
    writeFileSync(file, 'name: mine\ndistribution: debian\nrelease: bookworm\ndib-version: 3.43.0\n')
    const read = readRecipe(file, ['packages=htop'])
    expect([read.file, read.folder, read.recipe.packages]).toEqual([file, folder, ['htop']])
  })

  test.each([
    ['debian-potato', join(projectRoot(), 'images/debian-potato.yaml'), 'there is no such file'],
    ['/no/such/recipe.yaml', '/no/such/recipe.yaml', 'there is no such file'],
    [folder, folder, 'it is a folder'],
  ])('%s is refused with what there is', (name, path, reason) => {
    const message =
      `recipe "${name}": ${path}: ${reason}. Built-in recipes are debian-bookworm, debian-trixie; ` +
      'anything with a slash or a dot is taken as a path. ' +
      'Files below the current folder that look like one: images/debian-bookworm.yaml, images/debian-trixie.yaml'
    expect(() => readRecipe(name)).toThrow(new InputError(message))
  })
})

test('a miss names the recipes of the workspace, and nothing that is none or hidden', () => {
  const workspace = join(folder, 'workspace')
  for (const place of ['recipes/nested', '.github', 'node_modules/x', 'a/b/c/d']) {
    mkdirSync(join(workspace, place), { recursive: true })
  }
  const recipe = 'name: mine\ndistribution: debian\nrelease: bookworm\ndib-version: 3.43.0\n'
  const files = { 'one.yaml': recipe, 'recipes/nested/two.yml': recipe, 'compose.yaml': 'services: {}\n' }
  const unseen = { '.github/three.yaml': recipe, 'node_modules/x/four.yaml': recipe, 'a/b/c/d/five.yaml': recipe }
  for (const [path, text] of Object.entries({ ...files, ...unseen })) writeFileSync(join(workspace, path), text)
  expect(recipeFilesBelow(workspace)).toEqual(['one.yaml', 'recipes/nested/two.yml'])
})
