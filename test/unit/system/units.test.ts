import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { enabledUnits, unitsAmong } from '../../../src/system/units.ts'

test('the units among the files of packages are those that can be started by themselves', () => {
  const files = [
    '/.',
    '/lib/systemd/system',
    '/lib/systemd/system/epmd.socket',
    '/usr/lib/systemd/system/rabbitmq-server.service',
    '/lib/systemd/system/rabbitmq-server.service',
    '/usr/lib/systemd/system/a.timer',
    '/etc/systemd/system/b.path',
    '/usr/lib/systemd/system/c.target',
    '/usr/lib/systemd/system/d.service.d/e.service',
    '/usr/lib/systemd/user/f.service',
  ]
  expect(unitsAmong(files.join('\n'))).toEqual(['a.timer', 'b.path', 'epmd.socket', 'rabbitmq-server.service'])
})

test('enabled is what something wants or requires', () => {
  const folder = mkdtempSync(join(tmpdir(), 'trove-image-units.'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const name of ['multi-user.target.wants', 'sockets.target.requires', 'ssh.service.d'])
    mkdirSync(join(folder, name))
  symlinkSync('/usr/lib/systemd/system/ssh.service', join(folder, 'multi-user.target.wants/ssh.service'))
  symlinkSync('/nowhere/epmd.socket', join(folder, 'sockets.target.requires/epmd.socket'))
  writeFileSync(join(folder, 'ssh.service.d/override.conf'), '')
  writeFileSync(join(folder, 'plain.service'), '')
  expect(enabledUnits(folder)).toEqual(['epmd.socket', 'ssh.service'])
  expect(enabledUnits(join(folder, 'absent'))).toEqual([])
})
