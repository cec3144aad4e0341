import { expect, test } from 'vitest'
import type { Inspection } from '../../../src/contract/index.ts'
import { formatJunit, inspectionCounts, inspectionTable } from '../../../src/report/index.ts'

const inspection: Inspection = {
  schemaVersion: 1,
  image: { name: 'a "b" <c>.qcow2', sha256: 'ab'.repeat(32) },
  inspectedAt: '2026-11-25T12:00:00.123Z',
  status: 'failed',
  counts: { passed: 1, failed: 1, waived: 1, unknown: 1 },
  results: [
    { rule: 'one', title: 'One holds.', status: 'passed', evidence: [], remedy: '' },
    {
      rule: 'waived-one',
      title: 'Two holds.',
      status: 'waived',
      evidence: ['/etc/x', 'waived until 2027-01-01: so'],
      remedy: 'Mend it.',
    },
    { rule: 'unknown-one', title: 'Three holds.', status: 'unknown', evidence: ['nobody knows'], remedy: 'Find out.' },
    {
      rule: 'failed-one',
      title: 'Four holds.',
      status: 'failed',
      evidence: ['/tmp/a & b\u0007', 'x < y'],
      remedy: 'Do "this".',
    },
  ],
}

test('a rule is a test case, in the words of JUnit', () => {
  expect(formatJunit(inspection, 12.3456)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="contract of a &quot;b&quot; &lt;c&gt;.qcow2" tests="4" failures="1" errors="1" skipped="1" time="12.346" timestamp="2026-11-25T12:00:00">
    <properties>
      <property name="image.sha256" value="${'ab'.repeat(32)}"/>
    </properties>
    <testcase classname="contract" name="one" time="0"/>
    <testcase classname="contract" name="waived-one" time="0">
      <skipped message="/etc/x">Two holds.

/etc/x
waived until 2027-01-01: so

What to do: Mend it.</skipped>
    </testcase>
    <testcase classname="contract" name="unknown-one" time="0">
      <error message="nobody knows">Three holds.

nobody knows

What to do: Find out.</error>
    </testcase>
    <testcase classname="contract" name="failed-one" time="0">
      <failure message="/tmp/a &amp; b">Four holds.

/tmp/a &amp; b
x &lt; y

What to do: Do &quot;this&quot;.</failure>
    </testcase>
  </testsuite>
</testsuites>
`)
})

test('the table for people begins with what failed', () => {
  expect(inspectionTable(inspection)).toEqual([
    'failed   failed-one   Four holds.',
    '           /tmp/a & b\u0007',
    '           x < y',
    '         > Do "this".',
    'unknown  unknown-one  Three holds.',
    '           nobody knows',
    '         > Find out.',
    'waived   waived-one   Two holds.',
    '           /etc/x',
    '           waived until 2027-01-01: so',
  ])
})

test('counts name the unknown only when there is some', () => {
  expect(inspectionCounts(inspection)).toBe('1 passed, 1 failed, 1 waived, 1 unknown')
  expect(inspectionCounts({ ...inspection, counts: { passed: 38, failed: 0, waived: 1, unknown: 0 } })).toBe(
    '38 passed, 0 failed, 1 waived',
  )
})
