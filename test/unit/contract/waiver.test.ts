import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { inspect, parseWaivers } from '../../../src/contract/index.ts'
import { inventorySchema } from '../../../src/inventory/index.ts'
import { InputError } from '../../../src/system/errors.ts'
import { projectRoot } from '../../../src/system/home.ts'
import { Broken } from './broken.ts'

const good = inventorySchema.parse(
  JSON.parse(readFileSync(join(projectRoot(), 'test/fixtures/contract/good.json'), 'utf8')),
)

/** The result of one rule on an image with a proxy left, at a day. */
function proxyRule(waive: readonly string[], day: string) {
  const image = new Broken(good)
  image.inventory.proxies.push({ file: '/etc/environment', line: 1, text: 'http_proxy=http://cache:3128' })
  const inspection = inspect(image.inventory, {
    guestUser: 'ubuntu',
    buildMirrors: { used: [], allowed: [] },
    waivers: parseWaivers(waive),
    now: new Date(`${day}T23:59:00Z`),
  })
  return { status: inspection.status, result: inspection.results.find(({ rule }) => rule === 'no-proxies') }
}

const rule = {
  rule: 'no-proxies',
  title: 'No proxy of the build is left.',
  remedy: 'Set proxies in the environment of the build only, never in files of the image.',
}

test.each([
  [
    'counts to its last day',
    ['no-proxies 2026-11-25 our guests live behind it'],
    '2026-11-25',
    { status: 'passed', result: 'waived', last: 'waived until 2026-11-25: our guests live behind it' },
  ],
  [
    'does not count a day later, and says so',
    ['no-proxies 2026-11-25 our guests live behind it'],
    '2026-11-26',
    { status: 'failed', result: 'failed', last: 'no longer waived until 2026-11-25: our guests live behind it' },
  ],
  [
    'that has ended does not take the place of one that counts',
    ['no-proxies 2026-01-01 last year', 'no-proxies 2026-11-25 our guests live behind it'],
    '2026-11-25',
    { status: 'passed', result: 'waived', last: 'waived until 2026-11-25: our guests live behind it' },
  ],
  [
    'is for its rule only',
    ['no-host-keys 2026-11-25 a test'],
    '2026-11-25',
    { status: 'failed', result: 'failed', last: '/etc/environment:1: http_proxy=http://cache:3128' },
  ],
])('an exception %s', (_, waive, day, expected) => {
  const { status, result } = proxyRule(waive, day)
  expect(status).toBe(expected.status)
  const first = '/etc/environment:1: http_proxy=http://cache:3128'
  expect(result).toEqual({
    ...rule,
    status: expected.result,
    evidence: expected.last === first ? [first] : [first, expected.last],
  })
})

test("the project's own exception ends, too", () => {
  const at = (day: string) =>
    inspect(good, {
      guestUser: 'ubuntu',
      buildMirrors: { used: [], allowed: [] },
      waivers: [],
      now: new Date(`${day}T12:00:00Z`),
    }).status
  expect([at('2027-06-30'), at('2027-07-01')]).toEqual(['passed', 'failed'])
})

test("an exception of the caller that has ended does not end the project's own", () => {
  const { status, results } = inspect(good, {
    guestUser: 'ubuntu',
    buildMirrors: { used: [], allowed: [] },
    waivers: parseWaivers(['agent-docker-hostnic 2026-01-01 last year']),
    now: new Date('2026-11-25T12:00:00Z'),
  })
  const result = results.find(({ rule }) => rule === 'agent-docker-hostnic')
  expect([status, result?.status]).toEqual(['passed', 'waived'])
})

test.each([
  ['no-proxies until I say so', 'waive: "no-proxies until I say so" is not of the form "RULE YYYY-MM-DD REASON"'],
  ['no-proxies 2026-11-25', 'waive: "no-proxies 2026-11-25" is not of the form'],
  ['no-proxis 2026-11-25 why', 'waive: there is no rule "no-proxis"; did you mean "no-proxies"?'],
  ['no-proxies 2026-02-30 why', 'waive: "2026-02-30" in "no-proxies 2026-02-30 why" is not a day of the calendar'],
])('%s is refused', (line, message) => {
  expect(() => parseWaivers([line])).toThrow(InputError)
  expect(() => parseWaivers([line])).toThrow(message)
})
