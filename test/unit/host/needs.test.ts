import { expect, test } from 'vitest'
import { type KnownHost, knownHosts } from '../../../src/host/distribution.ts'
import { needsOf, packageOf } from '../../../src/host/needs.ts'

const packages = (disk: 'own' | 'dib', dib: 'private' | 'system', host: KnownHost | undefined) =>
  needsOf({ distribution: 'debian', disk, agent: 'distribution' }, dib)
    .map(need => packageOf(need, host))
    .toSorted()

const usual = [
  'debian-archive-keyring',
  'debootstrap',
  'e2fsprogs',
  'fdisk',
  'gpgv',
  'mmdebstrap',
  'mount',
  'ovmf',
  'qemu-system-x86',
  'qemu-utils',
  'rabbitmq-server',
  'sudo',
  'systemd',
  'util-linux',
  'xorriso',
]
const guestfish = { 'debian-12': 'guestfish', 'debian-13': 'guestfish', 'ubuntu-24.04': 'libguestfs-tools' }

test.each(knownHosts)('what %s installs for the default recipe', host => {
  expect(packages('own', 'private', host)).toEqual([...usual, guestfish[host]].toSorted())
})

test('a host that was never tried is told the names of Debian', () => {
  expect(packages('own', 'private', undefined)).toEqual(packages('own', 'private', 'debian-13'))
})

test("diskimage-builder's own disk needs device-mapper's programs", () => {
  expect(packages('dib', 'private', 'debian-12')).toEqual(
    [...usual, 'guestfish', 'dmsetup', 'dosfstools', 'gdisk', 'kpartx'].toSorted(),
  )
})

test("the distribution's diskimage-builder is a package", () => {
  expect(packages('own', 'system', 'debian-12')).toEqual(
    [...usual, 'guestfish', 'python3-diskimage-builder'].toSorted(),
  )
})

test('an agent of a checkout needs git', () => {
  const needs = needsOf({ distribution: 'debian', disk: 'own', agent: 'local' }, 'private')
  expect(needs.map(need => packageOf(need, 'debian-12')).toSorted()).toEqual([...usual, 'git', 'guestfish'].toSorted())
})

test('so does diskimage-builder of a checkout', () => {
  const needs = needsOf({ distribution: 'debian', disk: 'own', agent: 'distribution' }, 'private', true)
  expect(needs.map(need => packageOf(need, 'debian-12')).toSorted()).toEqual([...usual, 'git', 'guestfish'].toSorted())
})
