import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { codeDigest, elementDigest } from '../../../src/elements/digest.ts'
import { readElementFiles } from '../../../src/elements/element.ts'
import type { Plan } from '../../../src/elements/plan.ts'
import { requirePlanHolds } from '../../../src/elements/plan-check.ts'
import { InputError } from '../../../src/system/errors.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plan-check-'))
  for (const name of ['mine/one/install.d', 'dib/elements/base/root.d', 'dib/lib']) {
    mkdirSync(join(folder, name), { recursive: true })
  }
  writeFileSync(join(folder, 'mine/one/install.d/50-one'), 'echo one\n')
  writeFileSync(join(folder, 'dib/elements/base/root.d/10-base'), 'echo base\n')
  writeFileSync(join(folder, 'dib/lib/main.py'), 'pass\n')
})
afterEach(() => rmSync(folder, { recursive: true }))

const dib = () => ({
  version: '3.43.0',
  from: 'private' as const,
  packageFolder: join(folder, 'dib'),
  elementsFolder: join(folder, 'dib/elements'),
  binFolder: '/bin',
})

/** Only what the check reads of a plan. */
function planNow(): Plan {
  const element = (name: string, path: string) => ({
    name,
    digest: elementDigest(readElementFiles(join(folder, path))),
  })
  return {
    elementPaths: [join(folder, 'mine')],
    elements: [element('base', 'dib/elements/base'), element('one', 'mine/one')],
    dib: { codeDigest: codeDigest(join(folder, 'dib')) },
  } as unknown as Plan
}

test('an unchanged plan holds', () => {
  expect(() => requirePlanHolds(planNow(), dib())).not.toThrow()
})

const changes: [string, (plan: string) => void, string][] = [
  ['an edited hook', at => writeFileSync(join(at, 'mine/one/install.d/50-one'), 'echo two\n'), 'the element one ('],
  ['a hook made executable', at => chmodSync(join(at, 'mine/one/install.d/50-one'), 0o755), 'the element one ('],
  ['an element that went', at => rmSync(join(at, 'mine/one'), { recursive: true }), 'the element one is gone'],
  ["DIB's code", at => writeFileSync(join(at, 'dib/lib/main.py'), 'exit()\n'), 'diskimage-builder ('],
]

test.each(changes)('%s is named', (_name, change, words) => {
  const plan = planNow()
  change(folder)
  expect(() => requirePlanHolds(plan, dib())).toThrow(InputError)
  expect(() => requirePlanHolds(plan, dib())).toThrow(words)
})
