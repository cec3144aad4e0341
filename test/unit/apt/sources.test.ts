import { expect, test } from 'vitest'
import { addressesOf, expandMirrorList, parseDeb822, parseList, parseSources } from '../../../src/apt/index.ts'

const plain = { enabled: true, signedBy: [], ownKey: false, unverified: false }

test('one-line style', () => {
  const text = `# deb http://old.example.org/debian trixie main
deb http://user:secret@archive.example.org/debian trixie main contrib # comment
deb-src [arch=amd64 signed-by=/usr/share/keyrings/a.gpg,/b.asc trusted=yes] https://archive.example.org/x stable main
deb https://archive.example.org/flat ./
garbage
`
  expect(parseList(text, '/f')).toEqual([
    {
      ...plain,
      file: '/f',
      line: 2,
      types: ['deb'],
      uris: ['http://user:secret@archive.example.org/debian'],
      suites: ['trixie'],
      components: ['main', 'contrib'],
    },
    {
      ...plain,
      file: '/f',
      line: 3,
      types: ['deb-src'],
      uris: ['https://archive.example.org/x'],
      suites: ['stable'],
      components: ['main'],
      signedBy: ['/usr/share/keyrings/a.gpg', '/b.asc'],
      unverified: true,
    },
    {
      ...plain,
      file: '/f',
      line: 4,
      types: ['deb'],
      uris: ['https://archive.example.org/flat'],
      suites: ['./'],
      components: [],
    },
  ])
})

test('deb822 style: several values, a switched off stanza, a key in the field', () => {
  const text = `# comment
Types: deb deb-src
URIs: http://archive.example.org/debian
suites: trixie
# in between
 trixie-updates
Components: main
Signed-By: /usr/share/keyrings/a.gpg, /b.gpg

Enabled: no
Types: deb
URIs: http://other.example.org
Suites: x
Trusted: yes
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc
`
  expect(parseDeb822(text, '/f.sources')).toEqual([
    {
      ...plain,
      file: '/f.sources',
      line: 2,
      types: ['deb', 'deb-src'],
      uris: ['http://archive.example.org/debian'],
      suites: ['trixie', 'trixie-updates'],
      components: ['main'],
      signedBy: ['/usr/share/keyrings/a.gpg', '/b.gpg'],
    },
    {
      ...plain,
      file: '/f.sources',
      line: 10,
      enabled: false,
      types: ['deb'],
      uris: ['http://other.example.org'],
      suites: ['x'],
      components: [],
      ownKey: true,
      unverified: true,
    },
  ])
})

test.each(['no', 'False', '0', 'off', 'without', 'disable'])('"Enabled: %s" switches a stanza off', word => {
  expect(
    parseDeb822(`Enabled: ${word}\nTypes: deb\nURIs: http://x.example/\n`, 'f').map(({ enabled }) => enabled),
  ).toEqual([false])
})

test("a file's name tells its style; another name holds no source", () => {
  const line = 'deb http://x.example/ trixie main\n'
  const found = (name: string) => parseSources(line, name).length
  expect([found('a.list'), found('a.sources'), found('a.list.save')]).toEqual([1, 0, 0])
})

test.each([
  ['http://x.example/debian', ['http://x.example/debian']],
  ['mirror+file:/etc/list', ['http://a.example/debian', 'http://b.example/debian']],
  ['mirror+file:///etc/list', ['http://a.example/debian', 'http://b.example/debian']],
  ['mirror+file:/etc/none', ['mirror+file:/etc/none']],
])('%s leads to its mirrors', (uri, expected) => {
  const text = '# nearest\nhttp://a.example/debian\tpriority:1\n\nhttp://b.example/debian # far\n'
  expect(expandMirrorList(uri, path => (path === '/etc/list' ? text : undefined))).toEqual(expected)
})

test.each([
  ['main:deb http://a.example/debian trixie main', ['http://a.example/debian']],
  ['x:deb [signed-by=/k arch=amd64] https://b.example/ trixie main', ['https://b.example/']],
  ['nothing', []],
])('the addresses of %j', (line, expected) => {
  expect(addressesOf(line)).toEqual(expected)
})
