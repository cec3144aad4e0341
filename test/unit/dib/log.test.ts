import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { LogEvent } from '../../../src/dib/events.ts'
import { DibLogReader, type LogSummary } from '../../../src/dib/log.ts'

const fixtures = join(import.meta.dirname, '../../fixtures/dib-logs')

function read(text: string): { summary: LogSummary; events: LogEvent[] } {
  const events: LogEvent[] = []
  const reader = new DibLogReader(event => events.push(event))
  for (const line of text.split('\n').slice(0, -1)) reader.line(line, 0)
  return { summary: reader.summary(), events }
}

function readFixture(name: string) {
  return read(readFileSync(join(fixtures, name), 'utf8'))
}

/** `phase: hook hook`, with a mark where DIB's own table did not end the phase. */
function outline(summary: LogSummary): string[] {
  return summary.phases.map(phase =>
    [phase.profiled ? phase.name : `${phase.name} (no table)`, ...phase.hooks.map(hook => hook.name)].join(' '),
  )
}

const throughInstall = [
  'root.d 10-mini',
  'extra-data.d 20-manifest-dir 50-extra-data',
  'pre-install.d 50-pre-install',
  'install.d 50-install',
  'packages (no table)',
]
const throughPostRoot = [...throughInstall, 'post-install.d 50-post-install', 'post-root.d 50-post-root']
const throughFinalise = [
  ...throughPostRoot,
  'block-device (no table)',
  'pre-finalise.d 50-pre-finalise',
  'finalise.d 50-finalise',
]
const whole = [...throughFinalise, 'cleanup.d 01-copy-manifests-dir 50-cleanup', 'output (no table)']

const mini = (phase: string, name: string) => ({
  phase,
  name,
  element: 'mini-os',
  file: `/srv/elements/mini-os/${phase}/${name}`,
})

interface Expected {
  phases: string[]
  completed: boolean
  images: string[]
  unfinished: object | undefined
  openPhase: string | undefined
  cause: string | undefined
  pythonCause: string | undefined
}

const healthy: Pick<Expected, 'unfinished' | 'openPhase' | 'cause' | 'pythonCause'> = {
  unfinished: undefined,
  openPhase: undefined,
  cause: undefined,
  pythonCause: undefined,
}

const logs: Record<string, Expected> = {
  'ok.log': { ...healthy, phases: whole, completed: true, images: ['o/mini.qcow2', 'o/mini.raw'] },
  'gpt.log': { ...healthy, phases: whole, completed: true, images: ['o/gpt.qcow2'] },
  'f-extra-data.log': {
    phases: ['root.d 10-mini', 'extra-data.d (no table) 20-manifest-dir'],
    completed: false,
    images: [],
    unfinished: {
      ...mini('extra-data.d', '50-extra-data'),
      runningSeconds: 0.021,
      line: undefined,
      lastLines: ['out-of-chroot extra-data'],
    },
    openPhase: 'extra-data.d',
    cause: undefined,
    pythonCause: undefined,
  },
  'f-install.log': {
    phases: [...throughInstall.slice(0, 3), 'install.d (no table)'],
    completed: false,
    images: [],
    unfinished: {
      ...mini('install.d', '50-install'),
      runningSeconds: 0.021,
      line: undefined,
      lastLines: ['in install: x86_64', 'E: Unable to locate package nosuch'],
    },
    openPhase: 'install.d',
    cause: 'E: Unable to locate package nosuch',
    pythonCause: undefined,
  },
  'f-finalise.log': {
    phases: [...throughFinalise.slice(0, -1), 'finalise.d (no table)'],
    completed: false,
    images: [],
    unfinished: {
      ...mini('finalise.d', '50-finalise'),
      runningSeconds: 0.024,
      line: undefined,
      lastLines: ['in finalise'],
    },
    openPhase: 'finalise.d',
    cause: undefined,
    pythonCause: undefined,
  },
  'f-cleanup.log': {
    phases: [...throughFinalise, 'cleanup.d (no table) 01-copy-manifests-dir'],
    completed: false,
    images: [],
    unfinished: {
      ...mini('cleanup.d', '50-cleanup'),
      runningSeconds: 0.025,
      line: undefined,
      lastLines: ['out-of-chroot cleanup'],
    },
    openPhase: 'cleanup.d',
    cause: undefined,
    pythonCause: undefined,
  },
  'mini.log': {
    phases: [...throughPostRoot, 'block-device (no table)'],
    completed: false,
    images: [],
    unfinished: undefined,
    openPhase: 'block-device',
    cause: 'Total journal size too big for filesystem.',
    pythonCause: 'Total journal size too big for filesystem.',
  },
  's-term-fin.log': {
    phases: [...throughFinalise.slice(0, -1), 'finalise.d (no table)'],
    completed: false,
    images: [],
    unfinished: {
      ...mini('finalise.d', '50-finalise'),
      runningSeconds: 0.09,
      line: undefined,
      lastLines: ['in finalise', 'sleeping'],
    },
    openPhase: 'finalise.d',
    cause: undefined,
    pythonCause: undefined,
  },
  's-termg-install.log': {
    phases: [...throughInstall.slice(0, 3), 'install.d (no table)'],
    completed: false,
    images: [],
    unfinished: {
      ...mini('install.d', '50-install'),
      runningSeconds: 0.003,
      line: undefined,
      lastLines: ['in install: x86_64', 'sleeping'],
    },
    openPhase: 'install.d',
    cause: undefined,
    pythonCause: undefined,
  },
}

