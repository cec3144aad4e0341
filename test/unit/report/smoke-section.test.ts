import { describe, expect, test } from 'vitest'
import { smokeSection } from '../../../src/report/smoke-section.ts'
import { stepsSection } from '../../../src/report/steps-section.ts'
import { readDocument } from '../../../src/system/documents.ts'
import { type SmokeTest, smokeTestSchema } from '../../../src/vm/smoke-document.ts'

const file = new URL('../../fixtures/report/registered/smoke-test.json', import.meta.url).pathname
const registered = readDocument(file, smokeTestSchema)
const again = 'rpc_ping answered again'
const tooSoon = 'No level was reached: the two pings were 5 s apart, and the level registered takes 60 s or more.'
const notCompared =
  'The level registered takes one connection that carried both answers; whether one did is not known: the broker could ' +
  'not be asked for its connections.'

/** What the sections say about the second answer, the level and the connection. */
function told(change: Partial<SmokeTest>) {
  const smokeTest = { ...registered, ...change }
  const text = smokeSection(smokeTest).replaceAll('\\', '')
  return {
    second: /rpc_ping answered again[^|]*/.exec(text)?.[0].trim(),
    remarks: text.split('\n').filter(line => /^(?:No level|The level)/.test(line)),
    step: /smoke test[^|]*\|([^|]*)/
      .exec(stepsSection({ smokeTest } as unknown as Parameters<typeof stepsSection>[0]))?.[1]
      ?.trim(),
  }
}

describe('a passed smoke test tells what it did not show', () => {
  test.each<[string, Partial<SmokeTest>, ReturnType<typeof told>]>([
    ['nothing is missing', {}, { second: `${again}, over the same connection`, remarks: [], step: 'registered' }],
    [
      'two answers too soon after each other',
      { level: 'none', pingIntervalSeconds: 5 },
      { second: `${again}, over the same connection`, remarks: [tooSoon], step: 'passed up to rpc, no level' },
    ],
    [
      'a broker that cannot be asked',
      { level: 'none', sameConnection: null },
      { second: again, remarks: [notCompared], step: 'passed up to rpc, no level' },
    ],
    [
      'both',
      { level: 'none', pingIntervalSeconds: 5, sameConnection: null },
      { second: again, remarks: [`${tooSoon} ${notCompared}`], step: 'passed up to rpc, no level' },
    ],
    [
      'a document without these fields',
      { pingIntervalSeconds: undefined, sameConnection: undefined },
      { second: again, remarks: [], step: 'registered' },
    ],
  ])('%s', (_, change, expected) => {
    expect(told(change)).toEqual(expected)
  })
})
