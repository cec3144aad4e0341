import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

const line = (value: unknown) => `${JSON.stringify(value)}\n`
const file = (path: string) => ({ kind: 'file', path })
const folder = (path: string) => ({ kind: 'folder', path })

let cache: string
let journal: typeof import('../../../src/system/journal.ts')
beforeEach(async () => {
  cache = mkdtempSync(join(tmpdir(), 'trove-image-journal.'))
  vi.stubEnv('XDG_CACHE_HOME', cache)
  vi.resetModules()
  journal = await import('../../../src/system/journal.ts')
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(cache, { recursive: true })
})

describe('what a journal leaves to undo', () => {
  test.each([
    ['nothing', '', []],
    ['all that was begun, in order', line(folder('/a')) + line(file('/b')), [folder('/a'), file('/b')]],
    ['not what was finished', line(file('/a')) + line(file('/b')) + line({ done: file('/a') }), [file('/b')]],
    ['what was begun once more', line(file('/a')) + line({ done: file('/a') }) + line(file('/a')), [file('/a')]],
    ['a folder of the name of a finished file', line(folder('/a')) + line({ done: file('/a') }), [folder('/a')]],
    ['what stands before a torn line', `${line(file('/a'))}{"done":{"kind":"fi`, [file('/a')]],
    ['nothing of an unknown kind', line({ kind: 'moon', path: '/a' }), []],
  ])('%s', (_, text, entries) => {
    expect(journal.readEntries(text)).toEqual(entries)
  })
})

describe('the journal of this run', () => {
  const runs = () => readdirSync(join(cache, 'trove-image/runs'))

  test('a finished work is a line more: nothing that was written is written again', () => {
    journal.recordFile('/a')
    journal.recordFile('/b')
    const path = join(journal.runFolder(), 'journal')
    const before = readFileSync(path, 'utf8')
    journal.forget({ kind: 'file', path: '/a' })
    expect(readFileSync(path, 'utf8')).toBe(before + line({ done: file('/a') }))
    expect(journal.closeCurrentJournal()?.entries).toEqual([file('/b')])
  })

  test('appears whole among the runs, with its owner', () => {
    const path = journal.runFolder()
    expect(readFileSync(join(path, 'owner'), 'utf8')).toMatch(new RegExp(`^${process.pid} \\d+\n$`))
    expect(readdirSync(join(cache, 'trove-image'))).toEqual(['runs'])
    expect(journal.abandonedJournals()).toEqual([])
  })

  test('one that was killed while it began is found; one that is about to begin is left alone', () => {
    const owner = readFileSync(join(journal.runFolder(), 'owner'), 'utf8').trim().replace(' ', '-')
    const killed = join(cache, 'trove-image', 'starting-0-1')
    mkdirSync(killed)
    mkdirSync(join(cache, 'trove-image', `starting-${owner}`))
    expect(journal.abandonedJournals()).toEqual([{ folder: killed, owner: '0', ownerAlive: false, entries: [] }])
  })

  test('one of a process that is gone is abandoned', () => {
    const path = join(cache, 'trove-image/runs/other')
    mkdirSync(path, { recursive: true })
    writeFileSync(join(path, 'owner'), '0 1\n')
    writeFileSync(join(path, 'journal'), line(file('/a')))
    expect(journal.abandonedJournals()).toEqual([
      { folder: path, owner: '0', ownerAlive: false, entries: [file('/a')] },
    ])
  })

  test('what finishes after it was closed opens no other one', () => {
    journal.recordFile('/a')
    journal.closeCurrentJournal()
    const before = runs()
    journal.forget({ kind: 'file', path: '/a' })
    expect(runs()).toEqual(before)
  })

  test('nothing is begun after the end', () => {
    journal.makeWorkFolder('a')
    journal.endJournals()
    journal.closeCurrentJournal()
    const before = runs()
    for (const begin of [() => journal.makeWorkFolder('b'), () => journal.recordFile('/b'), journal.runFolder]) {
      expect(begin).toThrow('this run has ended')
    }
    expect(runs()).toEqual(before)
  })
})
