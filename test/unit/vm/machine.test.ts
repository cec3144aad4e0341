import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { configDriveFiles, newMacAddress } from '../../../src/vm/config-drive.ts'
import { limitsFor } from '../../../src/vm/limits.ts'
import { type MachinePlan, qemuArguments } from '../../../src/vm/qemu-command.ts'
import { parseShutdown, qmpCommand } from '../../../src/vm/qmp.ts'

const plan: MachinePlan = {
  accelerator: 'tcg',
  processors: 2,
  memoryMebibytes: 2048,
  firmware: { kind: 'bios', log: '/w/firmware.log' },
  image: { path: '/images/guest,one.qcow2', format: 'qcow2' },
  overlay: '/w/overlay.qcow2',
  dataDisk: '/w/data.raw',
  configDrive: '/w/config-drive.iso',
  console: '/w/console.log',
  instanceId: '5b1ab29c-6b2f-4c50-9f9b-5a9ad6a5f8b1',
  macAddress: 'fa:16:3e:00:00:01',
}

/** Options with their values, one pair an entry, so that a difference shows which one it is. */
function pairs(args: readonly string[]): string[] {
  const list: string[] = []
  for (const arg of args) {
    if (arg.startsWith('-')) list.push(arg)
    else list.push(`${list.pop()} ${arg}`)
  }
  return list
}

describe("QEMU's command line", () => {
  test('BIOS, emulation, no network beyond its own', () => {
    expect(pairs(qemuArguments(plan))).toEqual([
      '-name trove-image-smoke-test',
      '-nodefaults',
      '-no-user-config',
      '-no-reboot',
      '-machine q35,accel=tcg',
      '-cpu max',
      '-smp 2',
      '-m 2048M',
      '-rtc base=utc',
      '-display none',
      '-vga std',
      '-smbios type=1,manufacturer=OpenStack Foundation,product=OpenStack Nova,' +
        'uuid=5b1ab29c-6b2f-4c50-9f9b-5a9ad6a5f8b1,serial=5b1ab29c-6b2f-4c50-9f9b-5a9ad6a5f8b1,family=Virtual Machine',
      '-chardev stdio,id=qmp,signal=off',
      '-mon chardev=qmp,mode=control',
      '-chardev file,id=console,path=/w/console.log',
      '-serial chardev:console',
      '-chardev file,id=firmware,path=/w/firmware.log',
      '-device isa-debugcon,iobase=0x402,chardev=firmware',
      '-blockdev {"node-name":"root","driver":"qcow2","cache":{"no-flush":true},' +
        '"file":{"driver":"file","filename":"/w/overlay.qcow2"},' +
        '"backing":{"driver":"qcow2","read-only":true,"backing":null,' +
        '"file":{"driver":"file","filename":"/images/guest,one.qcow2","read-only":true}}}',
      '-device virtio-blk-pci,drive=root,bootindex=1',
      '-blockdev {"node-name":"data","driver":"raw","cache":{"no-flush":true},' +
        '"file":{"driver":"file","filename":"/w/data.raw"}}',
      '-device virtio-blk-pci,drive=data',
      '-blockdev {"node-name":"config","driver":"raw","read-only":true,' +
        '"file":{"driver":"file","filename":"/w/config-drive.iso","read-only":true}}',
      '-device ide-cd,drive=config',
      '-netdev user,id=network,restrict=on',
      '-device virtio-net-pci,netdev=network,mac=fa:16:3e:00:00:01,romfile=',
      '-object rng-random,id=random,filename=/dev/urandom',
      '-device virtio-rng-pci,rng=random',
    ])
  })

  test.each<[string, Partial<MachinePlan>, string[], string[]]>([
    ['KVM', { accelerator: 'kvm' }, ['-machine q35,accel=kvm', '-cpu host'], ['-machine q35,accel=tcg', '-cpu max']],
    [
      'UEFI',
      { firmware: { kind: 'uefi', code: '/fw/CODE.fd', variables: '/w,1/variables.fd' } },
      [
        '-drive if=pflash,unit=0,format=raw,readonly=on,file=/fw/CODE.fd',
        '-drive if=pflash,unit=1,format=raw,file=/w,,1/variables.fd',
      ],
      ['-chardev file,id=firmware,path=/w/firmware.log', '-device isa-debugcon,iobase=0x402,chardev=firmware'],
    ],
    [
      'a raw image, which has no place for a backing file',
      { image: { path: '/images/guest.raw', format: 'raw' } },
      [
        '-blockdev {"node-name":"root","driver":"qcow2","cache":{"no-flush":true},' +
          '"file":{"driver":"file","filename":"/w/overlay.qcow2"},' +
          '"backing":{"driver":"raw","read-only":true,' +
          '"file":{"driver":"file","filename":"/images/guest.raw","read-only":true}}}',
      ],
      [pairs(qemuArguments(plan)).find(pair => pair.includes('guest,one')) ?? ''],
    ],
    [
      'a way to the broker alone; one process a connection',
      {
        forward: {
          host: '10.0.2.100',
          port: 5672,
          command: ['/usr/bin/node', "/run of it/relay's,.cjs", '127.0.0.1', '40001'],
        },
      },
      [
        '-netdev user,id=network,restrict=on,guestfwd=tcp:10.0.2.100:5672-cmd:' +
          "/usr/bin/node '/run of it/relay'\\''s,,.cjs' 127.0.0.1 40001",
      ],
      ['-netdev user,id=network,restrict=on'],
    ],
  ])('%s', (_, change, added, removed) => {
    const before = pairs(qemuArguments(plan))
    const after = pairs(qemuArguments({ ...plan, ...change }))
    expect(after.filter(pair => !before.includes(pair))).toEqual(added)
    expect(before.filter(pair => !after.includes(pair))).toEqual(removed)
  })
})

