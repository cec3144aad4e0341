import { describe, expect, test } from 'vitest'
import { archives } from '../../../src/base/archive.ts'
import { faultOfRelease, parseRelease } from '../../../src/base/in-release.ts'
import { findKeyring, judgeSignature } from '../../../src/base/signature.ts'
import { EnvironmentError } from '../../../src/system/errors.ts'

const text = `Origin: Debian
Label: Debian-Security
Suite: stable-security
Version: 13
Codename: trixie-security
Date: Tue, 24 Nov 2026 00:34:34 UTC
Valid-Until: Tue, 01 Dec 2026 00:34:34 UTC
Architectures: amd64 arm64
Components: updates/main updates/contrib
SHA256:
 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855        0 Codename: nonsense
`
const release = parseRelease(text)
const expected = {
  suite: 'trixie-security',
  architecture: 'amd64',
  components: ['main'],
  now: new Date('2026-11-25T00:00:00Z'),
}

describe('a Release file', () => {
  test('is read', () => {
    expect(release).toEqual({
      suite: 'stable-security',
      codename: 'trixie-security',
      date: new Date('2026-11-24T00:34:34Z'),
      validUntil: new Date('2026-12-01T00:34:34Z'),
      architectures: ['amd64', 'arm64'],
      components: ['main', 'contrib'],
    })
  })

  test.each<[string, object, object, string | undefined]>([
    ['good', {}, {}, undefined],
    ['asked for by its role', {}, { suite: 'stable-security' }, undefined],
    ['without an end', { validUntil: undefined }, { now: new Date('2030-01-01') }, undefined],
    ['of another suite', {}, { suite: 'bookworm-security' }, 'it is of "trixie-security", not of bookworm-security'],
    ['without the architecture', {}, { architecture: 's390x' }, 'it has no architecture s390x, only amd64, arm64'],
    [
      'without the component',
      {},
      { components: ['main', 'non-free'] },
      'it has no component non-free, only main, contrib',
    ],
    [
      'stale',
      {},
      { now: new Date('2026-12-02T00:00:00Z') },
      'it was valid until 2026-12-01T00:34:34.000Z and apt will refuse it; the mirror is no longer updated',
    ],
    [
      'of tomorrow',
      {},
      { now: new Date('2026-11-23T00:00:00Z') },
      "it is of 2026-11-24T00:34:34.000Z, which lies in the future: this machine's clock is wrong",
    ],
    ['without a date', parseRelease('Codename: trixie-security'), {}, 'it has no readable Date'],
    ['with a broken date', { date: new Date('tomorrow') }, {}, 'it has no readable Date'],
  ])('%s', (_, change, expectation, fault) => {
    expect(faultOfRelease({ ...release, ...change }, { ...expected, ...expectation })).toBe(fault)
  })
})

describe('a signature', () => {
  const status = (...lines: string[]) => lines.map(line => `[GNUPG:] ${line}`)
  test.each([
    ['one good', status('GOODSIG AAAA Archive'), { status: 'good', keys: ['AAAA'] }],
    [
      'one good, another by a key that this host does not know',
      status('NO_PUBKEY BBBB', 'GOODSIG AAAA Archive'),
      { status: 'good', keys: ['AAAA'] },
    ],
    [
      'one good, one bad',
      status('GOODSIG AAAA Archive', 'BADSIG BBBB Archive'),
      { status: 'bad', reason: 'the signature of key BBBB does not fit the content' },
    ],
    [
      'only an expired key',
      status('EXPKEYSIG AAAA Archive'),
      { status: 'bad', reason: 'key AAAA is expired or revoked' },
    ],
    [
      'only unknown keys',
      status('NO_PUBKEY AAAA', 'NO_PUBKEY BBBB'),
      { status: 'unknown-key', reason: 'signed by keys AAAA, BBBB, which it lacks' },
    ],
    ['none', status('NODATA 1'), { status: 'unsigned', reason: 'it carries no OpenPGP signature' }],
    [
      'words that only look like status lines',
      ['GOODSIG AAAA'],
      { status: 'unsigned', reason: 'it carries no OpenPGP signature' },
    ],
  ])('%s', (_, lines, verdict) => {
    expect(judgeSignature(lines)).toEqual(verdict)
  })

  test('the keyring is required by name', () => {
    expect(findKeyring(archives.debian, path => path.endsWith('.pgp'))).toBe(
      '/usr/share/keyrings/debian-archive-keyring.pgp',
    )
    expect(() => findKeyring(archives.debian, () => false)).toThrow(
      new EnvironmentError(
        'The keys of the Debian archive are not on this host (looked for /usr/share/keyrings/debian-archive-keyring.gpg, ' +
          '/usr/share/keyrings/debian-archive-keyring.pgp): install the package debian-archive-keyring, or run ' +
          "'trove-image setup'",
      ),
    )
  })
})
