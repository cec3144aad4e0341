import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { builtInRecipes, readRecipe } from '../../../src/recipe/index.ts'
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
    [folder, folder, 'EISDIR: illegal operation on a directory, read'],
  ])('%s is refused with what there is', (name, path, reason) => {
    const message =
      `recipe "${name}": ${path}: ${reason}. Built-in recipes are debian-bookworm, debian-trixie; ` +
      'anything with a slash or a dot is taken as a path'
    expect(() => readRecipe(name)).toThrow(new InputError(message))
  })
})
