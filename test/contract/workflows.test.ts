import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { projectRoot } from '../../src/system/home.ts'
import { diagnose } from '../support/language-service.ts'
import { actionPaths, workflowPaths } from '../support/workflow-file.ts'

const root = projectRoot()
const read = (path: string) => readFileSync(join(root, path), 'utf8')

/** Every workflow that a page shows, with the page and the line on which it begins. */
function shownWorkflows(): { place: string; text: string }[] {
  return globSync(['README.md', 'docs/*.md', 'actions/*/README.md'], { cwd: root })
    .toSorted()
    .flatMap(page => {
      const text = read(page)
      return [...text.matchAll(/^```yaml\n(.*?)^```$/gms)]
        .filter(([, block = '']) => /^jobs:$/m.test(block))
        .map(match => ({
          place: `${page}:${text.slice(0, match.index).split('\n').length + 1}`,
          text: match[1] ?? '',
        }))
    })
}

describe('GitHub’s own language service finds nothing', () => {
  test.each([...workflowPaths(), ...actionPaths()])('in %s', async path => {
    expect(await diagnose(path, read(path))).toEqual([])
  })

  test.each(shownWorkflows().map(({ place, text }) => [place, text]))('in what %s shows', async (_, text) => {
    expect(await diagnose('.github/workflows/example.yml', text)).toEqual([])
  })
})

describe('it finds', () => {
  const job = (steps: string) =>
    `name: Example\non: workflow_dispatch\njobs:\n  example:\n    runs-on: ubuntu-24.04\n    steps:\n${steps}`
  const call = (uses: string, inputs: string) =>
    `name: Example\non: workflow_dispatch\njobs:\n  example:\n    uses: ${uses}\n    with:\n${inputs}`

  test.each([
    [
      'an input that an action of ours does not have',
      job('      - uses: $/actions/setup-host\n        with:\n          recipy: debian-trixie\n'),
      ["9: Invalid action input 'recipy'"],
    ],
    [
      'a required input that is missing',
      job(
        '      - uses: actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a\n        with:\n          name: x\n',
      ),
      ['8: Missing required input `path`'],
    ],
    ['an action that is not here', job('      - uses: $/actions/nowhere\n'), [expect.stringMatching(/^7: .*nowhere/)]],
    [
      'an input that an action of others does not have',
      job(
        '      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1\n        with:\n          dept: 1\n',
      ),
      ["9: Invalid action input 'dept'"],
    ],
    [
      'an action of others whose inputs nobody has written down',
      job('      - uses: actions/checkout@0000000000000000000000000000000000000000 # v7.0.1\n'),
      [expect.stringMatching(/^7: Unable to resolve action/)],
    ],
    [
      'an expression that names nothing',
      job('      - if: github.nothing\n        run: echo\n'),
      [expect.stringMatching(/^7: .*nothing/)],
    ],
    [
      'an input that a called workflow does not have',
      call('$/.github/workflows/lint.yml', '      recipes: debian-trixie\n'),
      [expect.stringMatching(/^7: .*recipes/)],
    ],
  ])('%s', async (_, text, expected) => {
    expect(await diagnose('.github/workflows/example.yml', text)).toEqual(expected)
  })
})
