import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Agent, agentPlacesOf, readAgent, requireBranch } from '../../../src/agent/index.ts'
import { parseRecipe } from '../../../src/recipe/index.ts'
import { sha256 } from '../../../src/system/documents.ts'
import { InputError } from '../../../src/system/errors.ts'
import { makeCheckout, troveFiles } from '../../support/git-checkout.ts'

const root = mkdtempSync(join(tmpdir(), 'agent-'))
afterAll(() => rmSync(root, { recursive: true }))

const checkout = join(root, 'trove')
const requirements = join(root, 'requirements')
const constraintsFile = join(requirements, 'upper-constraints.txt')
const pins = '# made by a tool\npbr===6.1.0\n'
let commit = ''
let requirementsCommit = ''
beforeAll(() => {
  commit = makeCheckout(checkout, troveFiles, '25.0.0')
  requirementsCommit = makeCheckout(requirements, { 'upper-constraints.txt': pins, README: '' })
})

const recipe = (more: string) =>
  parseRecipe(`name: mine\ndistribution: debian\nrelease: trixie\ndib-version: 3.43.0\n${more}`, 'r.yaml')

describe('the places of the agent', () => {
  test.each([
    ['', null],
    [
      'agent: local\nagent-source: ../trove\nconstraints-file: /srv/upper-constraints.txt\n',
      { checkout: '/recipes/trove', constraintsFile: '/srv/upper-constraints.txt' },
    ],
  ])('of %j', (more, expected) => {
    expect(agentPlacesOf(recipe(more), '/recipes/images')).toEqual(expected)
  })
})

describe('the agent', () => {
  test('of the distribution needs nothing', async () => {
    expect(await readAgent(null)).toEqual({ source: 'distribution' })
  })

  test('of a checkout is told by commits and digests, without addresses and places', async () => {
    const agent = await readAgent({ checkout, constraintsFile })
    expect(agent).toEqual({
      source: 'local',
      checkout: {
        commit,
        describe: `25.0.0-0-g${commit.slice(0, 12)}`,
        branch: 'stable/2026.1',
        modified: false,
        contentDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
      version: '25.0.0',
      constraints: { digest: sha256(pins), commit: requirementsCommit },
    })
    expect(JSON.stringify(agent)).not.toMatch(/\/tmp|:\/\//)
  })

  test('takes constraints that lie in no checkout', async () => {
    const file = join(root, 'upper-constraints.txt')
    writeFileSync(file, pins)
    expect(await readAgent({ checkout, constraintsFile: file })).toMatchObject({
      constraints: { digest: sha256(pins), commit: null },
    })
  })

  const legal = 'expected upper-constraints.txt of openstack/requirements, of the same series as the agent'
  test.each([
    ['absent.txt', 'there is no such file'],
    ['', 'is a folder'],
    ['README', 'has no line such as "PACKAGE===VERSION"'],
  ])('refuses the constraints %j', async (name, reason) => {
    const file = join(requirements, name)
    await expect(readAgent({ checkout, constraintsFile: file })).rejects.toEqual(
      new InputError(`recipe key "constraints-file": ${file}: ${reason}; ${legal}`),
    )
  })
})

describe('the branch', () => {
  const agent = (branch: string): Agent => ({
    source: 'local',
    checkout: { commit: 'a'.repeat(40), describe: '25.0.0', branch, modified: false, contentDigest: 'a'.repeat(64) },
    version: '25.0.0',
    constraints: { digest: 'b'.repeat(64), commit: null },
  })

  test.each<[Agent, string | undefined]>([
    [agent('stable/2026.1'), undefined],
    [agent('stable/2026.1'), 'stable/2026.1'],
    [agent('master'), 'master'],
    [{ source: 'distribution' }, undefined],
  ])('of %j is that of %j', (given, branch) => {
    expect(() => requireBranch(given, branch)).not.toThrow()
  })

  test('of another series is refused', () => {
    expect(() => requireBranch(agent('master'), 'stable/2026.1')).toThrow(
      new InputError(
        'recipe key "agent-branch": the checkout of openstack/trove is of the branch master by its .gitreview, but the ' +
          'recipe asks for stable/2026.1: an agent of another series than its control plane may not understand it',
      ),
    )
  })
})
