import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { agentUnits } from '../../../src/contract/index.ts'
import type { Ending } from '../../../src/vm/boot-watch.ts'
import { likelyCause } from '../../../src/vm/causes.ts'
import { consolePatterns } from '../../../src/vm/console-patterns.ts'
import {
  agentRestarts,
  type DiskEvidence,
  type Evidence,
  type JournalLine,
  reachedStep,
} from '../../../src/vm/guest-evidence.ts'
import { parseJournal, scavengeJournal } from '../../../src/vm/journal-lines.ts'
import { type Findings, judge } from '../../../src/vm/smoke-judgement.ts'

const fixture = (name: string) => readFileSync(new URL(`../../fixtures/vm/${name}`, import.meta.url), 'utf8')
const journal = parseJournal(fixture('journal-registered.json'))
const agentLog = fixture('agent-registered.log').split('\n')

const nothing: Evidence = {
  console: [],
  loginPrompt: false,
  consuming: false,
  answered: false,
  dataDiskFormatted: false,
  disk: undefined,
}
const emptyDisk: DiskEvidence = {
  journal: [],
  agentLog: [],
  cloudInitLog: [],
  guestInfo: undefined,
  agentUnits: { 'trove-guestagent.service': '/usr/lib/systemd/system/trove-guestagent.service' },
  remarks: [],
}

/** A recorded log up to, not including, the first line with these words. */
function before<T>(lines: readonly T[], words: string, text: (line: T) => string): T[] {
  const at = lines.findIndex(line => text(line).includes(words))
  expect(at, words).toBeGreaterThanOrEqual(0)
  return lines.slice(0, at)
}
const journalBefore = (words: string) => before(journal, words, line => line.text)
const agentBefore = (words: string) => before(agentLog, words, line => line)

const up = { ...nothing, loginPrompt: true }
const configured = { ...emptyDisk, guestInfo: '[DEFAULT]\nguest_id=5b1a' }

describe('the step that was reached', () => {
  test.each<[string, Evidence, string]>([
    ['nothing came', nothing, 'none'],
    ['a login prompt', up, 'boot'],
    [
      'an address in the journal',
      { ...up, disk: { ...emptyDisk, journal: journalBefore('Starting docker') } },
      'network',
    ],
    [
      "an address in cloud-init's table",
      {
        ...up,
        console: ['ci-info: | enp0s4 | True |          10.0.2.15           | 255.255.255.0 | global | fa:16 |'],
      },
      'network',
    ],
    [
      'only loopback has one',
      { ...up, console: ['ci-info: |   lo   |  True | 127.0.0.1 | 255.0.0.0 |  host | . |'] },
      'boot',
    ],
    [
      'the file that we injected',
      { ...up, disk: { ...configured, journal: journalBefore('Started trove-guestagent') } },
      'configuration-injected',
    ],
    [
      'a unit that starts without its configuration does not count for more',
      { ...up, disk: { ...emptyDisk, journal: journalBefore('groupadd') } },
      'network',
    ],
    ["systemd's word", { ...up, disk: { ...configured, journal: journalBefore('groupadd') } }, 'unit-started'],
    [
      'the agent goes on to its storage',
      {
        ...up,
        disk: { ...configured, journal: journalBefore('(vdb): mount'), agentLog: agentBefore('Checking if /dev/vdb') },
      },
      'user-and-group',
    ],
    [
      'a formatted and mounted disk',
      {
        ...up,
        dataDiskFormatted: true,
        disk: { ...configured, journal, agentLog: agentBefore('Initializing module driver manager') },
      },
      'volume',
    ],
    [
      'a manager, which asked Docker',
      { ...up, dataDiskFormatted: true, disk: { ...configured, journal, agentLog } },
      'docker',
    ],
    [
      'a PostgreSQL manager that Docker did not answer',
      {
        ...up,
        dataDiskFormatted: true,
        disk: {
          ...configured,
          journal,
          agentLog: [...agentLog, 'docker.errors.DockerException: Error while fetching server API version'],
        },
      },
      'volume',
    ],
    [
      'a consumer at the broker proves all before',
      { ...nothing, dataDiskFormatted: true, consuming: true },
      'broker-connection',
    ],
    ['an answer proves everything', { ...nothing, dataDiskFormatted: true, answered: true }, 'rpc'],
    ['but no volume on a disk without a file system', { ...nothing, answered: true }, 'user-and-group'],
    ['nor does a manager', { ...up, disk: { ...configured, journal, agentLog } }, 'user-and-group'],
  ])('%s', (_, evidence, expected) => {
    expect(reachedStep(evidence)).toBe(expected)
  })
})

