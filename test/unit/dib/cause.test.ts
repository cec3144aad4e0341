import { describe, expect, test } from 'vitest'
import { CauseFinder } from '../../../src/dib/cause.ts'

function causeOf(...lines: string[]) {
  const finder = new CauseFinder()
  for (const line of lines) finder.look(line)
  return finder.found()
}

/** Lines as programs print them, and a word of the cause that must be found. */
const lines: [string, string][] = [
  ['tar: ./usr/lib: Cannot write: No space left on device', 'file system is full'],
  ['curl: (6) Could not resolve host: deb.example', 'host name'],
  ["  Temporary failure resolving 'deb.example'", 'host name'],
  ['curl: (60) SSL certificate problem: certificate has expired', 'TLS'],
  ['W: GPG error: http://x trixie InRelease: NO_PUBKEY 6ED0E7B82643E131', 'key'],
  ['E: Unable to locate package nosuch', 'does not exist'],
  ["E: Package 'trove' has no installation candidate", 'does not exist'],
  ["E: The repository 'http://x trixie Release' does not have a Release file.", 'index'],
  ['E: Failed to fetch http://x/y.deb  Hash Sum mismatch', 'being updated'],
  ['E: Failed to fetch http://x/y.deb  404  Not Found', 'download'],
  ['curl: (7) Failed to connect to x port 80: Connection refused', 'download'],
  ['E: Could not get lock /var/cache/apt/archives/lock.', 'package manager'],
  ["Element 'nosuch' not found", 'resolved'],
  ['There is a duplicated hook in your elements: a/install.d/50-x', 'two elements'],
  ['Failed to deploy the root element.', 'root.d'],
  ['qcow2 output format specified but qemu-img executable not found.', 'not installed'],
  ['/dev/mapper/control: open failed: No such device', 'device-mapper'],
  ['losetup: cannot find an unused loop device: No such file or directory', 'loop device'],
  ['Total journal size too big for filesystem.', 'journal'],
  ['The variable DIB_X is not set', 'unset variable'],
  ['The git clone command failed after 5 attempts', 'source repository'],
  ['*** Checksum mismatch', 'checksum'],
  ['dpkg: error processing package docker.io (--configure):', 'package manager'],
  ['ERROR x [-] umount failed (umount: /tmp/mnt/: target is busy.)', 'still lived'],
]

describe('known lines', () => {
  test.each(lines)('%s', (line, word) => {
    const found = causeOf(line)
    expect(found?.cause).toContain(word)
    expect(found?.line).toBe(line.trim())
  })

  test.each([
    "chown: warning: '.' should be ':': 'root.root'",
    '0+1 records in',
    'Setting up libcurl4t64 (8.14.1) ...',
    'WARNING: Not enough RAM to use tmpfs for build.',
  ])('noise: %s', line => {
    expect(causeOf(line)).toBeUndefined()
  })
})

test('what is nearer to the root of the trouble wins over what follows from it', () => {
  const found = causeOf(
    'dpkg: error processing archive x.deb (--unpack):',
    ' cannot copy extracted data: No space left on device',
    'install-packages failed with returncode 100',
  )
  expect(found?.cause).toBe('a file system is full')
})

test('of equals the first is kept', () => {
  expect(causeOf('E: Unable to locate package one', 'E: Unable to locate package two')?.line).toContain('one')
})
