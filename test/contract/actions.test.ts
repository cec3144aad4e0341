import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { stages } from '../../src/chain.ts'
import { parseWaivers } from '../../src/contract/waiver.ts'
import { describeInputs, parseInputs, type RawInputs } from '../../src/inputs.ts'
import { camelCase } from '../../src/names.ts'
import { projectRoot } from '../../src/system/home.ts'
import { majorTag } from '../support/own-repository.ts'

const root = projectRoot()
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const named = stages.map(stage => [stage.name, stage] as const)

interface Step {
  readonly uses: string
  readonly id?: string
  readonly with?: Readonly<Record<string, string>>
}

/** The steps in the YAML blocks of a README. */
function stepsIn(readme: string): Step[] {
  return [...readme.matchAll(/^```yaml\n(.*?)^```$/gms)].flatMap(([, block = '']) => parse(block) as Step[])
}

describe('action.yml', () => {
  test.each(named)('%s: each default is one that the stage takes, and is quoted', (name, stage) => {
    const text = read(`actions/${name}/action.yml`)
    const defaults = [...text.matchAll(/^ {4}default: (.*)$/gm)].map(([, value = '']) => value)
    expect(defaults.filter(value => !/^".*"$/.test(value))).toEqual([])
    const inputs: Record<string, { default?: string; required: boolean }> = parse(text).inputs
    const raw = Object.entries(inputs).map(([key, input]) => [camelCase(key), input.default ?? 'given'])
    expect(() => parseInputs(stage.inputs, Object.fromEntries(raw) as RawInputs)).not.toThrow()
    const required = Object.entries(inputs).filter(([, input]) => input.required)
    expect(required.filter(([, input]) => input.default !== undefined)).toEqual([])
  })

  test.each(named)('%s: main and post are files that are committed', name => {
    const { runs } = parse(read(`actions/${name}/action.yml`))
    const folder = join(root, 'actions', name)
    expect([runs.main, runs.post].filter(file => !existsSync(join(folder, file)))).toEqual([])
  })

  test('every folder of actions/ is a stage', () => {
    const folders = readdirSync(join(root, 'actions'), { withFileTypes: true }).filter(entry => entry.isDirectory())
    expect(folders.map(folder => folder.name).toSorted()).toEqual(stages.map(stage => stage.name).toSorted())
  })

  test('what writes outside of the workspace can be tried without doing it', () => {
    const trying = stages.filter(stage => 'dryRun' in stage.inputs.shape).map(stage => stage.name)
    expect(trying).toEqual(expect.arrayContaining(['setup-host', 'build-image', 'publish-image']))
  })
})

describe('the action at the root', () => {
  test('fails, and its log names every action with its summary', () => {
    const action = parse(read('action.yml'))
    const folder = mkdtempSync(join(tmpdir(), 'root-action-'))
    const result = spawnSync('sh', ['-e', '-c', action.runs.steps[0].run], { cwd: folder, encoding: 'utf8' })
    rmSync(folder, { recursive: true })
    expect(result.status).toBe(1)
    for (const stage of stages) expect(result.stdout).toMatch(new RegExp(`actions/${stage.name} +\\w`))
    expect(result.stdout).toMatch(/^::error title=trove-image-builder::Use one of its actions/m)
    expect(result.stderr).toBe('')
  })

  test('its script is clean by shellcheck', () => {
    const script = parse(read('action.yml')).runs.steps[0].run
    execFileSync('shellcheck', ['--shell', 'sh', '-'], { input: script, stdio: ['pipe', 'inherit', 'inherit'] })
  })
})

describe('README of an action', () => {
  test.each(named)('%s: its examples use inputs and outputs that exist', name => {
    const steps = stepsIn(read(`actions/${name}/README.md`))
    expect(steps.map(step => step.uses)).toContain(`OWNER/trove-image-builder/actions/${name}@${majorTag}`)
    for (const step of steps) {
      const used = stages.find(stage => step.uses.endsWith(`/actions/${stage.name}@${majorTag}`))
      expect(used, step.uses).toBeDefined()
      if (used === undefined) continue
      const known = describeInputs(used.inputs)
      const given = Object.keys(step.with ?? {})
      expect(given.filter(key => !known.some(input => input.name === key))).toEqual([])
      expect(known.filter(input => input.required && !given.includes(input.name)).map(input => input.name)).toEqual([])
      for (const waiver of step.with?.waive?.trim().split('\n') ?? [])
        expect(() => parseWaivers([waiver])).not.toThrow()
    }
  })

  test.each(named)('%s: a value that comes from a step is an output of that action', name => {
    const text = read(`actions/${name}/README.md`)
    const ids = { fetch: 'fetch-base-image', plan: 'assemble-elements', build: 'build-image' }
    const used = [...text.matchAll(/steps\.(\w+)\.outputs\.([a-z-]+)/g)].map(([, id = '', output = '']) => [id, output])
    const unknown = used.filter(([id = '', output = '']) => {
      const stage = stages.find(candidate => candidate.name === ids[id as keyof typeof ids])
      return !stage || !(camelCase(output) in stage.outputs.shape)
    })
    expect(unknown).toEqual([])
  })

  test.each(named)('%s: every file that it links to is there', name => {
    const path = `actions/${name}/README.md`
    const targets = [...read(path).matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, target = '']) => target)
    expect(targets.filter(target => !existsSync(join(root, dirname(path), target)))).toEqual([])
  })
})
