import { expect, test } from 'vitest'
import { compareArchive, type Lock } from '../../../src/base/index.ts'

const sha = (digit: string) => digit.repeat(64)
const suite = (name: string, digit: string) => ({
  mirror: 'http://mirror.example/debian',
  suite: name,
  inRelease: sha(digit),
  date: '2026-11-21T09:15:44.000Z',
})
const lock: Lock = {
  schemaVersion: 1,
  createdAt: '2026-11-25T14:00:11.224Z',
  distribution: 'debian',
  release: 'trixie',
  architecture: 'amd64',
  base: {
    source: 'minimal',
    mirrorFrom: 'recipe',
    mirror: 'http://mirror.example/debian',
    securityMirror: 'http://mirror.example/debian-security',
    sources: [],
    keyring: '/usr/share/keyrings/debian-archive-keyring.gpg',
    suites: [suite('trixie', 'a'), suite('trixie-security', 'b')],
  },
}
const used = (file: string, digit: string) => ({ file, sha256: sha(digit) })

test.each([
  ['the same states', lock, [used('x_trixie', 'a'), used('x_trixie-security', 'b')], [true, true], []],
  ['security moved', lock, [used('x_trixie', 'a'), used('x_trixie-security', 'c')], [true, false], ['trixie-security']],
  ['nothing told', lock, [], [], ['trixie', 'trixie-security']],
  ['no lock', undefined, [used('x_trixie', 'a')], [false], []],
])('%s', (_name, given, states, locked, moved) => {
  expect(compareArchive(given, states)).toEqual({
    states: states.map((state, index) => ({ ...state, locked: locked[index] })),
    moved,
  })
})
