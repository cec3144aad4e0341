import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { parseDeb822, parseList } from '../../../src/base/apt-sources.ts'
import { readHost } from '../../../src/base/host.ts'

const root = mkdtempSync(join(tmpdir(), 'host-'))
afterAll(() => rmSync(root, { recursive: true }))

const write = (path: string, text: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

describe("apt's sources", () => {
  test('one line each', () => {
    const text = `
# deb http://comment.example/ trixie main
deb http://a.example/debian trixie main contrib # why not
deb-src http://a.example/debian trixie main
  deb [ arch=amd64,arm64 signed-by=/k/one.gpg,/k/two.gpg ] https://b.example/ ./
deb broken
`
    const entry = { file: 'f', components: [], signedBy: [] }
    expect(parseList(text, 'f')).toEqual([
      { ...entry, line: 3, uris: ['http://a.example/debian'], suites: ['trixie'], components: ['main', 'contrib'] },
      { ...entry, line: 5, uris: ['https://b.example/'], suites: ['./'], signedBy: ['/k/one.gpg', '/k/two.gpg'] },
    ])
  })

  test('deb822 stanzas', () => {
    const text = `# a comment
Types: deb
URIs: http://a.example/debian
 http://b.example/debian
suites: trixie
# in between
 trixie-updates
Components: main

Types: deb
Enabled: no
URIs: http://off.example/
Suites: trixie
Components: main

Types: deb-src
URIs: http://source.example/
Suites: trixie
Components: main


Types: deb
URIs: http://c.example/
Suites: x/
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINBF
`
    expect(parseDeb822(text, 'f')).toEqual([
      {
        file: 'f',
        line: 2,
        uris: ['http://a.example/debian', 'http://b.example/debian'],
        suites: ['trixie', 'trixie-updates'],
        components: ['main'],
        signedBy: [],
      },
      { file: 'f', line: 22, uris: ['http://c.example/'], suites: ['x/'], components: [], signedBy: [] },
    ])
  })
})

describe('the host', () => {
  test('is read with its mirror lists, as cloud images of Debian have them', () => {
    write('etc/os-release', 'NAME="Debian GNU/Linux"\nVERSION_CODENAME=bookworm\nID=debian\n')
    write('etc/apt/sources.list', '# empty\n')
    write(
      'etc/apt/sources.list.d/debian.sources',
      'Types: deb\nURIs: mirror+file:///etc/apt/mirrors/debian.list\nSuites: bookworm\nComponents: main\n',
    )
    write(
      'etc/apt/mirrors/debian.list',
      '# nearest\nhttps://near.example/debian\tpriority:1\nhttps://far.example/debian\n',
    )
    write('etc/apt/sources.list.d/ignored.save', 'deb http://ignored.example/ bookworm main\n')
    write('etc/apt/sources.list.d/more.list', 'deb http://more.example/ bookworm main\n')
    const folder = join(root, 'etc/apt/sources.list.d')
    expect(readHost(root)).toEqual({
      distribution: 'debian',
      release: 'bookworm',
      sources: [
        {
          file: join(folder, 'debian.sources'),
          line: 1,
          uris: ['https://near.example/debian', 'https://far.example/debian'],
          suites: ['bookworm'],
          components: ['main'],
          signedBy: [],
        },
        {
          file: join(folder, 'more.list'),
          line: 1,
          uris: ['http://more.example/'],
          suites: ['bookworm'],
          components: ['main'],
          signedBy: [],
        },
      ],
    })
  })

  test('may have no apt at all', () => {
    expect(readHost(join(root, 'nothing'))).toEqual({ distribution: '', release: '', sources: [] })
  })
})
