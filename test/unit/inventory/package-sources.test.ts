import { expect, test } from 'vitest'
import { parseAptConfiguration, readPackageSources } from '../../../src/inventory/package-sources.ts'
import { parseDpkgStatus } from '../../../src/inventory/packages.ts'
import { fileTree } from '../../support/file-tree.ts'

const plain = { enabled: true, signedBy: [], unverified: false, credentials: false }

test('apt.conf: whole names, blocks, lists, comments', () => {
  const text = `// comment; "with" { marks
APT::Get::AllowUnauthenticated "true"; # after
/* block
   comment */
Acquire { http { Proxy "http://u:p@cache.example.org:3142"; }; Retries 3; };
DPkg::Pre-Install-Pkgs {"/usr/sbin/dpkg-preconfigure --apt || true";};
APT::NeverAutoRemove:: "^linux-.*";
#clear Acquire::Languages;
`
  expect(parseAptConfiguration(text)).toEqual([
    { name: 'APT::Get::AllowUnauthenticated', value: 'true' },
    { name: 'Acquire::http::Proxy', value: 'http://u:p@cache.example.org:3142' },
    { name: 'Acquire::Retries', value: '3' },
    { name: 'DPkg::Pre-Install-Pkgs', value: '/usr/sbin/dpkg-preconfigure --apt || true' },
    { name: 'APT::NeverAutoRemove', value: '^linux-.*' },
  ])
})

test.each([
  ['APT { Get "1";', 'a "{" has no "}"'],
  ['APT "1"; };', 'a "}" has no "{"'],
  ['APT::X "1;\n', 'a string does not end on its line'],
])('%j is a fault', (text, message) => {
  expect(() => parseAptConfiguration(text)).toThrow(message)
})

test('all of an image: passwords are not kept, backups do not count', () => {
  const { tree, contents } = fileTree({
    '/etc/apt/sources.list.d/a.list': 'deb http://archive.example.org/debian trixie main\n',
    '/etc/apt/sources.list.d/b.sources':
      'Types: deb\nURIs: mirror+file:/etc/apt/mirrors/debian.list\nSuites: trixie\nComponents: main\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n',
    '/etc/apt/sources.list.d/c.list': 'deb mirror+file:/etc/apt/mirrors/none.list trixie main\n',
    '/etc/apt/mirrors/debian.list':
      '# ours\nhttp://u:p@mirror.example.org/debian\tpriority:1\nhttp://archive.example.org/debian\n',
    '/etc/apt/sources.list.d/a.list.save': 'deb http://saved.example.org/debian trixie main\n',
    '/etc/apt/apt.conf.d/60proxy': 'Acquire::http::Proxy "http://u:p@cache.example.org:3142";',
    '/etc/apt/apt.conf.d/99broken': 'APT {',
    '/etc/apt/apt.conf.d/50old.dpkg-old': 'APT::Get::AllowUnauthenticated "true";',
    '/etc/apt/trusted.gpg.d/archive.asc': 'key',
    '/etc/apt/trusted.gpg.d/empty.gpg': '',
  })
  expect(readPackageSources(tree, contents)).toEqual({
    sources: [
      {
        ...plain,
        file: '/etc/apt/sources.list.d/a.list',
        line: 1,
        types: ['deb'],
        uris: ['http://archive.example.org/debian'],
        suites: ['trixie'],
        components: ['main'],
      },
      {
        ...plain,
        file: '/etc/apt/sources.list.d/b.sources',
        line: 1,
        types: ['deb'],
        uris: ['http://mirror.example.org/debian', 'http://archive.example.org/debian'],
        suites: ['trixie'],
        components: ['main'],
        signedBy: ['/etc/apt/sources.list.d/b.sources'],
        credentials: true,
      },
      {
        ...plain,
        file: '/etc/apt/sources.list.d/c.list',
        line: 1,
        types: ['deb'],
        uris: ['mirror+file:/etc/apt/mirrors/none.list'],
        suites: ['trixie'],
        components: ['main'],
      },
    ],
    trustedKeys: ['/etc/apt/trusted.gpg.d/archive.asc'],
    settings: [
      { file: '/etc/apt/apt.conf.d/60proxy', name: 'Acquire::http::Proxy', value: 'http://cache.example.org:3142' },
    ],
    faults: [{ file: '/etc/apt/apt.conf.d/99broken', line: 0, text: 'a "{" has no "}"' }],
  })
})

test("dpkg's status", () => {
  const text = `Package: docker.io
Status: install ok installed
Architecture: amd64
Source: docker.io-app (26)
Version: 26.1.5+dfsg1-9
Conffiles:
 /etc/default/docker abc
Description: x
 Package: no

Package: half
Status: install reinstreq half-installed
Architecture: all
Version: 1

Package: gone
Status: deinstall ok config-files
Architecture: all
Version: 2
`
  expect(parseDpkgStatus(text)).toEqual([
    {
      name: 'docker.io',
      version: '26.1.5+dfsg1-9',
      architecture: 'amd64',
      state: 'installed',
      source: 'docker.io-app',
    },
    { name: 'half', version: '1', architecture: 'all', state: 'reinstreq', source: 'half' },
    { name: 'gone', version: '2', architecture: 'all', state: 'config-files', source: 'gone' },
  ])
})
