import { describe, expect, test } from 'vitest'
import { parseDeb822, parseList } from '../../../src/apt/index.ts'
import { archives } from '../../../src/base/archive.ts'
import type { Host } from '../../../src/base/host.ts'
import { chooseMirrors } from '../../../src/base/mirror.ts'

const dibDefault = { main: 'http://default.example/debian', security: 'http://sec-default.example/', file: 'ELEMENT' }

/** Debian 12 as its cloud image configures apt, with another vendor's archive that uses the same suite name. */
const debian12: Host = {
  distribution: 'debian',
  release: 'bookworm',
  sources: [
    ...parseList(
      [
        'deb [arch=amd64 signed-by=/usr/share/keyrings/vendor.gpg] https://vendor.example/debian/12 bookworm main',
        'deb http://other.example/debian bookworm main',
      ].join('\n'),
      'a.list',
    ),
    ...parseDeb822(
      [
        'Types: deb deb-src',
        'URIs: http://mirror.example/debian/',
        'Suites: bookworm bookworm-updates bookworm-backports',
        'Components: main',
        '',
        'Types: deb',
        'URIs: http://mirror.example/debian-security',
        'Suites: bookworm-security',
        'Components: main',
        'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg',
      ].join('\n'),
      'debian.sources',
    ),
  ],
}
/** Debian 13 with apt's suites named by role, on one line each. */
const debian13: Host = {
  distribution: 'debian',
  release: 'trixie',
  sources: parseList(
    [
      'deb http://near.example/debian stable main contrib',
      'deb http://near.example/debian stable-updates main',
      'deb http://near.example/security stable-security main',
    ].join('\n'),
    'sources.list',
  ),
}
const ubuntu2404: Host = {
  distribution: 'ubuntu',
  release: 'noble',
  sources: parseDeb822(
    'Types: deb\nURIs: http://ubuntu.example/ubuntu/\nSuites: noble noble-updates noble-security\nComponents: main universe\n',
    'ubuntu.sources',
  ),
}

const question = {
  distribution: 'debian',
  mirror: undefined,
  securityMirror: undefined,
  archive: archives.debian,
  dibDefault,
}
const fromDefault = (url: string) => ({ url, from: 'dib-default', origin: "diskimage-builder's default, ELEMENT" })

describe('the mirror rule', () => {
  test.each([
    [
      'Debian 12',
      debian12,
      { url: 'http://mirror.example/debian', from: 'host', origin: "this host's debian.sources:1" },
      { url: 'http://mirror.example/debian-security', from: 'host', origin: "this host's debian.sources:6" },
    ],
    [
      'Debian 13',
      debian13,
      { url: 'http://near.example/debian', from: 'host', origin: "this host's sources.list:1" },
      { url: 'http://near.example/security', from: 'host', origin: "this host's sources.list:3" },
    ],
    [
      'Ubuntu 24.04',
      ubuntu2404,
      fromDefault('http://default.example/debian'),
      fromDefault('http://sec-default.example'),
    ],
  ])('a Debian image on %s', (_, host, main, security) => {
    expect(chooseMirrors({ ...question, host })).toEqual({ main, security })
  })

  test.each([debian12, debian13, ubuntu2404])('the recipe comes first', host => {
    const mirror = 'http://mine.example/debian/'
    const securityMirror = 'http://mine.example/security'
    expect(chooseMirrors({ ...question, host, mirror, securityMirror })).toEqual({
      main: { url: 'http://mine.example/debian', from: 'recipe', origin: "the recipe's mirror" },
      security: { url: 'http://mine.example/security', from: 'recipe', origin: "the recipe's security-mirror" },
    })
  })

  test('each archive for itself', () => {
    const chosen = chooseMirrors({ ...question, host: debian12, mirror: 'http://mine.example/debian' })
    expect([chosen.main.from, chosen.security.from]).toEqual(['recipe', 'host'])
  })

  test.each([
    ['credentials', 'http://me:secret@private.example/debian'],
    ['a file', 'file:///srv/debian'],
    ['a disc', 'cdrom:[Debian]/'],
    ['a mirror list that we do not follow', 'mirror://lists.example/debian.list'],
    ['a variable', 'http://mirror.example/$(ARCH)/debian'],
  ])('a host mirror with %s is not taken', (_, uri) => {
    const sources = parseList(`deb ${uri} bookworm main\ndeb ${uri} bookworm-security main`, 'sources.list')
    expect(chooseMirrors({ ...question, host: { ...debian12, sources } })).toEqual({
      main: fromDefault('http://default.example/debian'),
      security: fromDefault('http://sec-default.example'),
    })
  })

  test('backports, other components and other releases are no mirror of the release', () => {
    const lines =
      'deb http://a.example/ bookworm-backports main\ndeb http://b.example/ bookworm contrib\ndeb http://c.example/ bookworm2 main'
    const chosen = chooseMirrors({ ...question, host: { ...debian12, sources: parseList(lines, 'l') } })
    expect(chosen.main.from).toBe('dib-default')
  })
})
