import { describe, expect, test } from 'vitest'
import type { Inspection } from '../../../src/contract/inspection.ts'
import { formatChecksums } from '../../../src/publish/checksums.ts'
import { checkAllowed, type Proof, proofFaults, proofOf, requireProof } from '../../../src/publish/proof.ts'
import { InputError } from '../../../src/system/errors.ts'
import type { SmokeTest } from '../../../src/vm/smoke-document.ts'

const own = 'a'.repeat(64)
const other = 'b'.repeat(64)

const inspection = (sha256: string, status: Inspection['status']): Inspection => ({
  schemaVersion: 1,
  image: { name: 'x.qcow2', sha256 },
  inspectedAt: '2026-11-25T10:00:00.000Z',
  status,
  counts: { passed: 0, failed: 0, waived: 0, unknown: 0 },
  results: [],
})

const smokeTest = (
  sha256: string,
  sha256After: string,
  status: SmokeTest['status'],
  level: SmokeTest['level'] = status === 'passed' ? 'registered' : 'none',
): SmokeTest => ({
  schemaVersion: 1,
  image: { name: 'x.qcow2', sha256, sha256After },
  testedAt: '2026-11-25T10:00:00.000Z',
  status,
  level,
  reached: 'none',
  endedBy: '',
  cause: '',
  firmware: 'bios',
  accelerator: 'tcg',
  broker: { product: 'RabbitMQ', version: '3.10.8', queueKind: 'classic', own: true },
  timeline: [],
  sameConnection: true,
  rootFileSystemGrown: false,
  agentRestarts: null,
  consoleTail: [],
  guestLogs: {},
})

describe('the level of an image, by its documents', () => {
  const good = inspection(own, 'passed')
  test.each<[string, Inspection | undefined, SmokeTest | undefined, Proof]>([
    ['nothing', undefined, undefined, { level: 'none', faults: ['not-inspected', 'not-smoke-tested'] }],
    ['inspected', good, undefined, { level: 'inspected', faults: ['not-smoke-tested'] }],
    ['registered', good, smokeTest(own, own, 'passed'), { level: 'registered', faults: [] }],
    [
      'inspection failed',
      inspection(own, 'failed'),
      smokeTest(own, own, 'passed'),
      { level: 'none', faults: ['inspection-failed'] },
    ],
    [
      'inspection of other bytes',
      inspection(other, 'passed'),
      smokeTest(own, own, 'passed'),
      { level: 'none', faults: ['inspected-other-image'] },
    ],
    [
      'a smoke test without an inspection',
      undefined,
      smokeTest(own, own, 'passed'),
      { level: 'none', faults: ['not-inspected'] },
    ],
    ...[null, false, undefined].map((sameConnection): [string, Inspection, SmokeTest, Proof] => [
      `registered by a document that says of one connection: ${sameConnection}`,
      good,
      { ...smokeTest(own, own, 'passed'), sameConnection },
      { level: 'inspected', faults: ['smoke-test-failed'] },
    ]),
    ['smoke test failed', good, smokeTest(own, own, 'failed'), { level: 'inspected', faults: ['smoke-test-failed'] }],
    [
      'smoke test passed without registering',
      good,
      smokeTest(own, own, 'passed', 'none'),
      { level: 'inspected', faults: ['smoke-test-failed'] },
    ],
    [
      'smoke test failed and registered',
      good,
      smokeTest(own, own, 'failed', 'registered'),
      { level: 'inspected', faults: ['smoke-test-failed'] },
    ],
    [
      'smoke test of other bytes',
      good,
      smokeTest(other, other, 'passed'),
      { level: 'inspected', faults: ['smoke-tested-other-image'] },
    ],
    [
      'an image that the smoke test changed',
      good,
      smokeTest(own, other, 'passed'),
      { level: 'inspected', faults: ['changed-by-smoke-test'] },
    ],
    [
      'an image that is what the smoke test made of another',
      good,
      smokeTest(other, own, 'passed'),
      { level: 'inspected', faults: ['changed-by-smoke-test'] },
    ],
  ])('%s', (_, inspected, booted, proof) => {
    expect(proofOf(own, inspected, booted)).toEqual(proof)
  })
})

describe('what stands in the way', () => {
  const proof: Proof = { level: 'none', faults: ['inspection-failed', 'not-smoke-tested'] }

  test('is named, with the way out and the way around', () => {
    expect(() => requireProof('x.qcow2', proof, ['not-smoke-tested'])).toThrow(
      new InputError(
        [
          'image x.qcow2 is not published; nothing was written:',
          `  inspection-failed: ${proofFaults['inspection-failed']}`,
          'To publish it all the same, say so by name: --allow inspection-failed',
        ].join('\n'),
      ),
    )
  })

  test('may be allowed, each by its own name; only what is wrong is noted', () => {
    expect(requireProof('x.qcow2', proof, ['not-smoke-tested', 'inspection-failed', 'not-inspected'])).toEqual([
      'inspection-failed',
      'not-smoke-tested',
    ])
  })

  test('is nothing for a registered image', () => {
    expect(requireProof('x.qcow2', { level: 'registered', faults: [] }, [])).toEqual([])
  })

  test.each(['all', 'constructor', 'Not-Inspected'])('"%s" is not a name', name => {
    expect(() => checkAllowed(['not-inspected', name])).toThrow(
      new InputError(
        `input "allow": unknown "${name}"; legal are not-inspected, inspected-other-image, inspection-failed, ` +
          'not-smoke-tested, smoke-tested-other-image, smoke-test-failed, changed-by-smoke-test',
      ),
    )
  })
})

test('SHA256SUMS escapes names as sha256sum does', () => {
  expect(
    formatChecksums([
      { name: 'a b.qcow2', sha256: own },
      { name: 'c\\d\n.json', sha256: other },
    ]),
  ).toBe(`${own}  a b.qcow2\n\\${other}  c\\\\d\\n.json\n`)
})
