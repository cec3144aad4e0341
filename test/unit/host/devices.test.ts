import { expect, test } from 'vitest'
import { judgeDeviceMapper } from '../../../src/host/devices.ts'

const present = '232 kvm\n235 autofs\n236 device-mapper\n237 loop-control\n'
const absent = '232 kvm\n237 loop-control\n'
const own = { subject: 'device-mapper', needed: 'nothing: the disk is own' }
const dib = { subject: 'device-mapper', needed: "diskimage-builder's own disk (disk: dib)" }

test.each([
  ['own', present, { ...own, found: 'in the kernel', status: 'ok' }],
  ['own', absent, { ...own, found: 'not in the kernel', status: 'absent' }],
  ['dib', present, { ...dib, found: 'in the kernel', status: 'ok' }],
  [
    'dib',
    absent,
    {
      ...dib,
      found: 'not in the kernel',
      status: 'missing',
      remedy: 'load the kernel module (modprobe dm-mod), or let this tool make the disk: --set disk=own',
    },
  ],
] as const)('disk %s with /proc/misc %j', (disk, misc, expected) => {
  expect(judgeDeviceMapper(misc, disk)).toEqual(expected)
})
