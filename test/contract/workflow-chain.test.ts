import { describe, expect, test } from 'vitest'
import { chain } from '../../src/chain.ts'
import { describeInputs } from '../../src/inputs.ts'
import { kebabCase } from '../../src/names.ts'
import { type Mapping, mapping, readWorkflowFile, stepsOf } from '../support/workflow-file.ts'

const workflow = readWorkflowFile('.github/workflows/build-image.yml')
const steps = stepsOf(workflow).filter(({ step }) => String(step.uses ?? '').startsWith('$/actions/'))

/** What the workflow gives a stage of what its caller gave. What is not here keeps the stage's default. */
const given: Readonly<Record<string, string | undefined>> = {
  recipe: '${{ matrix.recipe }}',
  set: '${{ inputs.set }}',
  waive: '${{ inputs.waive }}',
}

/**
 * What crosses from the job that builds to the one that boots, where the outputs of steps do not reach: an image goes by
 * its artifact's number and its digest, and documents by the number of theirs.
 */
const handedOver: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'setup-host': {
    recipe: '${{ matrix.recipe }}',
    set: '${{ inputs.set }}',
    'free-disk-space': '${{ inputs.free-disk-space }}',
  },
  'smoke-test': {
    'image-artifact': '${{ matrix.image-artifact-id }}',
    sha256: '${{ matrix.sha256 }}',
    'guest-user': '${{ matrix.guest-user }}',
    'failure-logs': '${{ inputs.failure-logs }}',
  },
  'publish-image': {
    image: 'out/${{ matrix.image }}',
    sha256: '${{ matrix.sha256 }}',
    'documents-artifact': '${{ matrix.documents-artifact }}',
    'smoke-test': '${{ steps.smoke-test.outputs.smoke-test }}',
    'retention-days': '${{ inputs.retention-days }}',
  },
}

/** What the job that builds says beside the chain. */
const beside: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'setup-host': { 'free-disk-space': '${{ inputs.free-disk-space }}' },
  'build-image': { 'failure-logs': '${{ inputs.failure-logs }}' },
  'inspect-image': { 'failure-logs': '${{ inputs.failure-logs }}' },
  'publish-image': { allow: 'not-smoke-tested', 'retention-days': '${{ inputs.retention-days }}' },
}

/** The `with:` that src/chain.ts asks for, of the stages that the job has run already. */
function expectedInputs(name: string, earlier: readonly string[]): Record<string, string> {
  const link = chain.find(({ stage }) => stage.name === name)
  if (link === undefined) return { 'no such stage': name }
  const wired = Object.entries(link.wiring).flatMap(([key, source]) => {
    if ('given' in source) {
      const value = given[source.given]
      return value === undefined ? [] : [[kebabCase(key), value]]
    }
    if (!earlier.includes(source.stage)) return []
    return [[kebabCase(key), `\${{ steps.${source.stage}.outputs.${kebabCase(source.output)} }}`]]
  })
  return { ...Object.fromEntries(wired), ...beside[name] }
}

const stepsOfJob = (job: string): { name: string; step: Mapping }[] =>
  steps
    .filter(({ at }) => at[1] === job)
    .map(({ step }) => ({ name: String(step.uses).replace('$/actions/', ''), step }))

describe('build-image.yml runs the chain', () => {
  test('all of its stages, in its order', () => {
    expect([...stepsOfJob('build'), ...stepsOfJob('smoke-test')].map(({ name }) => name)).toEqual([
      'setup-host',
      'fetch-base-image',
      'assemble-elements',
      'build-image',
      'inspect-image',
      'publish-image',
      'setup-host',
      'smoke-test',
      'publish-image',
    ])
    expect(new Set(steps.map(({ step }) => String(step.uses).replace('$/actions/', '')))).toEqual(
      new Set(chain.map(({ stage }) => stage.name)),
    )
  })

  test('each step bears the name of its stage, by which the outputs are found', () => {
    for (const { step } of steps) expect(step.id).toBe(String(step.uses).replace('$/actions/', ''))
  })

  test.each(stepsOfJob('build').map(({ name, step }, index) => [name, step, index] as const))(
    'build: %s is given what src/chain.ts says',
    (name, step, index) => {
      const earlier = stepsOfJob('build').slice(0, index)
      expect(step.with).toEqual(
        expectedInputs(
          name,
          earlier.map(stage => stage.name),
        ),
      )
    },
  )

  test.each(stepsOfJob('smoke-test').map(({ name, step }) => [name, step] as const))(
    'smoke test: %s is given what the first job has handed over',
    (name, step) => {
      expect(step.with).toEqual(handedOver[name])
    },
  )

  test('every output that it reads is one of the stage', () => {
    const outputs = new Map(
      chain.map(({ stage }) => [stage.name, describeInputs(stage.outputs).map(output => output.name)]),
    )
    const read = [...workflow.text.matchAll(/steps\.([a-z-]+)\.outputs\.([a-z0-9-]+)/g)].filter(([, id = '']) =>
      outputs.has(id),
    )
    expect(read.length).toBeGreaterThan(10)
    expect(
      read.filter(([, id = '', name = '']) => !outputs.get(id)?.includes(name)).map(([expression]) => expression),
    ).toEqual([])
  })
})

describe('jobs that need none are not asked for a permission', () => {
  test('build-image.yml', () => {
    const asked = Object.entries(mapping(workflow.data.jobs)).map(([id, job]) => [id, mapping(job).permissions])
    expect(Object.fromEntries(asked)).toEqual({
      prepare: { contents: 'read' },
      build: { contents: 'read' },
      built: {},
      'smoke-test': { contents: 'read' },
      finalize: {},
    })
  })
})

describe('publish-images.yml calls build-image.yml', () => {
  const call = mapping(mapping(readWorkflowFile('.github/workflows/publish-images.yml').data.jobs).build)
  const inputsOf = (name: string) =>
    mapping(mapping(mapping(readWorkflowFile(`.github/workflows/${name}.yml`).data.on).workflow_call).inputs)

  test('with every input that both have, which mean the same', () => {
    const both = Object.entries(inputsOf('publish-images')).filter(([name]) => name in inputsOf('build-image'))
    expect(both.length).toBeGreaterThan(4)
    expect(mapping(call.with)).toMatchObject(Object.fromEntries(both.map(([name]) => [name, `\${{ inputs.${name} }}`])))
    for (const [name, input] of both) {
      const { description: _, ...typed } = mapping(inputsOf('build-image')[name])
      expect(input, name).toMatchObject(typed)
    }
  })
})

describe('a runner of one’s own is enough to build', () => {
  test('no job of build-image.yml names another', () => {
    const labels = Object.values(mapping(workflow.data.jobs)).map(job => mapping(job)['runs-on'])
    expect([...new Set(labels)]).toEqual(['${{ inputs.runs-on }}', '${{ inputs.smoke-test-runs-on }}'])
  })
})
