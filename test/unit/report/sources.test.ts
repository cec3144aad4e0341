import { describe, expect, test } from 'vitest'
import { buildRecordSchema } from '../../../src/dib/record.ts'
import { guestOf } from '../../../src/report/guest.ts'
import { seriesOfBranch } from '../../../src/report/series.ts'
import { sourceRows } from '../../../src/report/sources.ts'
import { readDocument } from '../../../src/system/documents.ts'

const record = readDocument(
  new URL('../../fixtures/report/registered/image.json', import.meta.url).pathname,
  buildRecordSchema,
)
const commit = 'a'.repeat(40)
const agent = {
  source: 'local' as const,
  checkout: {
    commit,
    describe: '25.0.0-21-gaaaaaaa',
    branch: 'stable/2026.1',
    modified: false,
    contentDigest: 'b'.repeat(64),
  },
  version: '25.0.1.dev21',
  constraints: { digest: 'c'.repeat(64), commit: 'd'.repeat(40) },
}

describe('what was built from checkouts', () => {
  test('is nothing when all came from packages; a record of an older version says nothing else', () => {
    expect({ agent: record.agent, dibCheckout: record.dibCheckout }).toEqual({
      agent: { source: 'distribution' },
      dibCheckout: null,
    })
    expect(sourceRows(record)).toEqual([])
  })

  test('is told with its commits', () => {
    expect(sourceRows({ ...record, agent })).toEqual([
      ['agent built from', `openstack/trove \`${commit}\` (25.0.0-21-gaaaaaaa), branch \`stable/2026.1\``],
      ['constraints', `\`sha256:${'c'.repeat(64)}\`, openstack/requirements \`${'d'.repeat(40)}\``],
    ])
  })

  test('is told of diskimage-builder', () => {
    const dibCheckout = { ...agent.checkout, describe: '3.43.0-2-gaaaaaaa', branch: 'master' }
    expect(sourceRows({ ...record, dibCheckout })).toEqual([
      ['built by', `openstack/diskimage-builder \`${commit}\` (3.43.0-2-gaaaaaaa), branch \`master\``],
    ])
  })

  test('is told to hold what no commit has', () => {
    const checkout = { ...agent.checkout, modified: true, branch: 'master' }
    const constraints = { ...agent.constraints, commit: null }
    expect(sourceRows({ ...record, agent: { ...agent, checkout, constraints } })).toEqual([
      [
        'agent built from',
        `openstack/trove \`${commit}\` (25.0.0-21-gaaaaaaa), branch \`master\`; **with changes that are in no commit**`,
      ],
      ['constraints', `\`sha256:${'c'.repeat(64)}\``],
    ])
  })
})

const inventory = { system: {}, packages: [], kernels: [], units: [], image: {} } as unknown as Parameters<
  typeof guestOf
>[0]

test.each([
  ['stable/2026.1', '2026.1'],
  ['unmaintained/2024.1', '2024.1'],
  ['unmaintained/zed', 'Zed'],
  ['master', undefined],
  ['feature/x', undefined],
])('an agent of the branch %s is of the series %s', (branch, series) => {
  expect(seriesOfBranch(branch)?.series).toBe(series)
  expect(guestOf(inventory, { ...agent, checkout: { ...agent.checkout, branch } })).toEqual({
    agent: { packageName: 'openstack/trove', version: '25.0.1.dev21' },
    ...(series === undefined ? {} : { series: seriesOfBranch(branch) }),
    hasHostNic: false,
  })
})

test('without an agent there is none', () => {
  expect(guestOf(inventory, { source: 'distribution' })).toEqual({ hasHostNic: false })
})
