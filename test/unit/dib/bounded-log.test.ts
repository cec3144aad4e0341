import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { BoundedLog } from '../../../src/dib/bounded-log.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bounded-log-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function logOf(lines: number, bounds: { headBytes: number; tailBytes: number }): string {
  const file = join(folder, 'build.log')
  const log = new BoundedLog(file, bounds)
  for (let number = 0; number < lines; number++) log.write(`line ${String(number).padStart(4, '0')}`)
  log.close()
  log.close()
  return readFileSync(file, 'utf8')
}

test('a log within its bounds is kept whole', () => {
  expect(logOf(3, { headBytes: 1000, tailBytes: 100 })).toBe('line 0000\nline 0001\nline 0002\n')
})

test('of a longer one the beginning and the end are kept, and what is missing is said', () => {
  expect(logOf(1000, { headBytes: 30, tailBytes: 20 })).toBe(
    [
      'line 0000',
      'line 0001',
      'line 0002',
      '[trove-image: 995 lines, 9950 bytes left out here; the first 30 and the last 20 bytes are kept]',
      'line 0998',
      'line 0999',
      '',
    ].join('\n'),
  )
})

test('nothing is said to be missing when head and tail touch', () => {
  expect(logOf(5, { headBytes: 30, tailBytes: 20 })).toBe('line 0000\nline 0001\nline 0002\nline 0003\nline 0004\n')
})
