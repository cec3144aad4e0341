import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readHost } from '../../../src/base/host.ts'

const root = mkdtempSync(join(tmpdir(), 'host-'))
afterAll(() => rmSync(root, { recursive: true }))

const write = (path: string, text: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

const plain = { enabled: true, types: ['deb'], signedBy: [], ownKey: false, unverified: false }

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
    write(
      'etc/apt/sources.list.d/more.list',
      'deb http://more.example/ bookworm main\ndeb-src http://source.example/ bookworm main\n',
    )
    write(
      'etc/apt/sources.list.d/off.sources',
      'Enabled: without\nTypes: deb\nURIs: http://off.example/\nSuites: bookworm\nComponents: main\n',
    )
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
          ...plain,
        },
        {
          file: join(folder, 'more.list'),
          line: 1,
          uris: ['http://more.example/'],
          suites: ['bookworm'],
          components: ['main'],
          ...plain,
        },
      ],
    })
  })

  test('may have no apt at all', () => {
    expect(readHost(join(root, 'nothing'))).toEqual({ distribution: '', release: '', sources: [] })
  })
})
