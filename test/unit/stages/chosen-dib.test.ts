import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { stages } from '../../../src/chain.ts'
import { checkDibInputs, readDibCheckout } from '../../../src/stages/chosen-dib.ts'
import { InputError } from '../../../src/system/errors.ts'
import { makeCheckout } from '../../support/git-checkout.ts'

const root = mkdtempSync(join(tmpdir(), 'chosen-dib-'))
afterAll(() => rmSync(root, { recursive: true }))

describe('diskimage-builder of a checkout', () => {
  test('is none when none was asked for', async () => {
    expect(await readDibCheckout({ dib: 'private' })).toBe(null)
  })

  test('is told by its commit', async () => {
    const folder = join(root, 'dib')
    const commit = makeCheckout(folder, { 'setup.cfg': '[metadata]\nname = diskimage-builder\n' }, '3.43.0')
    expect(await readDibCheckout({ dib: 'private', dibCheckout: folder })).toEqual({
      commit,
      describe: `3.43.0-0-g${commit.slice(0, 12)}`,
      branch: 'master',
      modified: false,
      contentDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
  })

  test('of another project is refused', async () => {
    const folder = join(root, 'trove')
    makeCheckout(folder, { 'setup.cfg': '[metadata]\nname = trove\n' })
    await expect(readDibCheckout({ dib: 'private', dibCheckout: folder })).rejects.toEqual(
      new InputError(
        `input "dib-checkout": ${folder}: has no setup.cfg and no pyproject.toml with the name diskimage-builder; ` +
          'expected the folder of a git checkout of openstack/diskimage-builder',
      ),
    )
  })
})

test.each([
  [{ dib: 'private' as const }],
  [{ dib: 'system' as const }],
  [{ dib: 'private' as const, dibCheckout: 'dib' }],
])('%j is one answer', inputs => {
  expect(() => checkDibInputs(inputs)).not.toThrow()
})

const both = { dib: 'system' as const, dibCheckout: 'dib' }
const refusal = new InputError(
  'input "dib-checkout": cannot be used with dib: system, which takes the distribution\'s diskimage-builder; leave out one',
)

test('two answers are refused, by each stage that asks', () => {
  expect(() => checkDibInputs(both)).toThrow(refusal)
  const asking = stages.filter(stage => 'dibCheckout' in stage.inputs.shape)
  expect(asking.map(stage => stage.name)).toEqual(['setup-host', 'fetch-base-image', 'assemble-elements'])
  for (const stage of asking) expect(() => stage.check?.(both), stage.name).toThrow(refusal)
})
