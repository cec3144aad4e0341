import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Need } from '../../../src/host/needs.ts'
import { findProgram, probeNeed, programFolders } from '../../../src/host/programs.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trove-image-programs.'))
  writeFileSync(join(folder, 'present'), '')
  chmodSync(join(folder, 'present'), 0o755)
  writeFileSync(join(folder, 'not-executable'), '')
  chmodSync(join(folder, 'not-executable'), 0o644)
})
afterAll(() => rmSync(folder, { recursive: true }))

const need = (...programs: string[]): Need => ({
  name: programs.join('+'),
  probe: { programs },
  use: 'a use',
  package: { 'debian-12': 'old-name', 'debian-13': 'name', 'ubuntu-24.04': 'their-name' },
})

test("root's folders are looked at too, and an entry that is no absolute path is not", () => {
  expect(programFolders('/usr/bin::relative:/opt/x')).toEqual([
    '/usr/bin',
    '/opt/x',
    '/usr/local/sbin',
    '/usr/sbin',
    '/sbin',
    '/bin',
  ])
})

test('a program is a file that may be executed', () => {
  expect(['present', 'not-executable', 'absent'].map(name => findProgram(name, ['/nonexistent', folder]))).toEqual([
    join(folder, 'present'),
    undefined,
    undefined,
  ])
})

test('a need that is met', () => {
  expect(probeNeed(need('present'), 'debian-12', true, [folder])).toEqual({
    subject: 'present',
    needed: 'a use',
    found: join(folder, 'present'),
    status: 'ok',
  })
})

test.each([
  ['debian-12', 'old-name'],
  ['debian-13', 'name'],
  ['ubuntu-24.04', 'their-name'],
] as const)('one program of several is missing: on %s the package %s brings it', (host, name) => {
  expect(probeNeed(need('present', 'absent'), host, true, [folder])).toEqual({
    subject: 'present+absent',
    needed: 'a use',
    found: 'no',
    status: 'mend',
    changes: [{ kind: 'packages', names: [name] }],
  })
})

test('where nothing can be installed the user is told the package', () => {
  expect(probeNeed(need('absent'), undefined, false, [folder])).toEqual({
    subject: 'absent',
    needed: 'a use',
    found: 'no',
    status: 'missing',
    remedy: 'install the package name (its name on Debian)',
  })
})

test('of several files one is enough', () => {
  const files: Need = { name: 'keys', probe: { files: ['/a.gpg', '/a.pgp'] }, use: 'a use', package: 'keyring' }
  const found = (exists: (path: string) => boolean) => probeNeed(files, 'debian-13', true, [], exists)
  expect(found(path => path === '/a.pgp')).toEqual({
    subject: 'keys',
    needed: 'a use',
    found: '/a.pgp',
    status: 'ok',
  })
  expect(found(() => false)).toEqual({
    subject: 'keys',
    needed: 'a use',
    found: 'no',
    status: 'mend',
    changes: [{ kind: 'packages', names: ['keyring'] }],
  })
})
