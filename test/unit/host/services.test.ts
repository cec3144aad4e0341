import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newUnits, unitFiles } from '../../../src/host/services.ts'

test("units that came with packages, without systemd's own", () => {
  const before = new Set(['ssh.service', 'cron.service'])
  const after = new Set([
    'ssh.service',
    'cron.service',
    'rabbitmq-server.service',
    'epmd.socket',
    'systemd-tmpfiles.timer',
  ])
  expect(newUnits(before, after, new Set(['systemd-tmpfiles.timer']))).toEqual([
    'epmd.socket',
    'rabbitmq-server.service',
  ])
})

test('unit files are those that can be started by themselves', () => {
  const folder = mkdtempSync(join(tmpdir(), 'trove-image-units.'))
  try {
    for (const name of ['a.service', 'b.socket', 'c.timer', 'd.path', 'e.target', 'f.slice']) {
      writeFileSync(join(folder, name), '')
    }
    mkdirSync(join(folder, 'multi-user.target.wants'))
    expect([...unitFiles([folder, join(folder, 'absent')])].toSorted()).toEqual([
      'a.service',
      'b.socket',
      'c.timer',
      'd.path',
    ])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
