import { describe, expect, test } from 'vitest'
import { formatSmokeJunit } from '../../../src/report/smoke-junit.ts'
import type { SmokeTest } from '../../../src/vm/index.ts'

const passed: SmokeTest = {
  schemaVersion: 1,
  image: { name: 'guest.qcow2', sha256: 'a'.repeat(64), sha256After: 'a'.repeat(64) },
  testedAt: '2026-11-25T13:16:04.514Z',
  status: 'passed',
  level: 'registered',
  reached: 'rpc',
  endedBy: 'registered',
  cause: '',
  firmware: 'bios',
  accelerator: 'tcg',
  broker: { product: 'RabbitMQ', version: '3.10.8', queueKind: 'classic-transient', own: true },
  timeline: [{ event: 'answered', seconds: 97.2 }],
  rootFileSystemGrown: true,
  agentRestarts: 0,
  consoleTail: [],
  guestLogs: {},
}

/** Name and outcome of each test case, and the suite's counts. */
function outcomes(xml: string): { counts: string; cases: string[] } {
  const counts = / (tests=.*) time=/.exec(xml)?.[1] ?? ''
  const cases = [...xml.matchAll(/<testcase classname="smoke" name="([^"]+)" time="0"(?:\/>|>\s*<(\w+))/g)]
  return { counts, cases: cases.map(([, name, outcome]) => `${name}: ${outcome ?? 'passed'}`) }
}

test('a registered guest', () => {
  expect(formatSmokeJunit(passed)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="smoke test of guest.qcow2" tests="11" failures="0" errors="0" skipped="0" time="97.200" timestamp="2026-11-25T13:16:04">
    <properties>
      <property name="image.sha256" value="${'a'.repeat(64)}"/>
      <property name="level" value="registered"/>
    </properties>
    <testcase classname="smoke" name="boot" time="0"/>
    <testcase classname="smoke" name="network" time="0"/>
    <testcase classname="smoke" name="configuration-injected" time="0"/>
    <testcase classname="smoke" name="unit-started" time="0"/>
    <testcase classname="smoke" name="user-and-group" time="0"/>
    <testcase classname="smoke" name="volume" time="0"/>
    <testcase classname="smoke" name="docker" time="0"/>
    <testcase classname="smoke" name="broker-connection" time="0"/>
    <testcase classname="smoke" name="rpc" time="0"/>
    <testcase classname="smoke" name="root-file-system-grown" time="0"/>
    <testcase classname="smoke" name="image-unchanged" time="0"/>
  </testsuite>
</testsuites>
`)
})

describe('what failed', () => {
  test('the step after the one that was reached; later ones are skipped', () => {
    const xml = formatSmokeJunit({
      ...passed,
      status: 'failed',
      level: 'none',
      reached: 'volume',
      endedBy: 'agent: no answer within 180 s after the guest was up',
      cause: 'Docker does not run: "<error>".',
      consoleTail: ['guest login: \x1b'],
      rootFileSystemGrown: false,
    })
    expect(outcomes(xml)).toEqual({
      counts: 'tests="11" failures="1" errors="0" skipped="3"',
      cases: [
        'boot: passed',
        'network: passed',
        'configuration-injected: passed',
        'unit-started: passed',
        'user-and-group: passed',
        'volume: passed',
        'docker: failure',
        'broker-connection: skipped',
        'rpc: skipped',
        'root-file-system-grown: skipped',
        'image-unchanged: passed',
      ],
    })
    expect(xml).toContain('Docker does not run: &quot;&lt;error&gt;&quot;.')
    expect(xml).not.toContain('\x1b')
  })

  test('an agent that answered and did not stay, a root that did not grow, an image that changed', () => {
    const cap = formatSmokeJunit({ ...passed, status: 'failed', level: 'none', endedBy: 'cap: not done within 600 s' })
    expect(outcomes(cap).cases).toContain('registered: failure')
    const small = formatSmokeJunit({ ...passed, status: 'failed', level: 'none', rootFileSystemGrown: false })
    expect(outcomes(small).cases.filter(entry => !entry.endsWith('passed'))).toEqual([
      'root-file-system-grown: failure',
    ])
    const image = { ...passed.image, sha256After: 'b'.repeat(64) }
    expect(outcomes(formatSmokeJunit({ ...passed, status: 'failed', level: 'none', image })).cases).toContain(
      'image-unchanged: failure',
    )
  })
})

test('a boot to the login prompt does not fail for the steps after it', () => {
  const xml = formatSmokeJunit({ ...passed, level: 'none', reached: 'boot', endedBy: 'login prompt' })
  expect(outcomes(xml).counts).toBe('tests="11" failures="0" errors="0" skipped="8"')
})
