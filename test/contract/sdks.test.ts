import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FreedFolder, removableSdks, removeSdks, sdkFolders } from '../../src/host/sdks.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sdks-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('the list names kits and no folder that holds anything else', () => {
  const shared = [
    '/',
    '/usr',
    '/usr/lib',
    '/usr/local',
    '/usr/local/lib',
    '/usr/local/share',
    '/usr/share',
    '/opt',
    '/home',
  ]
  expect(sdkFolders.filter(path => shared.includes(path) || !/^\/(usr|opt)\/[\w./-]+$/.test(path))).toEqual([])
  expect(sdkFolders).toEqual([...new Set(sdkFolders)])
})

/** Kits of `sizes`, on a file system that has 10 bytes free and gets what is removed. */
async function remove(sizes: readonly number[], wantedBytes: number) {
  const kits = sizes.map((size, index) => {
    const path = join(folder, `kit ${index}`)
    mkdirSync(path)
    writeFileSync(join(path, 'content'), 'x'.repeat(size))
    return { path, size }
  })
  const kept = join(folder, 'kept')
  mkdirSync(kept)
  const freed: FreedFolder[] = []
  await removeSdks({
    path: folder,
    wantedBytes,
    signal: new AbortController().signal,
    onFreed: one => freed.push(one),
    folders: [join(folder, 'absent'), ...kits.map(kit => kit.path)],
    free: () => 10 + kits.reduce((sum, { path, size }) => sum + (existsSync(path) ? 0 : size), 0),
  })
  expect(existsSync(kept)).toBe(true)
  return { freed, left: kits.filter(({ path }) => existsSync(path)).length }
}

test('kits are removed until there is room, and what each gave is told', async () => {
  expect(await remove([100, 50, 20], 120)).toEqual({
    freed: [
      { folder: join(folder, 'kit 0'), bytes: 100 },
      { folder: join(folder, 'kit 1'), bytes: 50 },
    ],
    left: 1,
  })
})

test('nothing is removed where there is room already', async () => {
  expect(await remove([100], 10)).toEqual({ freed: [], left: 1 })
})

test('a kit on another file system would give no room', () => {
  expect(removableSdks(folder, [folder, '/proc', '/nonexistent'])).toEqual([folder])
})
