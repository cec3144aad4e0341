import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Inspection, inspect, type RuleResult, rules } from '../../../src/contract/index.ts'
import { type Inventory, inventorySchema } from '../../../src/inventory/index.ts'
import { projectRoot } from '../../../src/system/home.ts'
import { Broken } from './broken.ts'
import { negativeCases } from './negative-cases.ts'

/** The inventory of a real image that satisfies the contract, see test/support/reduce-inventory.ts. */
const good = inventorySchema.parse(
  JSON.parse(readFileSync(join(projectRoot(), 'test/fixtures/contract/good.json'), 'utf8')),
)
const now = new Date('2026-11-25T12:00:00Z')

function judge(inventory: Inventory, buildMirrors: readonly string[] = []): Inspection {
  return inspect(inventory, { guestUser: 'ubuntu', buildMirrors, waivers: [], now })
}

function remarkable(results: readonly RuleResult[]): Record<string, string> {
  return Object.fromEntries(
    results.filter(({ status }) => !['passed', 'waived'].includes(status)).map(({ rule, status }) => [rule, status]),
  )
}

describe('the good image', () => {
  test('satisfies every rule but the one that its agent comes without', () => {
    const { counts, status, results } = judge(good)
    expect(remarkable(results)).toEqual({})
    expect({ counts, status }).toEqual({
      counts: { passed: rules.length - 1, failed: 0, waived: 1, unknown: 0 },
      status: 'passed',
    })
  })

  test('keeps satisfying them whoever asks for mirrors that it does not use', () => {
    expect(judge(good, ['http://mirror.example.com/debian']).status).toBe('passed')
  })
})

describe('every rule', () => {
  test('has an id of its own in kebab case, a sentence, a reason and a remedy', () => {
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length)
    for (const rule of rules) {
      expect(rule.id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
      for (const text of [rule.title, rule.why, rule.remedy]) expect(text).toMatch(/^\S.{10,}\.$/)
    }
  })

  test('has a negative case', () => {
    const broken = new Set(negativeCases.map(({ rule }) => rule))
    expect(rules.map(({ id }) => id).filter(id => !broken.has(id))).toEqual([])
  })

  test('is one that a negative case can name', () => {
    const known = new Set(rules.map(({ id }) => id))
    expect(negativeCases.flatMap(({ rule, also = [] }) => [rule, ...also]).filter(id => !known.has(id))).toEqual([])
  })
})

describe.each(negativeCases)(
  '$rule: $title',
  ({ rule, break: breakIt, also = [], evidence, status = 'failed', buildMirrors }) => {
    const image = new Broken(good)
    breakIt(image)
    const inspection = judge(image.inventory, buildMirrors)

    // Nothing else is found: without the rule this image would have passed.
    test('is found, and nothing else', () => {
      expect(remarkable(inspection.results)).toEqual({
        [rule]: status,
        ...Object.fromEntries(also.map(id => [id, 'failed'])),
      })
      expect(inspection.results.find(result => result.rule === rule)?.evidence).toEqual(evidence)
      expect(inspection.status).toBe('failed')
    })

    test('is an inventory that could be written down', () => {
      expect(() => inventorySchema.parse(image.inventory)).not.toThrow()
    })
  },
)
