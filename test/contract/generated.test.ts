import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { chain, stages } from '../../src/chain.ts'
import { buildInputs } from '../../src/cli/build.ts'
import { commands } from '../../src/cli/command.ts'
import { generatedFiles } from '../../src/cli/generate.ts'
import { describeInputs } from '../../src/inputs.ts'
import { projectRoot } from '../../src/system/home.ts'

const root = projectRoot()

describe('generated files', () => {
  test.each([...generatedFiles()])('%s is what "npm run generate" writes', (path, text) => {
    expect(readFileSync(join(root, path), 'utf8')).toBe(text)
  })

  test.each(stages.map(stage => [stage.name, stage] as const))(
    'action.yml of %s says what the schema says',
    (name, stage) => {
      const action = parse(readFileSync(join(root, `actions/${name}/action.yml`), 'utf8'))
      expect(Object.keys(action.inputs)).toEqual(describeInputs(stage.inputs).map(input => input.name))
      expect(Object.keys(action.outputs)).toEqual(describeInputs(stage.outputs).map(output => output.name))
      expect(action.runs.using).toBe('node24')
    },
  )
})

describe('stages', () => {
  test.each(stages.map(stage => [stage.name, stage] as const))(
    'every input and output of %s is a full sentence',
    (_, stage) => {
      for (const field of [...describeInputs(stage.inputs), ...describeInputs(stage.outputs)]) {
        expect(field.description, field.name).toMatch(/^[A-Z].*[.]$/)
      }
    },
  )

  test('no two commands share a name', () => {
    const names = commands.map(command => command.name)
    expect(names).toEqual([...new Set(names)])
  })
})

describe('chain', () => {
  test('every wired input exists and comes from something earlier', () => {
    const given = Object.keys(buildInputs.shape)
    const faults: string[] = []
    const earlier = new Map<string, string[]>()
    for (const { stage, wiring } of chain) {
      for (const [key, source] of Object.entries(wiring)) {
        if (!(key in stage.inputs.shape)) faults.push(`${stage.name} has no input ${key}`)
        if ('given' in source && !given.includes(source.given))
          faults.push(`${stage.name}.${key}: not given: ${source.given}`)
        if ('stage' in source && !earlier.get(source.stage)?.includes(source.output)) {
          faults.push(`${stage.name}.${key}: no earlier ${source.stage}.${source.output}`)
        }
      }
      earlier.set(stage.name, Object.keys(stage.outputs.shape))
    }
    expect(faults).toEqual([])
  })

  test('every required input of a stage is wired', () => {
    const missing = chain.flatMap(({ stage, wiring }) =>
      describeInputs(stage.inputs)
        .filter(input => input.required && !(input.key in wiring))
        .map(input => `${stage.name}.${input.key}`),
    )
    expect(missing).toEqual([])
  })

  test('"until" names the stages of the chain, in order', () => {
    expect(buildInputs.shape.until.unwrap().options).toEqual(chain.map(entry => entry.stage.name))
  })
})
