import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { canonicalJson, readDocument, sha256, writeDocument } from '../../../src/system/documents.ts'
import { formatDuration } from '../../../src/system/duration.ts'
import { childEnvironment } from '../../../src/system/environment.ts'
import { EnvironmentError, exitStatusOf, InputError, InterruptedError, ToolError } from '../../../src/system/errors.ts'
import { sha256OfFile } from '../../../src/system/hash.ts'
import { LineSplitter, Tail } from '../../../src/system/lines.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trove-image-unit.'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('LineSplitter', () => {
  const split = (chunks: readonly Uint8Array[], maxLength?: number): string[] => {
    const lines: string[] = []
    const splitter = new LineSplitter(line => lines.push(line), maxLength)
    for (const chunk of chunks) splitter.write(chunk)
    splitter.end()
    return lines
  }
  const euro = Buffer.from('€')

  test.each([
    ['lines and an empty one', [Buffer.from('a\n\nb\n')], ['a', '', 'b']],
    ['a last line without newline', [Buffer.from('a\nb')], ['a', 'b']],
    ['a line in pieces', [Buffer.from('a'), Buffer.from('b\nc')], ['ab', 'c']],
    ['UTF-8 split between chunks', [euro.subarray(0, 1), euro.subarray(1), Buffer.from('\n')], ['€']],
    ['progress with carriage returns', [Buffer.from('10%\r20%\r\n')], ['10%', '20%']],
    ['carriage return and newline in two chunks', [Buffer.from('a\r'), Buffer.from('\n\r\nb')], ['a', '', 'b']],
    ['nothing', [], []],
  ])('%s', (_, chunks, expected) => {
    expect(split(chunks)).toEqual(expected)
  })

  test('a line that never ends does not grow without bound', () => {
    expect(split([Buffer.alloc(100, 'x'), Buffer.alloc(100, 'y'), Buffer.from('\nz\n')], 5)).toEqual([
      'xxxxx [cut]',
      'z',
    ])
  })
})

test('Tail keeps the last lines', () => {
  const tail = new Tail(2)
  for (const line of ['a', 'b', 'c']) tail.push(line)
  expect(tail.lines()).toEqual(['b', 'c'])
})

describe('documents', () => {
  test.each([
    [{ b: 1, a: [2, { d: null, c: 'x' }] }, '{"a":[2,{"c":"x","d":null}],"b":1}'],
    [{ a: undefined, b: 'ü' }, '{"b":"ü"}'],
    [[], '[]'],
  ])('canonical JSON of %j', (value, text) => {
    expect(canonicalJson(value)).toBe(text)
  })

  const schema = z.object({ schemaVersion: z.literal(1), name: z.string() })

  test('what was written can be read', () => {
    const path = join(folder, 'd.json')
    writeDocument(path, schema, { schemaVersion: 1, name: 'x' })
    expect(readDocument(path, schema)).toEqual({ schemaVersion: 1, name: 'x' })
  })

  test.each([
    ['{"schemaVersion":2,"name":"x"}', 'is not what this version reads'],
    ['{"schemaVersion":1', 'is not JSON'],
  ])('%s is refused', (text, message) => {
    const path = join(folder, 'd.json')
    writeFileSync(path, text)
    expect(() => readDocument(path, schema)).toThrow(message)
  })

  test('a missing document is named', () => {
    expect(() => readDocument(join(folder, 'none.json'), schema)).toThrow(/none\.json cannot be read/)
  })

  test('a file has the digest of its bytes', async () => {
    const path = join(folder, 'f')
    writeFileSync(path, 'abc')
    expect(await sha256OfFile(path)).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
    expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  })
})

test('a child inherits neither tokens nor what changes the meaning of a plan', () => {
  const before = { ...process.env }
  Object.assign(process.env, {
    DIB_RELEASE: 'x',
    LIBGUESTFS_DEBUG: '1',
    GITHUB_TOKEN: 't',
    ACTIONS_RUNTIME_TOKEN: 't',
    OS_PASSWORD: 'p',
    http_proxy: 'p',
  })
  try {
    const environment = childEnvironment({ OWN: '1', HOME: undefined })
    const names = ['DIB_RELEASE', 'LIBGUESTFS_DEBUG', 'GITHUB_TOKEN', 'ACTIONS_RUNTIME_TOKEN', 'OS_PASSWORD', 'HOME']
    expect(names.filter(name => name in environment)).toEqual([])
    expect(environment).toMatchObject({ OWN: '1', http_proxy: 'p', LC_ALL: 'C.UTF-8', PATH: process.env.PATH })
  } finally {
    process.env = before
  }
})

test.each([
  [new InputError('x'), 2],
  [new EnvironmentError('x'), 3],
  [new ToolError('x', 'tool', 1), 4],
  [new TypeError('x'), 70],
  [new InterruptedError('SIGHUP'), 129],
  [new InterruptedError('SIGINT'), 130],
  [new InterruptedError('SIGTERM'), 143],
])('exit status of %s', (error, status) => {
  expect(exitStatusOf(error)).toBe(status)
})

test.each([
  [0.44, '0.4 s'],
  [9.96, '10 s'],
  [41.4, '41 s'],
  [59.6, '1 min 00 s'],
  [125, '2 min 05 s'],
  [3725, '1 h 02 min'],
])('%d seconds are %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text)
})
