import { expect, test } from 'vitest'
import {
  mergeAssignments,
  parseBoolean,
  parseUnitFile,
  valueIn,
  valuesIn,
  wordsIn,
} from '../../../src/inventory/unit-file.ts'
import { programOf, requiredFiles, requiredPrograms } from '../../../src/inventory/unit-programs.ts'

test('a unit file: comments, continuations with comments between, blanks, lines that are none', () => {
  const text = `# comment
[Unit]
Description = Cloud-init:  Hotplug
; another
After=a.service \\
# in between
      b.service
[Service]
ExecStart=/bin/bash -c 'read args; \\
  echo "a=b"'
garbage
=novalue
Empty=
`
  expect(parseUnitFile(text)).toEqual([
    { section: 'Unit', key: 'Description', value: 'Cloud-init:  Hotplug' },
    { section: 'Unit', key: 'After', value: 'a.service b.service' },
    { section: 'Service', key: 'ExecStart', value: '/bin/bash -c \'read args; echo "a=b"\'' },
    { section: 'Service', key: 'Empty', value: '' },
  ])
})

test('drop-ins: the last value counts, lists add up, an empty one resets them, dependencies cannot be reset', () => {
  const merged = mergeAssignments([
    parseUnitFile(
      '[Unit]\nAfter=network.target\n[Service]\nUser=trove\nExecStart=/one\nExecStartPre=/pre\nRestart=no\n',
    ),
    parseUnitFile(
      '[Unit]\nAfter=\nAfter=docker.service cloud-config.target\n[Service]\nExecStart=\nExecStart=/two\nRestart=always\n',
    ),
    parseUnitFile('[Service]\nUser=\nExecStartPre=/pre2\n'),
  ])
  expect(merged).toEqual([
    { section: 'Unit', key: 'After', value: 'network.target' },
    { section: 'Service', key: 'ExecStartPre', value: '/pre' },
    { section: 'Unit', key: 'After', value: 'docker.service cloud-config.target' },
    { section: 'Service', key: 'ExecStart', value: '/two' },
    { section: 'Service', key: 'Restart', value: 'always' },
    { section: 'Service', key: 'ExecStartPre', value: '/pre2' },
  ])
  expect(wordsIn(merged, 'Unit', 'After')).toEqual(['network.target', 'docker.service', 'cloud-config.target'])
  expect(valuesIn(merged, 'Service', 'ExecStartPre')).toEqual(['/pre', '/pre2'])
  expect(valueIn(merged, 'Service', 'User')).toBeUndefined()
})

test.each([
  ['yes', true],
  ['On', true],
  ['1', true],
  ['no', false],
  ['off', false],
  ['ipv4', undefined],
  [undefined, undefined],
])('%s as a boolean is %s', (value, expected) => {
  expect(parseBoolean(value)).toBe(expected)
})

test.each([
  ['/usr/sbin/dockerd -H fd://', { path: '/usr/sbin/dockerd', optional: false }],
  ['-/usr/bin/test', { path: '/usr/bin/test', optional: true }],
  ['!!@/lib/systemd/systemd-networkd', { path: '/lib/systemd/systemd-networkd', optional: false }],
  ['"/opt/my program" x', { path: '/opt/my program', optional: false }],
  ["sh -c 'x'", { path: 'sh', optional: false }],
  ['/usr/bin/%i', undefined],
  ['$PROGRAM', undefined],
])('the program of %s', (line, expected) => {
  expect(programOf(line)).toEqual(expected)
})

test('what a unit cannot start without', () => {
  const unit = {
    name: 'x.service',
    file: '/x',
    dropIns: [],
    masked: false,
    enabledBy: [],
    preset: 'none' as const,
    settings: parseUnitFile(
      '[Service]\nExecStartPre=-/maybe\nExecStartPre=/pre\nExecStart=/main a\nExecStop=/stop\nEnvironmentFile=-/opt/no\nEnvironmentFile=/etc/must\nEnvironmentFile=/etc/*.conf\n',
    ),
  }
  expect([requiredPrograms(unit), requiredFiles(unit)]).toEqual([['/pre', '/main'], ['/etc/must']])
})
