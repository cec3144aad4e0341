import { expect, test } from 'vitest'
import { parseHostDistribution, readHostDistribution } from '../../../src/host/distribution.ts'

test.each([
  [
    'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n',
    { title: 'Debian GNU/Linux 12 (bookworm)', known: 'debian-12' },
  ],
  [
    'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nVERSION_ID="13"\nID=debian\n',
    { title: 'Debian GNU/Linux 13 (trixie)', known: 'debian-13' },
  ],
  [
    'PRETTY_NAME="Ubuntu 24.04.1 LTS"\nVERSION_ID="24.04"\nID=ubuntu\nID_LIKE=debian\n',
    { title: 'Ubuntu 24.04.1 LTS', known: 'ubuntu-24.04' },
  ],
  // Debian testing has no VERSION_ID.
  ['PRETTY_NAME="Debian GNU/Linux forky/sid"\nID=debian\n', { title: 'Debian GNU/Linux forky/sid', known: undefined }],
  ['ID=fedora\nVERSION_ID=43\n', { title: 'fedora-43', known: undefined }],
])('os-release %#', (text, expected) => {
  expect(parseHostDistribution(text)).toEqual(expected)
})

test('a root without os-release', () => {
  expect(readHostDistribution('/nonexistent')).toEqual({
    title: 'an unknown system without os-release',
    known: undefined,
  })
})
