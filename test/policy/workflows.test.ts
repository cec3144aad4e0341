import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { projectRoot } from '../../src/system/home.ts'
import { mayBeAbsent, toolsPath } from '../support/tools.ts'
import {
  actionPaths,
  jobsOf,
  list,
  parseWorkflowFile,
  readWorkflowFile,
  type WorkflowFile,
  workflowPaths,
} from '../support/workflow-file.ts'
import { workflowRules } from './workflow-rules.ts'

const root = projectRoot()
const fixture = (name: string) => readWorkflowFile(`test/fixtures/policy/${name}.yml`)

const work = mkdtempSync(join(tmpdir(), 'workflow-policy-'))
afterAll(() => rmSync(work, { recursive: true }))

/** What the rules say about a file, as "rule:line". */
const verdict = (file: WorkflowFile) =>
  workflowRules.flatMap(rule => rule.check(file).map(({ line }) => `${rule.name}:${line}`))

/** What is wrong with the job that stands for all others. */
function gateFaults(file: WorkflowFile): string[] {
  const jobs = jobsOf(file)
  const gate = jobs.find(({ id }) => id === 'gate')
  if (gate === undefined) return ['there is no job "gate"']
  const needs = list(gate.job.needs)
  return [
    ...jobs.filter(({ id }) => id !== 'gate' && !needs.includes(id)).map(({ id }) => `gate does not need ${id}`),
    ...(String(gate.job.if).includes('always()') ? [] : ['gate is skipped, and so passes, when a job fails']),
  ]
}

describe('our workflows and actions', () => {
  const files = [...workflowPaths(), ...actionPaths()]

  test('are all here', () => {
    expect(workflowPaths()).toEqual(
      expect.arrayContaining(
        ['act', 'build-image', 'ci', 'images', 'lint', 'publish-images', 'release'].map(
          name => `.github/workflows/${name}.yml`,
        ),
      ),
    )
    expect(actionPaths().length).toBeGreaterThanOrEqual(7)
  })

  test.each(files)('%s keeps every rule', path => {
    const file = readWorkflowFile(path)
    expect(
      workflowRules.flatMap(rule =>
        rule.check(file).map(({ line, message }) => `${path}:${line}: ${message} (${rule.name})`),
      ),
    ).toEqual([])
  })

  test('the gate of ci.yml needs every other job', () => {
    expect(gateFaults(readWorkflowFile('.github/workflows/ci.yml'))).toEqual([])
  })
})

describe('a fault is found, and no other is seen', () => {
  const lines: Record<string, readonly number[]> = {
    pinned: [13, 16, 19],
    permissions: [3, 8, 17, 21],
    'callable-permissions': [11, 12],
    'no-expression-in-script': [13, 16],
    'no-kept-credentials': [13],
    'time-limit': [8],
    concurrency: [2, 11],
    'trusted-triggers': [3, 4],
    'no-inherited-secrets': [8],
    'known-runner': [9],
    'strict-shell': [10, 12],
    'own-actions': [11],
    'described-inputs': [5, 9, 13, 16],
  }

  test('every rule has a fixture', () => {
    expect(Object.keys(lines)).toEqual(workflowRules.map(rule => rule.name))
  })

  test.each(Object.entries(lines))('%s', (name, expected) => {
    expect(verdict(fixture(name))).toEqual(expected.map(line => `${name}:${line}`))
  })

  test.each([
    ['one group, without a queue', { group: 'x' }, ['concurrency:4']],
    ['one group for a branch', { group: 'x-${{ github.ref }}', 'cancel-in-progress': false }, ['concurrency:4']],
    ['one group that cancels', { group: 'x', queue: 'max', 'cancel-in-progress': true }, ['concurrency:4']],
    ['a group alone', 'x-${{ github.ref_name }}', ['concurrency:4']],
    ['one group with a queue', { group: 'x', queue: 'max' }, []],
    ['a group for each commit', { group: 'x-${{ github.sha }}', 'cancel-in-progress': true }, []],
    [
      'a group for each commit of a branch and each pull request',
      {
        group: "x-${{ github.event_name == 'pull_request' && github.ref || github.sha }}",
        'cancel-in-progress': "${{ github.event_name == 'pull_request' }}",
      },
      [],
    ],
  ])('pushes: %s', (_, concurrency, expected) => {
    const text = `name: Example\non: [push, pull_request]\npermissions: {}\nconcurrency: ${JSON.stringify(concurrency)}\njobs: {}\n`
    expect(verdict(parseWorkflowFile('example.yml', text))).toEqual(expected)
  })

  test('by the rule for the gate', () => {
    expect(gateFaults(fixture('gate'))).toEqual([
      'gate does not need tests',
      'gate is skipped, and so passes, when a job fails',
    ])
  })
})

/** A folder that looks like a repository with these workflows. */
function repositoryWith(workflows: readonly string[]): string {
  const folder = mkdtempSync(join(work, 'repository-'))
  mkdirSync(join(folder, '.github/workflows'), { recursive: true })
  for (const path of workflows)
    cpSync(join(root, path), join(folder, '.github/workflows', path.split('/').at(-1) ?? ''))
  for (const name of ['actionlint.yaml', 'zizmor.yml'])
    cpSync(join(root, '.github', name), join(folder, '.github', name))
  return folder
}

