import { expect, test } from 'vitest'
import {
  type AcceleratorMeasurement,
  bootSector,
  chooseAccelerator,
  type Trial,
} from '../../../src/system/accelerator.ts'

const right = (seconds: number): Trial => ({ outcome: 'right', seconds })
const wrong = (why: string): Trial => ({ outcome: 'wrong', why })

const table: readonly [string, Trial, Trial, AcceleratorMeasurement][] = [
  [
    'a healthy /dev/kvm',
    right(0.14),
    right(0.11),
    { accelerator: 'kvm', reason: '/dev/kvm works: 0.11 s against 0.14 s by emulation' },
  ],
  [
    'start-up times that swing on a busy machine',
    right(0.2),
    right(0.35),
    { accelerator: 'kvm', reason: '/dev/kvm works: 0.35 s against 0.20 s by emulation' },
  ],
  [
    'a nested host, where KVM is right but slow',
    right(0.13),
    right(1.9),
    { accelerator: 'tcg', reason: '/dev/kvm is slower than emulation: 1.90 s against 0.13 s by emulation' },
  ],
  [
    'an abort',
    right(0.13),
    wrong('QEMU was ended by a signal'),
    { accelerator: 'tcg', reason: '/dev/kvm does not work: QEMU was ended by a signal; emulation works: 0.13 s' },
  ],
  [
    'a machine so busy that emulation was over its limit',
    wrong('QEMU was still running after 2 s and was stopped'),
    right(0.5),
    {
      accelerator: 'kvm',
      reason: '/dev/kvm works: 0.50 s (by emulation: QEMU was still running after 2 s and was stopped)',
    },
  ],
  [
    'neither',
    wrong('qemu-system-x86_64 could not be started: ENOENT'),
    wrong('qemu-system-x86_64 could not be started: ENOENT'),
    {
      accelerator: 'tcg',
      reason:
        '/dev/kvm does not work: qemu-system-x86_64 could not be started: ENOENT; ' +
        'emulation does not work: qemu-system-x86_64 could not be started: ENOENT',
    },
  ],
]

test.each(table)('%s', (_, emulation, kvm, expected) => {
  expect(chooseAccelerator(emulation, kvm)).toEqual(expected)
})

test('the boot sector is one a BIOS starts', () => {
  const sector = bootSector()
  expect([sector.length, sector[510], sector[511]]).toEqual([512, 0x55, 0xaa])
})