describe('real logs', () => {
  test.each(Object.entries(logs))('%s', (name, expected) => {
    const { summary } = readFixture(name)
    const { completed, images, unfinished, openPhase, pythonCause } = summary
    expect({
      phases: outline(summary),
      completed,
      images,
      unfinished,
      openPhase,
      cause: summary.cause?.line,
      pythonCause,
    }).toEqual(expected)
  })

  test.each([
    ['ok.log', 9],
    ['gpt.log', 9],
    ['f-cleanup.log', 8],
  ])('%s has %i tables', (name, tables) => {
    expect(readFixture(name).summary.phases.filter(phase => phase.profiled)).toHaveLength(tables)
  })

  test("durations are those of DIB's tables and stamps", () => {
    const { summary } = readFixture('ok.log')
    expect(summary.phases.find(phase => phase.name === 'cleanup.d')).toEqual({
      name: 'cleanup.d',
      seconds: 0.083,
      profiled: true,
      hooks: [
        { name: '01-copy-manifests-dir', seconds: 0.047 },
        { name: '50-cleanup', seconds: 0.002 },
      ],
    })
  })

  test('every phase and hook that is told to begin is told to end', () => {
    const { events } = readFixture('ok.log')
    const names = (kind: string) =>
      events.flatMap(event => {
        if (event.kind !== kind) return []
        if ('hook' in event) return [`${event.hook.phase}/${event.hook.name}`]
        return 'phase' in event ? [event.phase] : []
      })
    expect(names('phase-finished')).toEqual(names('phase-started'))
    expect(names('hook-finished')).toEqual(names('hook-started'))
    expect(names('hook-started')).toHaveLength(11)
  })
})

