import { expect, test } from 'vitest'
import { readUnits } from '../../../src/inventory/units.ts'
import { fileTree } from '../../support/file-tree.ts'

test('units with drop-ins, masks, aliases, templates, links and presets', () => {
  const { tree, contents } = fileTree({
    '/lib': '-> usr/lib',
    '/usr/lib/systemd/system/agent.service': '[Service]\nUser=trove\nExecStart=/usr/bin/agent\n',
    '/usr/lib/systemd/system/agent.service.d/05-vendor.conf': '[Service]\nNice=5\n',
    '/usr/lib/systemd/system/service.d/10-all.conf': '[Service]\nOOMPolicy=continue\n',
    '/etc/systemd/system/agent.service.d/10-user.conf': '[Service]\nUser=ubuntu\n',
    '/etc/systemd/system/agent.service.d/README': 'no drop-in',
    '/etc/systemd/system/multi-user.target.wants/agent.service': '-> /lib/systemd/system/agent.service',
    '/etc/systemd/system/apt-daily.timer': '-> /dev/null',
    '/usr/lib/systemd/system/apt-daily.timer': '[Timer]\nOnCalendar=daily\n',
    '/usr/lib/systemd/system/multi-user.target': '[Unit]\nDescription=Multi-User\n',
    '/usr/lib/systemd/system/default.target': '-> multi-user.target',
    '/usr/lib/systemd/system/getty@.service': '[Service]\nExecStart=-/sbin/agetty %I\n',
    '/etc/systemd/system/getty.target.wants/getty@tty1.service': '-> /usr/lib/systemd/system/getty@.service',
    '/usr/lib/systemd/system-preset/90-systemd.preset': 'enable getty@.service\ndisable *\n',
    '/etc/systemd/system-preset/10-site.preset': 'enable agent.*\n',
    '/etc/systemd/system/multi-user.target.requires/gone.service': '-> /usr/lib/systemd/system/gone.service',
  })
  const common = { dropIns: [], masked: false, settings: [], enabledBy: [], preset: 'disable' }
  const service = (key: string, value: string) => ({ section: 'Service', key, value })
  const all = '/usr/lib/systemd/system/service.d/10-all.conf'
  expect(readUnits(tree, contents)).toEqual([
    {
      ...common,
      name: 'agent.service',
      file: '/usr/lib/systemd/system/agent.service',
      dropIns: [
        '/usr/lib/systemd/system/agent.service.d/05-vendor.conf',
        all,
        '/etc/systemd/system/agent.service.d/10-user.conf',
      ],
      settings: [
        service('ExecStart', '/usr/bin/agent'),
        service('Nice', '5'),
        service('OOMPolicy', 'continue'),
        service('User', 'ubuntu'),
      ],
      enabledBy: [
        { kind: 'wants', unit: 'multi-user.target', file: '/etc/systemd/system/multi-user.target.wants/agent.service' },
      ],
      preset: 'enable',
    },
    { ...common, name: 'apt-daily.timer', file: null, masked: true },
    {
      ...common,
      name: 'getty@.service',
      file: '/usr/lib/systemd/system/getty@.service',
      dropIns: [all],
      settings: [service('ExecStart', '-/sbin/agetty %I'), service('OOMPolicy', 'continue')],
      preset: 'enable',
    },
    {
      ...common,
      name: 'getty@tty1.service',
      file: '/usr/lib/systemd/system/getty@.service',
      dropIns: [all],
      settings: [service('ExecStart', '-/sbin/agetty %I'), service('OOMPolicy', 'continue')],
      enabledBy: [
        { kind: 'wants', unit: 'getty.target', file: '/etc/systemd/system/getty.target.wants/getty@tty1.service' },
      ],
      preset: 'enable',
    },
    {
      ...common,
      name: 'gone.service',
      file: null,
      dropIns: [all],
      settings: [service('OOMPolicy', 'continue')],
      enabledBy: [
        {
          kind: 'requires',
          unit: 'multi-user.target',
          file: '/etc/systemd/system/multi-user.target.requires/gone.service',
        },
      ],
    },
    {
      ...common,
      name: 'multi-user.target',
      file: '/usr/lib/systemd/system/multi-user.target',
      settings: [{ section: 'Unit', key: 'Description', value: 'Multi-User' }],
      enabledBy: [{ kind: 'alias', unit: 'default.target', file: '/usr/lib/systemd/system/default.target' }],
    },
  ])
})
