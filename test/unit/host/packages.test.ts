import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  aptHint,
  dpkgWasInterrupted,
  installArguments,
  simulatedPackages,
  unfinishedPackages,
} from '../../../src/host/packages.ts'

test('apt-get never asks, never removes and keeps configuration files; a simulation and a download go before', () => {
  const options = [
    ...['-o', 'DPkg::Lock::Timeout=300', '-o', 'Dpkg::Use-Pty=0'],
    ...['-o', 'Dpkg::Options::=--force-confdef', '-o', 'Dpkg::Options::=--force-confold'],
    ...['-o', 'APT::Keep-Downloaded-Packages=false', 'a', 'b'],
  ]
  const common = ['install', '--yes', '--quiet', '--no-install-recommends', '--no-remove']
  expect(installArguments(['a', 'b'], 'simulate')).toEqual([...common, '--simulate', ...options])
  expect(installArguments(['a', 'b'], 'download')).toEqual([...common, '--download-only', ...options])
  expect(installArguments(['a', 'b'], 'install')).toEqual([...common, ...options])
})

test('what a simulation would unpack or configure, upgrades too', () => {
  // The form is that of apt 2.6 (Debian 12) and of apt-get(8), --simulate.
  const simulation = [
    'Reading package lists...',
    'The following NEW packages will be installed:',
    '  apparmor',
    'Inst apparmor (3.0.8-3 Debian:12.15/oldstable [amd64])',
    'Inst libc6 [2.36-9] (2.36-10 Debian:12.15/oldstable [amd64]) [libc6:i386 ]',
    'Conf libc6 (2.36-10 Debian:12.15/oldstable [amd64])',
    'Conf half-done (1 Debian:12.15/oldstable [amd64])',
    'Conf apparmor (3.0.8-3 Debian:12.15/oldstable [amd64])',
  ].join('\n')
  expect(simulatedPackages(simulation)).toEqual(['apparmor', 'half-done', 'libc6'])
})

test('packages between unpacked and installed', () => {
  const list = [
    'ii  acl',
    'iU  rabbitmq-server',
    'iF  erlang-base',
    'iHR broken',
    'rc  gone',
    'it  man-db',
    'un  never',
    '',
  ]
  expect(unfinishedPackages(list.join('\n'))).toEqual(['rabbitmq-server', 'erlang-base', 'broken', 'man-db'])
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
