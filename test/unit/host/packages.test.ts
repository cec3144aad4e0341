import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { aptHint, dpkgWasInterrupted, installArguments } from '../../../src/host/packages.ts'

test('apt-get never asks, never removes and keeps configuration files; a download goes before', () => {
  const options = [
    ...['-o', 'DPkg::Lock::Timeout=300', '-o', 'Dpkg::Use-Pty=0'],
    ...['-o', 'Dpkg::Options::=--force-confdef', '-o', 'Dpkg::Options::=--force-confold'],
    ...['-o', 'APT::Keep-Downloaded-Packages=false', 'a', 'b'],
  ]
  const common = ['install', '--yes', '--quiet', '--no-install-recommends', '--no-remove']
  expect(installArguments(['a', 'b'], false)).toEqual([...common, ...options])
  expect(installArguments(['a', 'b'], true)).toEqual([...common, '--download-only', ...options])
})

test.each([
  ['E: Unable to locate package mmdebstrap', 'A package is not in the configured archives'],
  ["E: Package 'guestfish' has no installation candidate", 'A package is not in the configured archives'],
  ['E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 1', 'Another package manager is at work'],
  ['W: Failed to fetch http://a/InRelease  Could not resolve', 'The package archive cannot be reached'],
  ['E: Packages need to be removed but remove is disabled.', 'They do not go together with what is installed'],
  ['dpkg: error: write error: No space left on device', 'The disk is full'],
  ['something else', 'The last lines of apt-get tell why'],
])('%s', (words, hint) => {
  expect(aptHint(words)).toContain(hint)
})

test('dpkg was interrupted when it has left numbered updates', () => {
  const folder = mkdtempSync(join(tmpdir(), 'trove-image-dpkg.'))
  try {
    expect(dpkgWasInterrupted(join(folder, 'absent'))).toBe(false)
    writeFileSync(join(folder, 'tmp.i'), '')
    expect(dpkgWasInterrupted(folder)).toBe(false)
    writeFileSync(join(folder, '0001'), '')
    expect(dpkgWasInterrupted(folder)).toBe(true)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
