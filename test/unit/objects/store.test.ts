import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { objectKey } from '../../../src/objects/key.ts'
import { packFolder, unpackFolder } from '../../../src/objects/pack.ts'
import { ObjectStore, toEvict } from '../../../src/objects/store.ts'
import { sha256 } from '../../../src/system/documents.ts'
import { folderWithCache } from '../../support/own-cache.ts'

const ownFolder = folderWithCache('trove-image-objects.')
let folder: string
beforeEach(() => {
  folder = ownFolder()
})

const key = objectKey('environment', { python: '3.11.2', requirements: 'abc' })
const signal = new AbortController().signal
const writing = (content: string) => async (path: string) => writeFileSync(path, content)

describe('objectKey', () => {
  test('does not depend on the order of what went in', () => {
    expect(objectKey('environment', { requirements: 'abc', python: '3.11.2' }).digest).toBe(key.digest)
  })

  test.each([{ python: '3.11.3', requirements: 'abc' }, { python: '3.11.2' }, { python: '3.11.2', other: 'abc' }])(
    'is another one for %o',
    parts => {
      expect(objectKey('environment', parts as unknown as Record<string, string>).digest).not.toBe(key.digest)
    },
  )
})

describe('ObjectStore', () => {
  const store = () => new ObjectStore(join(folder, 'objects'))
  const content = () => join(folder, 'objects', `${key.digest}.tar.zst`)

  test('keeps an object in one file with its checksum beside it', async () => {
    expect(await store().put(key, writing('bytes'))).toEqual({ sizeBytes: 5 })
    expect(readdirSync(join(folder, 'objects')).toSorted()).toEqual([
      `${key.digest}.tar.zst`,
      `${key.digest}.tar.zst.sha256`,
    ])
    expect(statSync(content()).mode & 0o777).toBe(0o644)
    expect(readFileSync(`${content()}.sha256`, 'utf8')).toBe(`${sha256('bytes')}  ${key.digest}.tar.zst\n`)
    expect(await store().find(key)).toEqual({ hit: true, path: content(), sizeBytes: 5 })
  })

  test('has none', async () => {
    expect(await store().find(key)).toEqual({ hit: false, reason: 'there is none', broken: false })
  })

  test('leaves nothing of an object whose writing failed', async () => {
    const failing = async (path: string) => {
      writeFileSync(path, 'half')
      throw new Error('disk full')
    }
    await expect(store().put(key, failing)).rejects.toThrow('disk full')
    expect(readdirSync(join(folder, 'objects'))).toEqual([])
  })

  test.each<[string, () => void, RegExp]>([
    ['other bytes', () => writeFileSync(content(), 'Bytes'), /has sha256 .*, its checksum says/],
    ['an error page of the service', () => writeFileSync(content(), '<?xml version="1.0"?>'), /has sha256/],
    ['an empty file', () => writeFileSync(content(), ''), /has sha256 e3b0c442/],
    ['no checksum', () => rmSync(`${content()}.sha256`), /has no checksum beside it/],
    ['a checksum that is none', () => writeFileSync(`${content()}.sha256`, 'x'), /holds no sha256/],
  ])('takes %s for missing, and removes it', async (_, harm, reason) => {
    await store().put(key, writing('bytes'))
    harm()
    const found = await store().find(key)
    expect(found).toEqual({ hit: false, reason: expect.stringMatching(reason), broken: true })
    expect(readdirSync(join(folder, 'objects'))).toEqual([])
  })

  test('two that put the same object at once leave a whole one or none that is taken', async () => {
    await Promise.all([store().put(key, writing('one')), store().put(key, writing('two'))])
    const found = await store().find(key)
    if (found.hit) expect(['one', 'two']).toContain(readFileSync(content(), 'utf8'))
    else expect(found.broken).toBe(true)
  })

  test('puts the least recently used out when its bound is passed', async () => {
    const small = new ObjectStore(join(folder, 'objects'), 10)
    const other = objectKey('environment', { python: 'other' })
    const third = objectKey('environment', { python: 'third' })
    await small.put(key, writing('12345'))
    await small.put(other, writing('12345'))
    utimesSync(small.filesOf(other).content, 1, 1)
    utimesSync(small.filesOf(key).content, 2, 2)
    await small.put(third, writing('12345'))
    expect([key, other, third].map(one => existsSync(small.filesOf(one).checksum))).toEqual([true, false, true])
    // Being found is a use.
    utimesSync(small.filesOf(third).content, 3, 3)
    await small.find(key)
    await small.put(other, writing('12345'))
    expect([key, other, third].map(one => existsSync(small.filesOf(one).content))).toEqual([true, true, false])
  })
})

test('toEvict never names what was just put', () => {
  const objects = [
    { path: 'old', usedAt: 1, sizeBytes: 4 },
    { path: 'new', usedAt: 0, sizeBytes: 100 },
  ]
  expect(toEvict(objects, 50, 'new')).toEqual(['old'])
  expect(toEvict(objects, 104, 'new')).toEqual([])
})

describe('packFolder', () => {
  test('and unpackFolder keep modes, links and times', async () => {
    const from = join(folder, 'environment')
    mkdirSync(join(from, 'bin'), { recursive: true })
    writeFileSync(join(from, 'bin/tool'), '#!/bin/sh\n', { mode: 0o755 })
    symlinkSync('/usr/bin/python3', join(from, 'bin/python3'))
    utimesSync(join(from, 'bin/tool'), 1_700_000_000, 1_700_000_000)
    await packFolder(from, join(folder, 'object'), signal)
    expect(readFileSync(join(folder, 'object')).readUInt32LE(0)).toBe(0xfd2fb528)
    expect(statSync(join(folder, 'object')).mode & 0o777).toBe(0o644)
    mkdirSync(join(folder, 'other'))
    await unpackFolder(join(folder, 'object'), join(folder, 'other'), signal)
    const tool = statSync(join(folder, 'other/environment/bin/tool'))
    expect({ mode: tool.mode & 0o777, time: tool.mtimeMs }).toEqual({ mode: 0o755, time: 1_700_000_000_000 })
    expect(
      readdirSync(join(folder, 'other/environment/bin'), { withFileTypes: true }).map(entry => entry.isSymbolicLink()),
    ).toEqual([true, false])
  })

  test('refuses a folder with a finished image', async () => {
    mkdirSync(join(folder, 'out/deep'), { recursive: true })
    writeFileSync(join(folder, 'out/deep/anything'), Buffer.from([0x51, 0x46, 0x49, 0xfb, 0, 0, 0, 3]))
    await expect(packFolder(join(folder, 'out'), join(folder, 'object'), signal)).rejects.toThrow(
      /out\/deep\/anything is a disk image; a finished image is never cached/,
    )
    expect(existsSync(join(folder, 'object'))).toBe(false)
  })
})