const tool = (program: string, args: readonly string[], cwd: string) => {
  const { stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    env: { PATH: toolsPath, HOME: work, LANG: 'C.UTF-8' },
  })
  if (error) throw error
  return { stdout, stderr }
}

/** The findings of actionlint, which runs shellcheck on every script, as "file:line: message [kind]". */
function actionlint(folder: string, files: readonly string[]): string[] {
  const { stdout, stderr } = tool(
    'actionlint',
    [
      '-config-file',
      '.github/actionlint.yaml',
      '-shellcheck',
      'shellcheck',
      '-pyflakes=',
      '-format',
      '{{json .}}',
      ...files,
    ],
    folder,
  )
  if (stderr !== '') throw new Error(stderr)
  return (JSON.parse(stdout) as { filepath: string; line: number; message: string; kind: string }[]).map(
    finding => `${finding.filepath}:${finding.line}: ${finding.message} [${finding.kind}]`,
  )
}

/** The findings of zizmor in its strictest persona that needs no network, as "audit:file". */
function zizmor(folder: string): string[] {
  const { stdout, stderr } = tool(
    'zizmor',
    ['--offline', '--no-progress', '--persona=pedantic', '--config', '.github/zizmor.yml', '--format=json', '.'],
    folder,
  )
  const findings = readJson(stdout, stderr) as {
    ident: string
    ignored: boolean
    locations: {
      symbolic: { key: { Local?: { verbatim_path: string } } }
      concrete: { location: { start_point: { row: number } } }
    }[]
  }[]
  return findings
    .filter(finding => !finding.ignored)
    .map(({ ident, locations: [place] }) => {
      const line = (place?.concrete.location.start_point.row ?? -1) + 1
      return `${place?.symbolic.key.Local?.verbatim_path}:${line}: ${ident}`
    })
}

function readJson(stdout: string, stderr: string): unknown {
  try {
    return JSON.parse(stdout)
  } catch {
    throw new Error(`no JSON: ${stdout}${stderr}`)
  }
}

describe('the linters of others', () => {
  test.skipIf(mayBeAbsent('actionlint'))('actionlint and shellcheck find nothing', () => {
    expect(actionlint(root, workflowPaths())).toEqual([])
  })

  test.skipIf(mayBeAbsent('zizmor'))('zizmor finds nothing', () => {
    expect(zizmor(root)).toEqual([])
  })

  test.skipIf(mayBeAbsent('actionlint'))('actionlint and shellcheck find what is planted', () => {
    const folder = repositoryWith(['test/fixtures/policy/actionlint.yml'])
    expect(actionlint(folder, ['.github/workflows/actionlint.yml'])).toEqual([
      expect.stringMatching(/:13: property "nothing" is not defined .* \[expression\]$/),
      expect.stringMatching(/:14: shellcheck .*SC2086.* \[shellcheck\]$/),
      expect.stringMatching(/:14: shellcheck .*SC2115.* \[shellcheck\]$/),
    ])
  })

  test.skipIf(mayBeAbsent('zizmor'))('zizmor finds what is planted', () => {
    expect(zizmor(repositoryWith(['test/fixtures/policy/zizmor.yml']))).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/:13: artipacked$/),
        expect.stringMatching(/:14: template-injection$/),
      ]),
    )
  })
})

/** What is wrong with the exceptions that a configuration makes; `today` as YYYY-MM-DD. */
function exceptionFaults(text: string, today: string): string[] {
  return text
    .split('\n')
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => /^\s+- |zizmor: ignore|shellcheck disable/.test(line))
    .flatMap(({ line, number }) => {
      const until = /# .*https:\/\/\S+ until (\d{4}-\d\d-\d\d)$/.exec(line)?.[1]
      if (until === undefined) return [`line ${number} has no "# https://… until YYYY-MM-DD"`]
      return until < today ? [`line ${number} has ended on ${until}: is it still needed?`] : []
    })
}

describe('exceptions', () => {
  const today = new Date().toISOString().slice(0, 10)

  test.each(['.github/actionlint.yaml', '.github/zizmor.yml'])('%s: each has a link and an end to come', path => {
    expect(exceptionFaults(readFileSync(join(root, path), 'utf8'), today)).toEqual([])
  })

  test('no workflow makes one of its own', () => {
    const inline = workflowPaths().flatMap(path =>
      readWorkflowFile(path).lines.filter(line => /zizmor: ignore|shellcheck disable/.test(line)),
    )
    expect(inline).toEqual([])
  })

  test('one that has ended, and one that says nothing, are found', () => {
    const text = [
      'rules:',
      '  - a # https://example.org/1 until 2020-01-31',
      '  - b',
      '  - c # https://example.org/2 until 9999-01-01',
    ]
    expect(exceptionFaults(text.join('\n'), '2026-01-01')).toEqual([
      'line 2 has ended on 2020-01-31: is it still needed?',
      'line 3 has no "# https://… until YYYY-MM-DD"',
    ])
  })
})

test('what is not YAML is refused by name', () => {
  expect(() => parseWorkflowFile('x.yml', 'a: [')).toThrow(/x\.yml is not YAML/)
})
