import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { requireWritable, writeOutputs } from '../../../src/cli/outputs-file.ts'
import { EnvironmentError, InputError } from '../../../src/system/errors.ts'

// Root may write everywhere: what is locked for others is locked by its name here.
vi.mock(import('node:fs'), async original => {
  const real = await original()
  const accessSync: typeof real.accessSync = (path, mode) => {
    if (String(path).endsWith('locked')) throw new Error('EACCES')
    real.accessSync(path, mode)
  }
  return { ...real, accessSync }
})

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trove-image-outputs.'))
  writeFileSync(join(folder, 'file'), 'before')
  writeFileSync(join(folder, 'locked'), '')
  mkdirSync(join(folder, 'folder/locked'), { recursive: true })
})
afterEach(() => rmSync(folder, { recursive: true }))

test.each([
  ['absent/outputs.json', 'the folder FOLDER/absent does not exist'],
  ['file/outputs.json', 'FOLDER/file is no folder'],
  ['folder', 'it is a folder'],
  ['locked', 'the file may not be written'],
  ['folder/locked/outputs.json', 'the folder FOLDER/folder/locked may not be written to'],
])('%s is refused', (name, why) => {
  const file = join(folder, name)
  const message = `option --outputs: ${why.replace('FOLDER', folder)} (got "${file}"). Legal: `
  expect(() => requireWritable(file)).toThrow(InputError)
  expect(() => requireWritable(file)).toThrow(message)
})

test('a file that can be written is not touched by the question', () => {
  for (const name of ['file', 'new.json']) requireWritable(join(folder, name))
  expect([readFileSync(join(folder, 'file'), 'utf8'), existsSync(join(folder, 'new.json'))]).toEqual(['before', false])
})

test('outputs bear their names on the command line', () => {
  writeOutputs(join(folder, 'file'), { smokeTest: 'a.json', level: 'none' })
  expect(JSON.parse(readFileSync(join(folder, 'file'), 'utf8'))).toEqual({ 'smoke-test': 'a.json', level: 'none' })
})

test('a folder that went away meanwhile is no fault of the caller', () => {
  expect(() => writeOutputs(join(folder, 'gone/file'), {})).toThrow(EnvironmentError)
})
