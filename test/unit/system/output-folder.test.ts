import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { InputError } from '../../../src/system/errors.ts'
import { runsFolder } from '../../../src/system/home.ts'
import { checkOutputFolder, holdOutputFolder, makeOutputFolder } from '../../../src/system/output-folder.ts'
import { folderWithCache } from '../../support/own-cache.ts'

const ownFolder = folderWithCache('output-')
let folder: string
beforeEach(() => {
  folder = ownFolder()
})

describe('makeOutputFolder', () => {
  test('makes it with those above it, and takes one that exists', () => {
    const path = join(folder, 'a/b/c')
    makeOutputFolder(path)
    makeOutputFolder(path)
    expect(existsSync(path)).toBe(true)
  })

  test('refuses a place where nothing can be made', () => {
    expect(() => makeOutputFolder('/proc/nope/out')).toThrow(
      /^input "output": \/proc\/nope (cannot be made|.*not be written to)/,
    )
  })
})

describe('checkOutputFolder', () => {
  test('makes nothing', () => {
    checkOutputFolder(join(folder, 'a/b'))
    expect(existsSync(join(folder, 'a'))).toBe(false)
  })

  test.each(['file', 'file/below', 'file/below/that'])('refuses %s, where a file stands', name => {
    writeFileSync(join(folder, 'file'), '')
    const path = join(folder, name)
    expect(() => checkOutputFolder(path)).toThrow(
      new InputError(
        `input "output": ${join(folder, 'file')} is no folder (got "${path}"). Legal: a folder that may be written to, or a new one below such a folder.`,
      ),
    )
  })
})

describe('holdOutputFolder', () => {
  /** A run of a process that lives: the one that started this one. */
  function otherRun(path: string): void {
    const run = join(runsFolder(), 'other')
    mkdirSync(run, { recursive: true })
    const startTime = readFileSync(`/proc/${process.ppid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')[19]
    writeFileSync(join(run, 'owner'), `${process.ppid} ${startTime}\n`)
    writeFileSync(join(run, 'journal'), `${JSON.stringify({ kind: 'output', path })}\n`)
  }

  test('refuses a folder that another living run builds into, also by another name', () => {
    const path = join(folder, 'out')
    mkdirSync(path)
    symlinkSync(path, join(folder, 'alias'))
    otherRun(path)
    const message = `another run of trove-image, process ${process.ppid}, builds into ${path}`
    expect(() => holdOutputFolder(path)).toThrow(message)
    expect(() => holdOutputFolder(join(folder, 'alias'))).toThrow(message)
    holdOutputFolder(join(folder, 'other'))
  })

  test('its own run may take it again', () => {
    holdOutputFolder(join(folder, 'out'))
    holdOutputFolder(join(folder, 'out'))
  })

  test('a run whose process is gone holds nothing', () => {
    const path = join(folder, 'out')
    otherRun(path)
    writeFileSync(join(runsFolder(), 'other/owner'), `${process.ppid} 1\n`)
    holdOutputFolder(path)
  })
})
