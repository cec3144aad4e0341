import { expect, test } from 'vitest'
import { buildMirrorsOf, type Lock } from '../../../src/base/index.ts'

function lock(mirror: string, securityMirror: string, publicMirrors?: string[]): Lock {
  return {
    schemaVersion: 1,
    createdAt: '2026-11-25T12:00:00Z',
    distribution: 'debian',
    release: 'trixie',
    architecture: 'amd64',
    base: {
      source: 'minimal',
      mirrorFrom: 'host',
      mirror,
      securityMirror,
      sources: [],
      keyring: '/k',
      suites: [],
      ...(publicMirrors ? { publicMirrors } : {}),
    },
  }
}

const company = 'http://mirror.example.com/debian'
const open = 'http://archive.example.org/debian'

test.each<[string, Lock, string[], string[], string[]]>([
  ["a company's mirror", lock(company, `${company}-security`, [open]), [], [company, `${company}-security`], [open]],
  ['one for both archives', lock(`${company}/`, company, [open]), [], [company], [open]],
  ['what DIB uses by default', lock(open, `${open}/`, [`${open}/`]), [], [], [open]],
  [
    "what the recipe's image-sources name",
    lock(company, open, [open]),
    [`main:deb ${company}/ trixie main`],
    [],
    [open, company],
  ],
  ['a mirror with a password', lock('http://me:word@mirror.example.com/debian', open, [open]), [], [company], [open]],
  ['a lock of an older version', lock(open, open), [], [open], []],
])('guests must not use %s', (_, locked, imageSources, used, allowed) => {
  expect(buildMirrorsOf(locked, imageSources)).toEqual({ used, allowed })
})

test('a local base has no mirror', () => {
  const base = { source: 'local', file: 'x', format: 'tar', sizeBytes: 1, sha256: '0'.repeat(64) } as const
  expect(buildMirrorsOf({ ...lock(company, company), base }, [])).toEqual({ used: [], allowed: [] })
})
