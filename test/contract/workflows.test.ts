import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { projectRoot } from '../../src/system/home.ts'
import { diagnose } from '../support/language-service.ts'
import { majorTag } from '../support/own-repository.ts'
import { readmeWorkflow, shownWorkflows } from '../support/shown-workflows.ts'
import { actionPaths, list, mapping, readWorkflowFile, workflowPaths } from '../support/workflow-file.ts'

const root = projectRoot()
const read = (path: string) => readFileSync(join(root, path), 'utf8')

describe('GitHub’s own language service finds nothing', () => {
  test.each([...workflowPaths(), ...actionPaths()])('in %s', async path => {
    expect(await diagnose(path, read(path))).toEqual([])
  })

  test.each(shownWorkflows().map(({ page, line, text }) => [`${page}:${line}`, text]))(
    'in what %s shows',
    async (_, text) => {
      // A page may leave out when a workflow runs, and show its jobs alone.
      const whole = text.startsWith('jobs:') ? `on: workflow_dispatch\n${text}` : text
      expect(await diagnose('.github/workflows/example.yml', whole)).toEqual([])
    },
  )
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

describe('what the pages say of the workflows', () => {
  /** A row of a table, without the padding. */
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const page = read('docs/github-actions.md').replaceAll(/ +\|/g, ' |')

  test.each(['build-image', 'publish-images'])('docs/github-actions.md has every input and output of %s.yml', name => {
    const call = mapping(mapping(readWorkflowFile(`.github/workflows/${name}.yml`).data.on).workflow_call)
    const section = page.split(`\n## ${name}.yml\n`)[1]?.split('\n## ')[0] ?? ''
    const inputs = Object.entries(mapping(call.inputs)).map(([input, value]) => {
      const { default: usual, description } = mapping(value)
      return row([`\`${input}\``, usual === '' ? '' : `\`${usual}\``, String(description)]).replaceAll(/ +\|/g, ' |')
    })
    const outputs = Object.entries(mapping(call.outputs)).map(([output, value]) =>
      row([`\`${output}\``, String(mapping(value).description)]),
    )
    expect(section.split('\n').filter(line => line.startsWith('| `'))).toEqual([...inputs, ...outputs])
  })

  test('the workflow of the README fits fifteen lines and asks for nothing but to read', () => {
    const lines = readmeWorkflow().trimEnd().split('\n')
    expect(lines.length).toBeLessThanOrEqual(15)
    expect(lines.filter(line => /^\s+[a-z-]+: (read|write)/.test(line))).toEqual(['  contents: read'])
  })

  test('every action is in one of our workflows and in one that a page shows', () => {
    const ours = workflowPaths().map(read).join('\n')
    const shown = shownWorkflows()
      .map(({ text }) => text)
      .join('\n')
    const actions = actionPaths().flatMap(path => /^actions\/([^/]+)\//.exec(path)?.[1] ?? [])
    expect(actions.filter(name => !ours.includes(`uses: $/actions/${name}\n`))).toEqual([])
    expect(actions.filter(name => !shown.includes(`/actions/${name}@${majorTag}\n`))).toEqual([])
  })

  /** Images that a step takes as a file, and that no earlier step of its job has brought. */
  const imagesFromNowhere = (workflow: string) =>
    Object.values(mapping(mapping(parse(workflow)).jobs)).flatMap(job => {
      const steps = list(mapping(job).steps).map(mapping)
      return steps.flatMap(({ with: given }, index) => {
        const { image } = mapping(given)
        if (typeof image !== 'string' || image.includes('${{')) return []
        const earlier = steps.slice(0, index).map(({ run }) => String(run))
        return earlier.some(script => script.includes(`--output ${image} `)) ? [] : [image]
      })
    })

  test.each(shownWorkflows().map(({ page, line, text }) => [`${page}:${line}`, text]))(
    'in what %s shows, an image is there before it is looked at',
    (_, text) => {
      expect(imagesFromNowhere(text)).toEqual([])
    },
  )

  test('an image that nobody has brought is found', () => {
    const steps = (first: object) => JSON.stringify({ jobs: { a: { steps: [first, { with: { image: 'a.qcow2' } }] } } })
    expect(imagesFromNowhere(steps({ uses: 'actions/checkout' }))).toEqual(['a.qcow2'])
    expect(imagesFromNowhere(steps({ run: 'curl --output a.qcow2 "$URL"' }))).toEqual([])
  })
})
