import { expect, test } from 'vitest'
import { BootPlan } from '../../../src/contract/boot-plan.ts'
import { FileTree, type Inventory, type Unit } from '../../../src/inventory/index.ts'

type Settings = Readonly<Record<string, string>>

/** A unit by its settings of [Unit], wanted by others through links. */
function unit(name: string, settings: Settings = {}, wantedBy: readonly string[] = [], more: Partial<Unit> = {}): Unit {
  return {
    name,
    file: `/usr/lib/systemd/system/${name}`,
    dropIns: [],
    masked: false,
    settings: Object.entries(settings).map(([key, value]) => ({ section: 'Unit', key, value })),
    enabledBy: wantedBy.map(by => ({ kind: 'wants', unit: by, file: `/etc/systemd/system/${by}.wants/${name}` })),
    preset: 'none',
    ...more,
  }
}

const base = [
  unit('sysinit.target', { DefaultDependencies: 'no' }),
  unit('basic.target', { Requires: 'sysinit.target', After: 'sysinit.target' }),
  unit('multi-user.target', { Requires: 'basic.target', After: 'basic.target' }, [], {
    enabledBy: [{ kind: 'alias', unit: 'default.target', file: '/etc/systemd/system/default.target' }],
  }),
]

function plan(...units: Unit[]): BootPlan {
  const inventory = { units: [...base, ...units], cloudInit: { disabledBy: null } } as unknown as Inventory
  const folder = (path: string) => ({ path, type: 'folder', mode: '0755', uid: 0, gid: 0, sizeBytes: 0 }) as const
  return new BootPlan(inventory, new FileTree([folder('/'), folder('/etc'), folder('/etc/there')]))
}

const names = (units: readonly Unit[]) => units.map(({ name }) => name)

test('what the default target pulls in starts, through wants, links and aliases', () => {
  const started = plan(
    unit('a.service', { Wants: 'b.service' }, ['multi-user.target']),
    unit('b.service'),
    unit('alone.service'),
    unit('masked.service', {}, ['multi-user.target'], { masked: true }),
    unit('c.service', {}, ['old-name.target']),
    unit('new-name.target', {}, ['multi-user.target'], {
      enabledBy: [
        { kind: 'wants', unit: 'multi-user.target', file: 'x' },
        { kind: 'alias', unit: 'old-name.target', file: 'y' },
      ],
    }),
  ).started
  expect(names(started)).toEqual([
    'a.service',
    'b.service',
    'basic.target',
    'c.service',
    'multi-user.target',
    'new-name.target',
    'sysinit.target',
  ])
})

test.each([
  ['ConditionPathExists', '/etc/there', true],
  ['ConditionPathExists', '/etc/missing', false],
  ['ConditionPathExists', '!/etc/there', false],
  ['ConditionPathIsDirectory', '/etc/there', true],
  ['ConditionDirectoryNotEmpty', '/etc/there', false],
  ['ConditionFileIsExecutable', '/etc/there', false],
  ['AssertPathExists', '/etc/missing', false],
  ['ConditionPathExists', '/run/made-at-boot', true],
  ['ConditionPathExists', '|/etc/missing', false],
  ['ConditionVirtualization', 'container', true],
])('%s=%s starts: %s', (key, value, expected) => {
  expect(plan(unit('a.service', { [key]: value }, ['multi-user.target'])).starts('a.service')).toBe(expected)
})

test('a socket, a timer and a path name what they start', () => {
  const activated = plan(
    unit('a.socket', {}, ['multi-user.target']),
    unit('a.service'),
    unit('b.timer', {}, ['multi-user.target'], {
      settings: [{ section: 'Timer', key: 'Unit', value: 'other.service' }],
    }),
    unit('other.service'),
    unit('b.service'),
  )
  expect(names(activated.startedOrActivated)).toEqual([
    'a.service',
    'a.socket',
    'b.timer',
    'basic.target',
    'multi-user.target',
    'other.service',
    'sysinit.target',
  ])
  expect(activated.starts('a.service')).toBe(false)
})

test.each<[string, Unit[], string[][]]>([
  ['no order at all', [unit('a.service', {}, ['multi-user.target'])], []],
  [
    'after the target that wants it: systemd does not add the reverse',
    [unit('a.service', { After: 'multi-user.target' }, ['multi-user.target'])],
    [],
  ],
  [
    "after cloud-init's target, which comes after the one that wants it",
    [
      unit('agent.service', { After: 'cloud-init.target' }, ['multi-user.target']),
      unit('cloud-init.target', { After: 'multi-user.target' }),
    ],
    [['agent.service', 'cloud-init.target', 'multi-user.target', 'agent.service']],
  ],
  [
    'before and after',
    [
      unit('a.service', { Before: 'b.service', After: 'b.service' }, ['multi-user.target']),
      unit('b.service', {}, ['multi-user.target']),
    ],
    [['a.service', 'b.service', 'a.service']],
  ],
  [
    'a circle with one that does not start is none',
    [unit('a.service', { After: 'b.service' }, ['multi-user.target']), unit('b.service', { After: 'a.service' })],
    [],
  ],
  [
    'early at boot, but with the default dependencies',
    [unit('a.service', { Before: 'sysinit.target' }, ['multi-user.target'])],
    [['a.service', 'sysinit.target', 'a.service']],
  ],
  [
    'early at boot without them',
    [unit('a.service', { Before: 'sysinit.target', DefaultDependencies: 'no' }, ['multi-user.target'])],
    [],
  ],
])('cycles: %s', (_, units, expected) => {
  expect(plan(...units).orderingCycles()).toEqual(expected)
})
