import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { chain, stages } from '../../src/chain.ts'
import { buildInputs } from '../../src/cli/build.ts'
import { jobVariable } from '../../src/cli/zuul-job.ts'
import { describeInputs } from '../../src/inputs.ts'
import { snakeCase } from '../../src/names.ts'
import { builtInRecipes } from '../../src/recipe/index.ts'
import { projectRoot } from '../../src/system/home.ts'
import { jobsOf, ownZuulFiles, usesOf } from '../support/zuul-project.ts'
import { rules } from '../support/zuul-rules.ts'

const files = ownZuulFiles()
const text = (path: string) => readFileSync(join(projectRoot(), path), 'utf8')
const jobs = jobsOf(files)
const job = (name: string) => jobs.find(defined => defined.job.name === name)?.job

describe('roles', () => {
  test.each(stages.map(stage => [stage.name, stage] as const))('the variables of %s are its inputs', (name, stage) => {
    const prefix = `trove_image_${name.replaceAll('-', '_')}_`
    const defaults = parse(text(`roles/trove-image-${name}/defaults/main.yaml`)) as Record<string, unknown>
    const { trove_image_stage_inputs: handed } = (
      parse(text(`roles/trove-image-${name}/tasks/main.yaml`)) as [{ vars: Record<string, Record<string, string>> }]
    )[0].vars
    const inputs = describeInputs(stage.inputs)
    const variables = Object.entries(defaults).filter(
      ([key]) => ![`${prefix}checkout`, `${prefix}work_folder`].includes(key),
    )
    expect(variables).toEqual(inputs.map(input => [`${prefix}${snakeCase(input.name)}`, input.default ?? '']))
    expect(handed).toEqual(
      Object.fromEntries(inputs.map(input => [snakeCase(input.name), `{{ ${prefix}${snakeCase(input.name)} }}`])),
    )
  })
})

describe('playbooks', () => {
  test('setup and build together run the chain, in order', () => {
    const roles = ['setup', 'build'].map(name =>
      (parse(text(`playbooks/trove-image/${name}.yaml`)) as [{ roles: { role: string }[] }])[0].roles.map(
        ({ role }) => role,
      ),
    )
    // Facts of the first playbook need not be there in the second.
    expect(roles.map(([first]) => first)).toEqual(['trove-image-checkouts', 'trove-image-checkouts'])
    expect(roles.flatMap(([, ...others]) => others)).toEqual(chain.map(({ stage }) => `trove-image-${stage.name}`))
  })

  test('take the facts of the checkouts before what the job says', () => {
    const [{ roles }] = parse(text('playbooks/trove-image/setup.yaml')) as [{ roles: Record<string, string>[] }]
    const { trove_image_setup_host_set: set, trove_image_setup_host_dib_checkout: dibCheckout } = roles[1] ?? {}
    expect({ set, dibCheckout }).toEqual({
      set: '{{ (trove_image_set | default([])) + trove_image_checkouts_set }}',
      dibCheckout: "{{ trove_image_checkouts_dib_checkout or trove_image_dib_checkout | default('') }}",
    })
  })
})

describe('jobs', () => {
  test('are these, each where it may be loaded', () => {
    const places = Object.fromEntries(jobs.map(({ file, job: { name } }) => [name, file.split('/')[0]]))
    expect(places).toEqual({
      'trove-image-build': 'zuul.d',
      'trove-image-publish': 'zuul.d',
      'trove-image-lint': 'zuul.d',
      ...Object.fromEntries(builtInRecipes().map(recipe => [`trove-image-build-${recipe}`, 'zuul.d'])),
      'trove-image-devstack-smoke': 'zuul-openstack.d',
      'publish-trove-image-openstack': 'zuul-openstack.d',
      'trove-image-test-roles': 'zuul-tests.d',
    })
  })

  test('that publish differ in nothing but the parent', () => {
    const { 'pre-run': before, 'post-run': after, timeout } = job('trove-image-build') ?? {}
    const openstack = job('publish-trove-image-openstack')
    expect({
      before: openstack?.['pre-run'],
      run: openstack?.run,
      after: openstack?.['post-run'],
      timeout: openstack?.timeout,
    }).toEqual({ before, run: job('trove-image-publish')?.run, after, timeout })
  })

  test('describe every variable that is given to the whole chain, but the secret, which is no variable', () => {
    const described = [...(job('trove-image-build')?.description ?? '').matchAll(/zuul:jobvar:: (\S+)/g)].map(
      ([, name = '']) => name,
    )
    const given = new Set(
      chain.flatMap(({ wiring }) => Object.values(wiring).flatMap(source => ('given' in source ? [source.given] : []))),
    )
    const variables = describeInputs(buildInputs)
      .filter(input => given.has(input.key) && !input.secret)
      .map(input => jobVariable(input.key))
    expect(described).toEqual(expect.arrayContaining(variables))
  })

  test('of our own: the default image is built for every change that matters, without a vote', () => {
    const use = usesOf(files).find(
      ({ pipeline, name }) => pipeline === 'check' && name === 'trove-image-build-debian-trixie',
    )
    expect(use?.variant.voting).toBe(false)
  })
})

describe('docs/zuul.md and README.md', () => {
  const examples = ['docs/zuul.md', 'README.md'].flatMap(page =>
    [...text(page).matchAll(/```yaml\n(- (?:project|job|secret):\n[^`]*)```/g)].map(
      ([, yaml = '']) => [page, yaml] as const,
    ),
  )

  test('show at least a consumer on each page and a publishing job', () => {
    expect(examples.map(([page]) => page)).toEqual(['docs/zuul.md', 'docs/zuul.md', 'docs/zuul.md', 'README.md'])
  })

  test.each(examples)('%s: an example is what Zuul loads, with jobs and variables that there are', (page, yaml) => {
    const shown = new Map([['zuul.d/example.yaml', yaml]])
    expect(rules['what Zuul loads']?.(shown)).toEqual([])
    expect(rules['expressions are RE2']?.(shown)).toEqual([])
    expect(rules['no secret before review']?.(shown)).toEqual([])
    const own = jobsOf(shown).map(defined => defined.job)
    const known = new Set([...jobs, ...jobsOf(shown)].map(defined => defined.job.name))
    const named = [...usesOf(shown).map(({ name }) => name), ...own.flatMap(({ parent }) => parent ?? [])]
    expect(
      named.filter(name => !known.has(name)),
      page,
    ).toEqual([])
    const variables = [...usesOf(shown).map(({ variant }) => variant), ...own].flatMap(({ vars }) =>
      Object.keys(vars ?? {}),
    )
    const listed = text('docs/zuul-variables.md')
    expect(
      variables.filter(name => !listed.includes(`\`${name}\``)),
      page,
    ).toEqual([])
  })

  test('docs/zuul.md names every job', () => {
    const names = jobs.map(defined => defined.job.name).filter(name => !/-build-|-test-/.test(name))
    expect(names.filter(name => !text('docs/zuul.md').includes(`\`${name}\``))).toEqual([])
  })
})