const late: Ending = { kind: 'agent', seconds: 180 }
const restarted = (times: number): JournalLine => ({
  from: 'init.scope systemd',
  text: `trove-guestagent.service: Scheduled restart job, restart counter is at ${times}.`,
})

describe("systemd's count of restarts", () => {
  test.each<[string, DiskEvidence | undefined, number | null]>([
    ['no disk was read', undefined, null],
    ['there is no journal', emptyDisk, null],
    ['never', { ...emptyDisk, journal }, 0],
    ['the highest counts', { ...emptyDisk, journal: [...journal, restarted(1), restarted(12)] }, 12],
    ...agentUnits.map((unit): [string, DiskEvidence, number] => [
      `of ${unit}`,
      { ...emptyDisk, journal: [{ from: '', text: `${unit}: Scheduled restart job, restart counter is at 3.` }] },
      3,
    ]),
    [
      "another's restarts do not",
      {
        ...emptyDisk,
        journal: [{ from: '', text: 'qemu-guest-agent.service: Scheduled restart job, restart counter is at 7.' }],
      },
      0,
    ],
  ])('%s', (_, disk, expected) => {
    expect(agentRestarts({ ...nothing, disk })).toBe(expected)
  })
})

describe('the likely cause', () => {
  const agentSays = (text: string): Evidence => ({ ...up, disk: { ...configured, journal, agentLog: [text] } })
  const panic = consolePatterns.find(pattern => pattern.id === 'kernel panic') ?? consolePatterns[0]

  // The texts are an agent's own, see the facts about its start-up.
  test.each<[string, Ending, Evidence, RegExp]>([
    [
      'a masked unit',
      late,
      { ...up, disk: { ...configured, agentUnits: { 'trove-guestagent.service': '/dev/null' } } },
      /^The agent's unit trove-guestagent\.service is masked\. Remove the link/,
    ],
    [
      'no sudo',
      late,
      agentSays(
        "Stderr: 'sudo: a terminal is required to read the password; either use the -S option to read from standard input'",
      ),
      /^The agent may not use sudo without a password: "Stderr.*sudoers\.d/,
    ],
    [
      'no sudo, as the journal says it',
      late,
      { ...up, disk: { ...configured, journal: [{ from: 'sudo', text: 'sudo: a password is required' }] } },
      /^The agent may not use sudo/,
    ],
    [
      'no configuration',
      late,
      agentSays('RuntimeError: Manager class not registered for datastore manager None'),
      /^The agent did not find its configuration/,
    ],
    [
      'an unknown manager',
      late,
      agentSays('Manager class not registered for datastore manager mongodb'),
      /does not know/,
    ],
    ['no host name', late, agentSays('sudo: unable to resolve host trove-smoke-test'), /host name does not resolve/],
    ['an id that is taken', late, agentSays('Failed to add group database, error: GID 1001'), /id 1001 is taken/],
    ['no data disk', late, agentSays("GuestError: Device '/dev/vdb' is not ready"), /The data disk is not there/],
    ['no mkfs', late, agentSays('sudo: mkfs: command not found'), /A program that the agent calls for its volume/],
    [
      'no right to Docker',
      late,
      agentSays('PermissionError: [Errno 13] Permission denied'),
      /may not open Docker's socket/,
    ],
    [
      'no Docker',
      late,
      agentSays('docker.errors.DockerException: Error while fetching server API version'),
      /^Docker does not run/,
    ],
    [
      'a broker that denies its queues',
      late,
      agentSays('amqp.exceptions.InternalError: 541 INTERNAL_ERROR - Feature `transient_nonexcl_queues` is deprecated'),
      /not a fault of the image/,
    ],
    [
      'a broker out of reach',
      late,
      agentSays('AMQP server on 10.0.2.100:5672 is unreachable: [Errno 113] EHOSTUNREACH. Trying again in 1 seconds.'),
      /fault of the network/,
    ],
    [
      'a missing module',
      late,
      agentSays("ModuleNotFoundError: No module named 'docker'"),
      /module that the agent needs/,
    ],
    [
      'over and over',
      late,
      { ...up, disk: { ...configured, journal: [...journalBefore('groupadd'), restarted(9)] } },
      /over and over \(9 times\)/,
    ],
    [
      'a unit that nobody started',
      late,
      { ...up, disk: { ...configured, journal: journalBefore('Started trove-guestagent') } },
      /^The agent's unit was not started\. Enable/,
    ],
    ['no network', late, up, /without a network address/],
    [
      'a dead console',
      { kind: 'console', pattern: panic as never, words: 'Kernel panic - not syncing: VFS' },
      nothing,
      /^The kernel gave up: Kernel panic - not syncing: VFS\. See the lines before it/,
    ],
    [
      'a console without end, whatever else is seen',
      { kind: 'flood', mebibytes: 16, lastLine: 'x' },
      agentSays('sudo: a password is required'),
      /^The guest prints on its serial console without end/,
    ],
    ['registered', { kind: 'registered' }, nothing, /^$/],
  ])('%s', (_, ending, evidence, expected) => {
    expect(likelyCause(ending, reachedStep(evidence), evidence)).toMatch(expected)
  })
})

