import { describe, expect, test } from 'vitest'
import { buildSection, fitSummary, formatStageTable, formatStepSummary } from '../../../src/report/index.ts'
import { sha256 } from '../../../src/system/documents.ts'

const step = {
  stage: 'build-image',
  result: 'passed',
  text: '',
  seconds: 192.4,
  lines: ['root file system 1.0 GB, 430 packages', 'out/guest.qcow2  520 MB'],
  inputs: [],
  sections: [],
} as const

describe("a step's part of the summary page", () => {
  test('of one that passed: heading, lines, what the stage tells, inputs folded', () => {
    const inputs = [
      { name: 'plan', value: 'out/<plan>.json' },
      { name: 'set', value: 'a=1\nb=2|3' },
      { name: 'broker-url', value: '(secret)' },
    ]
    expect(
      formatStepSummary({ ...step, inputs, sections: ['### Files\n\nnone\n'] }),
    ).toBe(`## build-image: ✅ passed in 3 min 12 s

- root file system 1.0 GB, 430 packages
- out/guest.qcow2  520 MB

### Files

none

<details><summary>Inputs</summary>

| input | value |
| --- | --- |
| \`plan\` | \`out/<plan>.json\` |
| \`set\` | \`a=1\`<br>\`b=2\\|3\` |
| \`broker-url\` | \`(secret)\` |

</details>

`)
  })

  test('of one that failed shortly: the error as it is', () => {
    expect(
      formatStepSummary({ ...step, result: 'error', seconds: 3, lines: [], error: 'no </code> here\n```\nlast' }),
    ).toBe(`## build-image: ❌ error in 3.0 s

\`\`\`\`text
no </code> here
\`\`\`
last
\`\`\`\`

`)
  })

  test('of one that failed with many words: the first line, the others folded', () => {
    const error = ['<b>hook</b> failed', ...Array.from({ length: 10 }, (_, index) => `line ${index}`)].join('\n')
    expect(
      formatStepSummary({ ...step, result: 'error', lines: [], error }),
    ).toBe(`## build-image: ❌ error in 3 min 12 s

&lt;b&gt;hook&lt;/b&gt; failed

<details><summary>All 11 lines of the error</summary>

\`\`\`text
${error}
\`\`\`

</details>

`)
  })
})

test('all stages of a job in one table; one that was killed has no time', () => {
  expect(
    formatStageTable([
      { stage: 'setup-host', result: 'passed', text: 'nothing to bring', seconds: 0.46 },
      { stage: 'inspect-image', result: 'failed', text: '37 passed, 1 failed; first: a|b', seconds: 31 },
      { stage: 'smoke-test', result: 'running', text: '', seconds: 0 },
    ]),
  ).toBe(`## Stages of this job

| stage | result | time |  |
| --- | --- | ---: | --- |
| \`setup-host\` | ✅ passed | 0.5 s | nothing to bring |
| \`inspect-image\` | ❌ failed | 31 s | 37 passed, 1 failed; first: a\\|b |
| \`smoke-test\` | ⛔ was killed |  |  |

`)
})

test('a summary that GitHub would refuse loses whole sections, and says so', () => {
  const sections = ['## head\n', '### one\n1\n', `### two\n${'é'.repeat(100)}\n`, '### three\n3\n']
  expect(fitSummary(sections.join('\n'))).toBe(sections.join('\n'))
  expect(fitSummary(sections.join('\n'), 120)).toBe(
    '## head\n\n### one\n1\n\n\nThe rest does not fit into a summary; the documents have it.\n',
  )
})

test('a build: files, a chart whose bars follow one another, the slowest hooks', () => {
  const record = {
    schemaVersion: 1,
    recipe: 'r',
    planDigest: null,
    projectVersion: '0',
    dibVersion: '3',
    builtAt: '2026-01-01T00:00:00Z',
    architecture: 'amd64',
    distribution: 'debian',
    release: 'trixie',
    files: [{ name: 'a.qcow2', format: 'qcow2', sha256: sha256('a'), sizeBytes: 520_000_000, virtualSizeBytes: 5 }],
    rootFileSystem: { sizeBytes: 1, packages: 1 },
    phases: [
      { name: 'root.d', seconds: 60.5, hooks: [{ name: '08-debootstrap', seconds: 59 }] },
      { name: 'install.d', seconds: 30, hooks: [{ name: '50-x', seconds: 29.5 }] },
    ],
    diskSteps: [{ name: 'convert: all; #1', seconds: 8 }],
    tools: {},
  } as const
  const mutable = structuredClone(record) as unknown as Parameters<typeof buildSection>[0]
  expect(buildSection(mutable)).toBe(`### Files

| file | size | SHA-256 |
| --- | ---: | --- |
| \`a.qcow2\` | 520 MB | \`${sha256('a')}\` |

### Where the time went

\`\`\`mermaid
gantt
  title seconds since the start
  dateFormat x
  axisFormat %s s
  section diskimage-builder
  root.d (1 min 01 s) :0, 60500ms
  install.d (30 s) :60500, 30000ms
  section disk (partly at once)
  convert  all   1 (8.0 s) :90500, 8000ms
\`\`\`

<details><summary>The slowest hooks</summary>

| hook | time |
| --- | ---: |
| \`root.d/08-debootstrap\` | 59 s |
| \`install.d/50-x\` | 30 s |

</details>
`)
})