describe('QMP', () => {
  test.each([
    [
      '{"timestamp": {"seconds": 1795611090, "microseconds": 1}, "event": "SHUTDOWN", "data": {"guest": true, "reason": "guest-reset"}}',
      { guest: true, reason: 'guest-reset' },
    ],
    ['{"return": {}}', undefined],
    ['{"event": "POWERDOWN"}', undefined],
    ['not json', undefined],
  ])('%s', (line, expected) => {
    expect(parseShutdown(line)).toEqual(expected)
  })

  test('a command is one line', () => {
    expect(qmpCommand('system_powerdown')).toBe('{"execute":"system_powerdown"}\n')
    expect(qmpCommand('pmemsave', { val: 753664, size: 4000, filename: '/w/s' })).toBe(
      '{"execute":"pmemsave","arguments":{"val":753664,"size":4000,"filename":"/w/s"}}\n',
    )
  })
})

test('a config drive has what Nova writes', () => {
  const files = configDriveFiles({
    id: '5b1ab29c-6b2f-4c50-9f9b-5a9ad6a5f8b1',
    name: 'db1',
    projectId: '2f6a1c3de1e24f53a8b9b6c1de2b9d9a',
    macAddress: 'fa:16:3e:00:00:01',
    userData: '#cloud-config\n',
  })
  expect(Object.fromEntries([...files].map(([name, content]) => [name, parse(content)]))).toEqual({
    'openstack/latest/meta_data.json': {
      availability_zone: 'nova',
      dedicated_cpus: [],
      devices: [],
      hostname: 'db1.novalocal',
      launch_index: 0,
      meta: {
        trove_instance_id: '5b1ab29c-6b2f-4c50-9f9b-5a9ad6a5f8b1',
        trove_project_id: '2f6a1c3de1e24f53a8b9b6c1de2b9d9a',
      },
      name: 'db1',
      project_id: '2f6a1c3de1e24f53a8b9b6c1de2b9d9a',
      uuid: '5b1ab29c-6b2f-4c50-9f9b-5a9ad6a5f8b1',
    },
    'openstack/latest/network_data.json': {
      links: [{ ethernet_mac_address: 'fa:16:3e:00:00:01', id: 'tap0', mtu: 1500, type: 'bridge', vif_id: 'tap0' }],
      networks: [{ id: 'network0', link: 'tap0', network_id: '2f6a1c3de1e24f53a8b9b6c1de2b9d9a', type: 'ipv4_dhcp' }],
      services: [],
    },
    'openstack/latest/user_data': null,
  })
  expect(files.get('openstack/latest/user_data')).toBe('#cloud-config\n')
  expect(newMacAddress()).toMatch(/^fa:16:3e(:[0-9a-f]{2}){3}$/)
})

test('limits follow the accelerator, a cap given by name goes before', () => {
  expect(limitsFor('kvm').capSeconds).toBe(600)
  expect(limitsFor('tcg', 900)).toEqual({ ...limitsFor('tcg'), capSeconds: 900 })
})