describe('the verdict', () => {
  const findings: Findings = {
    image: { name: 'guest.qcow2', sha256: 'a'.repeat(64), sha256After: 'a'.repeat(64) },
    testedAt: '2026-11-25T13:16:04.514Z',
    until: 'registered',
    firmware: 'bios',
    accelerator: 'tcg',
    broker: { product: 'RabbitMQ', version: '3.10.8', queueKind: 'classic-transient', own: true },
    boot: {
      ending: { kind: 'registered' },
      moments: [
        { event: 'login prompt', seconds: 71 },
        { event: 'consuming', seconds: 84 },
        { event: 'answered', seconds: 97 },
      ],
      notes: [],
      console: ['guest login:'],
      loginPrompt: true,
      agentStarts: 0,
    },
    pingIntervalSeconds: 60,
    sameConnection: true,
    dataDiskFormatted: true,
    rootFileSystemGrown: true,
    disk: { ...configured, journal, agentLog },
    conductor: [],
    secrets: ['sesame'],
  }

  test('passed: nothing of the guest is kept but what proves it', () => {
    expect(judge(findings)).toEqual({
      schemaVersion: 1,
      image: findings.image,
      testedAt: findings.testedAt,
      status: 'passed',
      level: 'registered',
      reached: 'rpc',
      endedBy: 'registered',
      cause: '',
      firmware: 'bios',
      accelerator: 'tcg',
      broker: findings.broker,
      timeline: findings.boot.moments,
      pingIntervalSeconds: 60,
      sameConnection: true,
      rootFileSystemGrown: true,
      agentRestarts: 0,
      consoleTail: [],
      guestLogs: {},
    })
  })

  test.each<[string, Partial<Findings>, string, string, RegExp]>([
    [
      'an agent that answered and did not format its volume',
      { dataDiskFormatted: false },
      'failed',
      'none',
      /^The agent answered, but it did not format its volume: [^\n]*\/dev\/vdb/,
    ],
    ['answers 59 s apart: passed without a level', { pingIntervalSeconds: 59 }, 'passed', 'none', /^$/],
    ['answers further apart than needed', { pingIntervalSeconds: 61 }, 'passed', 'registered', /^$/],
    ["a broker that cannot list the agent's connection", { sameConnection: null }, 'passed', 'none', /^$/],
    ['an agent that came back on another connection', { sameConnection: false }, 'passed', 'none', /^$/],
    ['a root that did not grow', { rootFileSystemGrown: false }, 'failed', 'none', /did not grow/],
    [
      'an image that changed',
      { image: { ...findings.image, sha256After: 'b'.repeat(64) } },
      'failed',
      'none',
      /changed while it was being tested/,
    ],
    [
      'a login prompt, when more was wanted',
      { boot: { ...findings.boot, ending: { kind: 'login' } } },
      'failed',
      'none',
      /^$/,
    ],
    [
      'a login prompt, when that was wanted: passed without a level, with or without a volume',
      { until: 'login', dataDiskFormatted: false, boot: { ...findings.boot, ending: { kind: 'login' } } },
      'passed',
      'none',
      /^$/,
    ],
  ])('%s', (_, change, status, level, cause) => {
    const verdict = judge({ ...findings, ...change })
    expect([verdict.status, verdict.level]).toEqual([status, level])
    expect(verdict.cause).toMatch(cause)
  })

  test("a failure keeps the guest's last words, without secrets", () => {
    const verdict = judge({
      ...findings,
      boot: {
        ...findings.boot,
        ending: { kind: 'cap', seconds: 600 },
        moments: [],
        console: ['one', 'rabbit://u:sesame@h'],
        notes: ['[FAILED] Failed to start foo.service.'],
      },
      disk: {
        ...configured,
        journal: [
          { from: 'sudo', text: 'sudo: a password is required' },
          { from: 'cron', text: 'nothing' },
        ],
        agentLog: ['ERROR sesame'],
        cloudInitLog: ['DEBUG fine', 'WARNING not fine'],
        remarks: ['x'],
      },
      conductor: ['heartbeat {}'],
    })
    expect(verdict).toMatchObject({
      endedBy: 'cap: not done within 600 s',
      consoleTail: ['one', 'rabbit://u:***@h'],
      guestLogs: {
        journal: ['sudo: sudo: a password is required'],
        'trove-guestagent.log': ['ERROR ***'],
        'cloud-init.log': ['WARNING not fine'],
        conductor: ['heartbeat {}'],
        console: ['[FAILED] Failed to start foo.service.'],
        remarks: ['x'],
      },
    })
  })
})

describe('the journal', () => {
  test("journalctl's JSON: text, bytes, several lines, no message", () => {
    const lines = [
      { MESSAGE: 'one\ntwo', _SYSTEMD_UNIT: 'a.service', SYSLOG_IDENTIFIER: 'a' },
      { MESSAGE: [0x62, 0x1b, 0x63], _COMM: 'b' },
      { MESSAGE: null },
    ]
    expect(parseJournal(`${lines.map(line => JSON.stringify(line)).join('\n')}\nnot json\n`)).toEqual([
      { from: 'a.service a', text: 'one' },
      { from: 'a.service a', text: 'two' },
      { from: 'b', text: 'b\x1bc' },
    ])
  })

  test("a file that no journalctl reads still gives its messages' text", () => {
    const file = Buffer.from('LPKSHHRH\0\0MESSAGE=Started trove-guestagent.service.\0\0_PID=1\0MESSAGE=two words\0')
    expect(scavengeJournal(file)).toEqual([
      { from: '', text: 'Started trove-guestagent.service.' },
      { from: '', text: 'two words' },
    ])
  })
})
