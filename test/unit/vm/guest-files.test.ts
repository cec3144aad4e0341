import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  fetchGuestFile,
  type GuestReader,
  listGuestFiles,
  type Portion,
  readFetched,
} from '../../../src/vm/guest-files.ts'

/** A session that answers from a table, and remembers what it was asked. */
function session(answers: Record<string, string[]>, listed: string[] = []) {
  const asked: string[] = []
  const reader: GuestReader = {
    ask: async (name, args = []) => {
      asked.push([name, ...args].join(' '))
      return answers[name]
    },
    shell: async script => {
      asked.push(script)
      return listed
    },
  }
  return { reader, asked }
}

describe('a file of the guest', () => {
  const whole = (mostBytes: number): Portion => ({ mostBytes, of: 'whole' })
  const end = (mostBytes: number): Portion => ({ mostBytes, of: 'end' })
  const file = (size: string) => ({ 'is-file': ['true'], filesize: [size], 'download-offset': [] })
  test.each<[string, Record<string, string[]>, Portion, string, string | undefined]>([
    ['that is one', file('10'), whole(10), 'fetched', 'download-offset /f /to 0 10'],
    ['that is no regular file', { ...file('10'), 'is-file': ['false'] }, whole(10), 'absent', undefined],
    ['that is not there', { filesize: ['10'], 'download-offset': [] }, whole(10), 'absent', undefined],
    ['of no size', { 'is-file': ['true'], 'download-offset': [] }, end(10), 'absent', undefined],
    ['too large to be taken whole', file('11'), whole(10), 'too large', undefined],
    ['of which the end is enough', file('11'), end(10), 'fetched', 'download-offset /f /to 1 10'],
  ])('%s', async (_, answers, portion, outcome, download) => {
    const { reader, asked } = session(answers)
    expect(await fetchGuestFile(reader, '/f', '/to', portion)).toBe(outcome)
    expect(asked.find(line => line.startsWith('download'))).toBe(download)
  })

  test('whose copying failed is absent', async () => {
    const { reader } = session({ 'is-file': ['true'], filesize: ['1'] })
    expect(await fetchGuestFile(reader, '/f', '/to', whole(1))).toBe('absent')
  })
})

test('the list of a folder: regular files without following links, a few, names that can be said', async () => {
  const { reader, asked } = session({}, ['17.5 a b.log', '16 c\x1bd.log', 'b.log', '-3.0 old/e.log'])
  expect(await listGuestFiles(reader, { folder: '/var/log/x', suffix: '.log', depth: 2 })).toEqual([
    '/var/log/x/a b.log',
    '/var/log/x/old/e.log',
  ])
  expect(asked).toEqual([
    'timeout 60 find -P "/sysroot/var/log/x" -xdev -mindepth 1 -maxdepth 2 -type f -name "*.log" ' +
      '-printf "%T@ %P\\n" 2>/dev/null | sort -rn | head -n 40',
  ])
})

test('what was fetched is read only as a regular file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'guest-files-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'file'), 'words')
  symlinkSync(join(folder, 'file'), join(folder, 'link'))
  mkdirSync(join(folder, 'folder'))
  expect(['file', 'link', 'folder'].map(name => readFetched(join(folder, name)).toString())).toEqual(['words', '', ''])
})
