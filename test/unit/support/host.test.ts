import { describe, expect, test } from 'vitest'
import { type HostSnapshot, leaks, mountsOf } from '../../support/host.ts'

const host: HostSnapshot = {
  mounts: ['/ ext4', '/dev devtmpfs', '/srv/data xfs'],
  loopDevices: ['/dev/loop0 /srv/disk.raw'],
  deviceMapper: ['control', 'vg-root'],
  processes: ['77 qemu-system-x86_64 -name other'],
  temporary: ['/tmp/tmp.abc'],
  listening: ['0100007F:1628'],
  enabledUnits: ['multi-user.target.wants/cron.service'],
  runs: ['1.other'],
}

describe('leaks', () => {
  test('of two equal snapshots there are none', () => {
    expect(leaks(host, structuredClone(host))).toEqual({})
  })

  test('another order is no difference', () => {
    expect(leaks(host, { ...host, mounts: host.mounts.toReversed() })).toEqual({})
  })

  test.each(Object.keys(host) as (keyof HostSnapshot)[])('something new among %s is named', kind => {
    expect(leaks(host, { ...host, [kind]: [...host[kind], 'new'] })).toEqual({ [kind]: ['new'] })
  })

  test.each([
    ['mounts', ['removed: / ext4', 'removed: /dev devtmpfs', 'removed: /srv/data xfs']],
    ['loopDevices', ['removed: /dev/loop0 /srv/disk.raw']],
    ['deviceMapper', ['removed: control', 'removed: vg-root']],
    ['enabledUnits', ['removed: multi-user.target.wants/cron.service']],
  ] as const)('what is no longer among %s is named', (kind, removed) => {
    expect(leaks(host, { ...host, [kind]: [] })).toEqual({ [kind]: removed })
  })

  test.each(['processes', 'temporary', 'listening', 'runs'] as const)('%s may go by themselves', kind => {
    expect(leaks(host, { ...host, [kind]: [] })).toEqual({})
  })

  test('a thing in place of another is both', () => {
    expect(leaks(host, { ...host, mounts: ['/ ext4', '/dev devtmpfs', '/srv/data tmpfs'] })).toEqual({
      mounts: ['/srv/data tmpfs', 'removed: /srv/data xfs'],
    })
  })

  test('a second mount on the same place counts, and so does its end', () => {
    const twice = { ...host, mounts: [...host.mounts, '/dev devtmpfs'] }
    expect({ leaked: leaks(host, twice), removed: leaks(twice, host) }).toEqual({
      leaked: { mounts: ['/dev devtmpfs'] },
      removed: { mounts: ['removed: /dev devtmpfs'] },
    })
  })
})

test('of a mount only its place and type count', () => {
  const text = [
    '/dev/vda1 / ext4 rw,relatime 0 0',
    'udev /dev devtmpfs rw,nosuid,size=12334432k 0 0',
    '/dev/loop0 /mnt/a\\040b ext4 ro 0 0',
    '',
  ].join('\n')
  expect(mountsOf(text)).toEqual(['/ ext4', '/dev devtmpfs', '/mnt/a\\040b ext4'])
})