describe('awkward logs', () => {
  const begin = [
    'Copying hooks for trove-docker',
    'Copying hooks /srv/elements/trove-docker/install.d/50-docker',
    'dib-run-parts Running /tmp/in_target.d/install.d/50-docker',
  ]
  const hook = {
    phase: 'install.d',
    name: '50-docker',
    element: 'trove-docker',
    file: '/srv/elements/trove-docker/install.d/50-docker',
  }
  const events = (...lines: string[]) => read(`${[...begin, ...lines].join('\n')}\n`)

  test('a marker glued to the last words of a hook still ends it', () => {
    const { summary } = events('no newline at the enddib-run-parts 50-docker completed')
    expect([summary.unfinished, summary.phases[0]?.hooks]).toEqual([undefined, [{ name: '50-docker', seconds: 0 }]])
  })

  test('another hook that is said to be complete ends nothing', () => {
    expect(events('dib-run-parts 51-other completed').summary.unfinished).toMatchObject(hook)
  })

  test('a hook within a hook: the inner one is to blame, then the outer one', () => {
    const inner = 'dib-run-parts Running /tmp/in_target.d/install.d/10-inner'
    expect(events(inner).summary.unfinished?.name).toBe('10-inner')
    expect(events(inner, 'dib-run-parts 10-inner completed').summary.unfinished).toMatchObject(hook)
  })

  test("the line of the file is taken from bash's complaint about that file", () => {
    const { summary } = events(
      '/tmp/in_target.d/install.d/12-other: line 3: x: command not found',
      '/tmp/in_target.d/install.d/50-docker: line 17: dockerd-setup: command not found',
      'Unmount /tmp/dib_build.abc/mnt/tmp/in_target.d',
    )
    expect(summary.unfinished?.line).toBe(17)
  })

  test('an error that a hook survived is no cause of a later failure', () => {
    const { summary } = events(
      'E: Failed to fetch http://mirror/x',
      'dib-run-parts 50-docker completed',
      'dib-run-parts Running /tmp/in_target.d/install.d/60-next',
    )
    expect([summary.unfinished?.name, summary.cause]).toEqual(['60-next', undefined])
  })

  test('an Unmount that a hook prints about something else blames nobody', () => {
    expect(events('Unmount /mnt/data', 'dib-run-parts 50-docker completed').summary.unfinished).toBeUndefined()
  })

  test('a failure before anything is mounted ends with a word of the block device layer alone', () => {
    const cleaned = 'INFO diskimage_builder.block_device.blockdevice [-] State already cleaned'
    const { unfinished } = events('about to fail', cleaned, 'dib-run-parts 50-docker completed').summary
    expect([unfinished?.name, unfinished?.lastLines]).toEqual(['50-docker', ['about to fail']])
  })

  test('a log without stamps is timed by arrival', () => {
    const reader = new DibLogReader()
    for (const [index, line] of begin.entries()) reader.line(line, index * 1000)
    reader.line('dib-run-parts 50-docker completed', 9000)
    expect(reader.summary().phases[0]?.hooks).toEqual([{ name: '50-docker', seconds: 7 }])
  })

  test('packages are counted', () => {
    const { events: told } = events(
      '0 upgraded, 2 newly installed, 0 to remove and 0 not upgraded.',
      'Unpacking docker.io (26.1.5) ...',
      'Unpacking libfoo1:amd64 (1.0-1) ...',
      'Setting up libfoo1:amd64 (1.0-1) ...',
    )
    expect(told.filter(event => event.kind === 'package')).toEqual([
      { kind: 'package', action: 'unpacking', name: 'docker.io', number: 1, total: 2 },
      { kind: 'package', action: 'unpacking', name: 'libfoo1', number: 2, total: 2 },
      { kind: 'package', action: 'configuring', name: 'libfoo1', number: 1, total: 2 },
    ])
  })

  test('the memory of a log is bounded', () => {
    const reader = new DibLogReader()
    for (const line of begin) reader.line(line, 0)
    for (let number = 0; number < 100_000; number++) reader.line(`line ${number}`, 0)
    const { unfinished } = reader.summary()
    expect([unfinished?.lastLines.length, unfinished?.lastLines.at(-1)]).toEqual([15, 'line 99999'])
  })
})

test('what our element says of the archive is kept', () => {
  const reader = new DibLogReader()
  const sha256 = 'ab'.repeat(32)
  const said = `Archive state of this image: ${sha256} mirror.example_debian_dists_trixie_InRelease`
  for (const text of [said, 'Archive state of this image: none x', `echo ${said}`]) {
    reader.line(`2026-11-25 14:00:11.224 | ${text}`, 0)
  }
  expect(reader.summary().archiveStates).toEqual([{ file: 'mirror.example_debian_dists_trixie_InRelease', sha256 }])
})
