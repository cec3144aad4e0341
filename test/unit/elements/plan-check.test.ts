import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readAgent } from '../../../src/agent/index.ts'
import { codeDigest, elementDigest } from '../../../src/elements/digest.ts'
import { readElementFiles } from '../../../src/elements/element.ts'
import type { Plan } from '../../../src/elements/plan.ts'
import { requirePlanHolds } from '../../../src/elements/plan-check.ts'
import { InputError } from '../../../src/system/errors.ts'
import { makeCheckout, troveFiles } from '../../support/git-checkout.ts'

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
    agent: { source: 'distribution' },
    agentPlaces: null,
  } as unknown as Plan
}

test('an unchanged plan holds', async () => {
  await requirePlanHolds(planNow(), dib())
})

const changes: [string, (plan: string) => void, string][] = [
  ['an edited hook', at => writeFileSync(join(at, 'mine/one/install.d/50-one'), 'echo two\n'), 'the element one ('],
  ['a hook made executable', at => chmodSync(join(at, 'mine/one/install.d/50-one'), 0o755), 'the element one ('],
  ['an element that went', at => rmSync(join(at, 'mine/one'), { recursive: true }), 'the element one is gone'],
  ["DIB's code", at => writeFileSync(join(at, 'dib/lib/main.py'), 'exit()\n'), 'diskimage-builder ('],
]

test.each(changes)('%s is named', async (_name, change, words) => {
  const plan = planNow()
  change(folder)
  const error = await requirePlanHolds(plan, dib()).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(InputError)
  expect((error as Error).message).toContain(words)
})

/** A plan whose agent comes from a checkout, as it is now. */
async function localPlan(): Promise<Plan> {
  const agentPlaces = { checkout: join(folder, 'trove'), constraintsFile: join(folder, 'upper-constraints.txt') }
  makeCheckout(agentPlaces.checkout, troveFiles)
  writeFileSync(agentPlaces.constraintsFile, 'pbr===6.1.0\n')
  return { ...planNow(), agent: await readAgent(agentPlaces), agentPlaces }
}

test.each<[string, string, string]>([
  ['the agent’s checkout', 'trove/trove/cmd/guest.py', "the agent's checkout ("],
  ['the constraints', 'upper-constraints.txt', 'the constraints of the agent ('],
])('%s is named when it has changed', async (_, file, words) => {
  const plan = await localPlan()
  await requirePlanHolds(plan, dib())
  writeFileSync(join(folder, file), 'pbr===6.1.1\n')
  await expect(requirePlanHolds(plan, dib())).rejects.toThrow(words)
})
