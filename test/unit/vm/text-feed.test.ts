import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { plainText, TextFeed } from '../../../src/vm/text-feed.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'text-feed-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test.each([
  ['\x1b[0;1;32m  OK  \x1b[0m', '  OK  '],
  ['\x1b[!p\x1b]104\x07\x1b[?7h\x1b[32766;32766H\x1b[6nWelcome', 'Welcome'],
  ['[\x1b[0;1;38:5:185mDEPEND\x1b[0m] Dependency failed', '[DEPEND] Dependency failed'],
  ['\x1b(B\x1b[m\x07bell\x08', 'bell'],
  ['a\tb', 'a\tb'],
])('%j is %j', (text, plain) => {
  expect(plainText(text)).toBe(plain)
})

test('follows a file that appears late and grows in pieces', () => {
  const file = join(folder, 'console')
  const lines: string[] = []
  const feed = new TextFeed(file, line => lines.push(line))
  feed.poll()
  expect([lines, feed.bytes, feed.unfinished]).toEqual([[], 0, ''])
  appendFileSync(file, 'one\r\n\x1b[32mtw')
  feed.poll()
  expect([lines, feed.unfinished]).toEqual([['one'], 'tw'])
  appendFileSync(file, 'o\x1b[0m\nguest login: ')
  feed.poll()
  expect([lines, feed.unfinished]).toEqual([['one', 'two'], 'guest login: '])
  feed.close()
  expect(lines).toEqual(['one', 'two', 'guest login:'])
})

test('reads no more of a file than it was told', () => {
  const file = join(folder, 'console')
  const lines: string[] = []
  const feed = new TextFeed(file, line => lines.push(line), 6)
  appendFileSync(file, 'one\n')
  feed.poll()
  appendFileSync(file, 'two\nthree\n')
  feed.poll()
  feed.close()
  expect([lines, feed.bytes]).toEqual([['one', 'tw'], 6])
})
