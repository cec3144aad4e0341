import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { environmentFolder, isComplete, pinnedDibVersion } from '../../../src/host/python-environment.ts'
import { builtInRecipes, readRecipe } from '../../../src/recipe/index.ts'
import { sha256 } from '../../../src/system/documents.ts'
import { cacheFolder, privateEnvironment } from '../../../src/system/home.ts'

test('requirements.txt pins the version that the built-in recipes ask for', () => {
  expect([...new Set(builtInRecipes().map(name => readRecipe(name).recipe.dibVersion))]).toEqual([pinnedDibVersion()])
})

test('another version has an environment of its own', () => {
  expect(environmentFolder(pinnedDibVersion())).toBe(privateEnvironment())
  expect(environmentFolder('3.40.0')).toBe(join(cacheFolder(), 'dib-3.40.0'))
})

describe('isComplete', () => {
  let folder: string
  const requirements = 'diskimage-builder==9.9.9 \\\n'
  const stamp = () => `${sha256(requirements)}\n${join(folder, 'python3.99')}\n`
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'trove-image-environment.'))
    writeFileSync(join(folder, 'python3.99'), '')
    mkdirSync(join(folder, 'bin'))
    symlinkSync(join(folder, 'python3.99'), join(folder, 'bin/python3'))
    writeFileSync(join(folder, 'complete'), stamp())
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  test('when its stamp fits', () => {
    expect(isComplete(folder, requirements)).toBe(true)
  })

  test('not when it is made from other requirements', () => {
    expect(isComplete(folder, `${requirements}more\n`)).toBe(false)
  })

  test('not without the stamp, which is written last', () => {
    rmSync(join(folder, 'complete'))
    expect(isComplete(folder, requirements)).toBe(false)
  })

  test('not when the system has another Python now, or none', () => {
    rmSync(join(folder, 'bin/python3'))
    expect(isComplete(folder, requirements)).toBe(false)
    writeFileSync(join(folder, 'bin/python3'), '')
    expect(isComplete(folder, requirements)).toBe(false)
  })
})
