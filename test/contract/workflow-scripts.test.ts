import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { parseWaivers } from '../../src/contract/waiver.ts'
import { builtInRecipes, readRecipe } from '../../src/recipe/index.ts'
import { readWorkflowFile, stepsOf } from '../support/workflow-file.ts'

const work = mkdtempSync(join(tmpdir(), 'workflow-scripts-'))
afterAll(() => rmSync(work, { recursive: true }))

interface Ran {
  readonly status: number | null
  readonly stdout: string
  /** Written to GITHUB_OUTPUT. */
  readonly output: string
  readonly summary: string
}

/** Runs the script of a step, by its name or id, as the runner does, with the shell that all workflows name. */
function runStep(
  workflow: string,
  job: string,
  name: string,
  env: Readonly<Record<string, string>>,
  folder = work,
): Ran {
  const found = stepsOf(readWorkflowFile(`.github/workflows/${workflow}.yml`)).find(
    ({ at, step }) => at[1] === job && (step.name === name || step.id === name),
  )
  if (typeof found?.step.run !== 'string') throw new Error(`${workflow} has no script "${name}" in its job ${job}`)
  const files = { GITHUB_OUTPUT: join(folder, 'output'), GITHUB_STEP_SUMMARY: join(folder, 'summary') }
  for (const file of Object.values(files)) writeFileSync(file, '')
  const path = join(folder, 'script.sh')
  writeFileSync(path, found.step.run)
  const { status, stdout } = spawnSync('bash', ['--noprofile', '--norc', '-euo', 'pipefail', path], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: `${join(folder, 'bin')}:${process.env.PATH}`, LC_ALL: 'C.UTF-8', ...files, ...env },
  })
  return {
    status,
    stdout,
    output: readFileSync(files.GITHUB_OUTPUT, 'utf8'),
    summary: readFileSync(files.GITHUB_STEP_SUMMARY, 'utf8'),
  }
}

/** In place of an answer: GitHub does not do that. */
const refused = Symbol('refused')

/**
 * A `gh` that answers what is asked, puts an answer through `--jq` as the real one does, and writes down what it was told to do.
 * The first call that an argument list begins with counts; a call that is not listed has no answer.
 */
function withGh(answers: Readonly<Record<string, unknown>>): string {
  const folder = mkdtempSync(join(work, 'gh-'))
  mkdirSync(join(folder, 'bin'))
  const cases = Object.entries(answers).map(([call, answer], index) => {
    if (answer === refused) return `"${call}"*) exit 1;;`
    const file = join(folder, `answer-${index}`)
    writeFileSync(file, JSON.stringify(answer))
    return `"${call}"*) answer="${file}";;`
  })
  const script = [
    '#!/bin/sh',
    `echo "$*" | tr '\\n' ' ' | sed 's/ *$/\\n/' >>"${join(folder, 'calls')}"`,
    'answer= query=.',
    `case "$*" in`,
    ...cases,
    'esac',
    '[ -n "$answer" ] || exit 0',
    'while [ $# -gt 1 ]; do [ "$1" != --jq ] || query=$2; shift; done',
    'exec jq --raw-output --compact-output "$query" "$answer"',
    '',
  ]
  writeFileSync(join(folder, 'bin/gh'), script.join('\n'))
  chmodSync(join(folder, 'bin/gh'), 0o755)
  return folder
}

/** What `gh` was told to do, a line for each call. */
const callsOf = (folder: string) => readFileSync(join(folder, 'calls'), 'utf8').trimEnd().split('\n')

/** A release as the API lists it, or a draft of one. */
const earlier = (draft: boolean, tag_name: string, login = 'github-actions[bot]') => ({
  draft,
  id: 7,
  tag_name,
  author: { login },
})

describe('build-image.yml: the recipes', () => {
  const folder = mkdtempSync(join(work, 'recipes-'))
  const files = {
    'images/own.yaml': '# Ours.\nname: own\ndistribution: debian\n',
    'images/trixie.yaml': "distribution: debian\nname: 'debian-trixie' # as the built-in one\n",
    'images/without.yaml': 'distribution: debian\n',
    'images/nested.yaml': 'packages:\n  - x\nname: "nested"\n',
  }
  mkdirSync(join(folder, 'images'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const list = (recipes: string, set = '') =>
    runStep('build-image', 'prepare', 'legs', { RECIPES: recipes, SET: set, GITHUB_REPOSITORY: 'o/r' }, folder)

  test.each([
    ['debian-trixie', ['debian-trixie'], ''],
    ['debian-trixie', ['debian-trixie'], 'name=other'],
    ['debian-trixie\n\n  images/own.yaml\n', ['debian-trixie', 'images/own.yaml'], 'image-size=8GiB'],
    ['images/nested.yaml\nimages/without.yaml', ['images/nested.yaml', 'images/without.yaml'], ''],
    [
      Array.from({ length: 16 }, (_, index) => `r${index}`).join('\n'),
      Array.from({ length: 16 }, (_, index) => `r${index}`),
      '',
    ],
  ])('%j', (recipes, expected, set) => {
    const { status, output } = list(recipes, set)
    expect({ status, output }).toEqual({
      status: 0,
      output: `legs=${JSON.stringify(expected.map((recipe, index) => ({ index, recipe })))}\n`,
    })
  })

  test.each([
    ['', 'no recipe is given'],
    ['a b', '"a b" is neither a name nor a path'],
    ['$(reboot)', '"$(reboot)" is neither a name nor a path'],
    ['a","x":"', 'is neither a name nor a path'],
    ['a\na', '"a" stands there twice'],
    ['images/own.yaml\n./images/own.yaml', '"images/own.yaml" and "./images/own.yaml" both have the name own'],
    ['debian-trixie\nimages/trixie.yaml', '"debian-trixie" and "images/trixie.yaml" both have the name debian-trixie'],
    ['images/gone.yaml', '"images/gone.yaml" is not a file of o/r'],
    ['images', '"debian-trixie" and "images" both have the name other', 'debian-trixie\n', 'name=one\n name=other'],
    [Array.from({ length: 17 }, (_, index) => `r${index}`).join('\n'), '17 recipes are given, at most 16'],
  ])('%j is refused', (recipes, message, before = '', set = '') => {
    const { status, stdout, output } = list(before + recipes, set)
    expect({ status, stdout, output }).toEqual({ status: 1, stdout: expect.stringContaining(message), output: '' })
  })

  test('a built-in recipe has the name of its file, which this script takes it to have', () => {
    for (const name of builtInRecipes()) expect(readRecipe(name).recipe.name).toBe(name)
  })
})

describe('build-image.yml: what would only fail after the build', () => {
  const look = (WAIVE: string, RETENTION_DAYS: string) => {
    const env = { WAIVE, RETENTION_DAYS }
    const { status, stdout } = runStep('build-image', 'prepare', 'Refuse what would only fail after the build', env)
    return { status, stdout }
  }
  const fine = { status: 0, stdout: '' }
  /** What the stage itself says of such an exception. */
  const isWaiver = (line: string) => {
    try {
      return parseWaivers([line]).length === 1
    } catch {
      return false
    }
  }

  test.each(['no-proxies 2028-02-29 a reason', '  no-proxies\t2027-01-31   x '])(
    'the exception %j is none of it',
    line => {
      expect(isWaiver(line)).toBe(true)
      expect(look(`\n${line}\n\nno-proxies 2027-01-31 x\n`, '')).toEqual(fine)
    },
  )

  test.each([
    ['no-proxies', 'is not of the form'],
    ['no-proxies 2027-01-31', 'is not of the form'],
    ['no-proxies 31.01.2027 a reason', 'is not of the form'],
    ['no-proxies 2027-1-31 a reason', 'is not of the form'],
    ['no-proxies 2027-02-29 a reason', '"2027-02-29" in "no-proxies 2027-02-29 a reason" is not a day'],
    ['no-proxies 2027-13-01 a reason', 'is not a day'],
  ])('the exception %j is refused', (line, message) => {
    expect(isWaiver(line)).toBe(false)
    const { status, stdout } = look(`no-proxies 2027-01-31 x\n${line}`, '')
    expect({ status, stdout }).toEqual({
      status: 1,
      stdout: expect.stringMatching(/^::error title=input waive::.*\n$/),
    })
    expect(stdout).toContain(message)
  })

  test.each(['', '0', '1', '9', '10', '89', '90'])('%j days are kept', days => {
    expect(look('', days)).toEqual(fine)
  })

  test.each(['-1', '91', '100', '1.5', '1e1', '05', 'x'])('%j days are refused', days => {
    expect(look('', days)).toEqual({
      status: 1,
      stdout: expect.stringContaining(
        `::error title=input retention-days::"${days}" is not a whole number from 1 to 90`,
      ),
    })
  })
})

describe('build-image.yml: plans that need no image', () => {
  const digest = 'b9fbdbedd31a'.padEnd(64, '0')

  test.each([
    ['', 'true'],
    [digest, 'false'],
    [`sha256:${digest}`, 'false'],
    ['0000000000000000\nb9fbdbedd31a', 'false'],
    ['b9fbdbedd31', 'true'],
    ['*', 'true'],
    ['????????????', 'true'],
  ])('%j', (skip, build) => {
    const { status, output } = runStep('build-image', 'build', 'known', { DIGEST: digest, SKIP: skip })
    expect({ status, output }).toEqual({ status: 0, output: `build=${build}\n` })
  })
})

describe('build-image.yml: results go from job to job', () => {
  const built = (index: number) => ({
    index,
    recipe: `r${index}`,
    image: `i${index}.qcow2`,
    sha256: `${index}`.repeat(64),
    level: 'inspected',
    'plan-digest': 'p',
    'guest-user': 'ubuntu',
    'image-artifact-id': `${index}1`,
    'documents-artifact': `i${index}-documents`,
    'documents-artifact-id': `${index}2`,
  })
  const tested = (index: number) => ({ ...built(index), level: 'registered', 'documents-artifact-id': `${index}3` })
  const slots = (entries: readonly object[]) =>
    JSON.stringify(Object.fromEntries(entries.map((entry, index) => [`result-${index}`, JSON.stringify(entry)])))
  const last = (entry: ReturnType<typeof built>) => {
    const { index: _, ...rest } = entry
    return rest
  }
  const legs = JSON.stringify([0, 1].map(index => ({ index, recipe: `r${index}` })))
  const gather = (BUILD: string, RESULTS: string) => {
    const { status, stdout, output } = runStep('build-image', 'built', 'images', { LEGS: legs, BUILD, RESULTS })
    return { status, stdout, output }
  }
  const write = (entry: ReturnType<typeof built>, BUILD: string) =>
    runStep('build-image', 'build', 'result', {
      INDEX: String(entry.index),
      BUILD,
      RECIPE: entry.recipe,
      IMAGE: entry.image,
      SHA256: entry.sha256,
      LEVEL: entry.level,
      PLAN: entry['plan-digest'],
      GUEST_USER: entry['guest-user'],
      IMAGE_ARTIFACT_ID: entry['image-artifact-id'],
      DOCUMENTS_ARTIFACT: entry['documents-artifact'],
      DOCUMENTS_ARTIFACT_ID: entry['documents-artifact-id'],
    }).output
  const skipped = (index: number) => ({ index, recipe: `r${index}`, skipped: true })

  test('what a leg writes is what the next job reads, also of a plan that needs no image', () => {
    expect(write(built(3), 'true')).toBe(`result-3=${JSON.stringify(built(3))}\n`)
    expect(write(built(3), 'false')).toBe(`result-3=${JSON.stringify(skipped(3))}\n`)
  })

  test.each([
    ['both built', 'success', slots([built(1), built(0)]), [built(0), built(1)]],
    ['one built', 'success', slots([built(1), skipped(0)]), [built(1)]],
    ['none built', 'success', slots([skipped(1), skipped(0)]), []],
    ['one failed', 'failure', slots([built(1)]), [built(1)]],
    ['both failed', 'failure', '{"result-0":"","result-1":""}', []],
    ['both failed early', 'failure', 'null', []],
  ])('gathered: %s', (_, result, results, expected) => {
    expect(gather(result, results)).toEqual({ status: 0, stdout: '', output: `images=${JSON.stringify(expected)}\n` })
  })

  test.each([
    ['r0', slots([built(1)])],
    ['r1', slots([skipped(0)])],
    ['r0, r1', '{"result-0":"","result-1":""}'],
    ['r0, r1', 'null'],
  ])('a leg that succeeded without a result is no success: %s, of %s', (lost, results) => {
    expect(gather('success', results)).toEqual({
      status: 1,
      stdout: expect.stringContaining(`::error::the build of ${lost} has succeeded, but its result did not arrive`),
      output: '',
    })
  })

  test('a smoke test raises the level, and its documents take the place of the build’s', () => {
    const { output } = runStep('build-image', 'smoke-test', 'result', {
      BUILT: JSON.stringify(built(0)),
      INDEX: '0',
      LEVEL: 'registered',
      DOCUMENTS_ARTIFACT_ID: '03',
    })
    expect(output).toBe(`result-0=${JSON.stringify(tested(0))}\n`)
  })

  const finish = (SMOKE_TEST: string, TESTING: string, TESTED: string) =>
    runStep('build-image', 'finalize', 'images', {
      BUILT: JSON.stringify([built(0), built(1)]),
      SMOKE_TEST,
      TESTING,
      TESTED,
    })

  test.each([
    ['no smoke test', 'false', 'skipped', 'null', [built(0), built(1)], []],
    ['a smoke test that failed', 'true', 'failure', slots([tested(1)]), [built(0), tested(1)], [tested(1)]],
    ['both', 'true', 'success', slots([tested(0), tested(1)]), [tested(0), tested(1)], [tested(0), tested(1)]],
  ])('the end, with %s', (_, asked, result, results, expected, registered) => {
    const { status, output, summary } = finish(asked, result, results)
    expect(status).toBe(0)
    expect(output).toBe(
      [
        `images=${JSON.stringify(expected.map(last))}`,
        `registered-images=${JSON.stringify(registered.map(last))}`,
        'image-names<<end-of-list\ni0.qcow2\ni1.qcow2\nend-of-list',
        `digests<<end-of-list\n${'0'.repeat(64)}  i0.qcow2\n${'1'.repeat(64)}  i1.qcow2\nend-of-list`,
        'artifact-ids<<end-of-list\n01\n11\nend-of-list\n',
      ].join('\n'),
    )
    expect(summary).toContain(`| r1 | \`i1.qcow2\` | ${expected[1]?.level} |`)
  })

  test.each([
    ['r0', 'success', slots([tested(1)])],
    ['r0, r1', 'skipped', 'null'],
  ])('a smoke test of %s without a result is no success when the tests ended with %s', (lost, result, results) => {
    const { status, stdout, output } = finish('true', result, results)
    expect({ status, stdout }).toEqual({
      status: 1,
      stdout: expect.stringContaining(`::error::no smoke test of ${lost} has failed, but its result did not arrive`),
    })
    expect(output).toContain('images=[')
  })
})

describe('publish-images.yml', () => {
  test.each([
    ['push', 'refs/heads/main', 0],
    ['workflow_dispatch', 'refs/heads/main', 0],
    ['schedule', 'refs/heads/main', 0],
    ['workflow_dispatch', 'refs/heads/other', 1],
    ['push', 'refs/tags/main', 1],
    ['pull_request', 'refs/pull/1/merge', 1],
  ])('on %s of %s', (GITHUB_EVENT_NAME, GITHUB_REF, expected) => {
    const { status } = runStep('publish-images', 'published', 'Only from the default branch', {
      GITHUB_EVENT_NAME,
      GITHUB_REF,
      DEFAULT_BRANCH: 'main',
    })
    expect(status).toBe(expected)
  })

  test.each([
    [
      'each by the end of its tag',
      ['trove-guest-debian-trixie-amd64-20261125-b9fbdbedd31a', 'trove-guest-x-20261126-0123456789ab'],
      ['b9fbdbedd31a', '0123456789ab'],
    ],
    ['not those of others', ['v1.0.0', 'app-20261101-aaaaaaaaaaaa', 'trove-guest-x-20261126-0123'], ['']],
    ['none', [], ['']],
  ])('the plans that are published: %s', (_, tags, plans) => {
    const folder = withGh({ 'release list': tags.map(tagName => ({ tagName })) })
    const { status, output } = runStep('publish-images', 'published', 'List the plans', { GH_REPO: 'o/r' }, folder)
    expect({ status, output: output.split('\n') }).toEqual({
      status: 0,
      output: ['plans<<end-of-list', ...plans, 'end-of-list', ''],
    })
  })

  describe('releases beyond the newest', () => {
    const trixie = 'trove-guest-debian-trixie-amd64'
    const bookworm = 'trove-guest-debian-bookworm-amd64'
    /** As the API lists it; `created_at` is the date of the commit that all of these were made of. */
    const release = (id: number, tag: string, published: string | null, files = ['i.qcow2', 'publication.json']) => ({
      id,
      tag_name: tag,
      draft: published === null,
      created_at: '2026-10-31T12:00:00Z',
      published_at: published,
      assets: files.map(name => ({ name })),
    })
    const prune = (releases: readonly object[], keep: number, kept: readonly string[] = []) => {
      const folder = withGh({
        'api --paginate repos/o/r/git/matching-refs/tags/keep/': kept.map(tag => ({ ref: `refs/tags/keep/${tag}` })),
        'api --paginate repos/o/r/releases': releases,
      })
      const env = { GH_REPO: 'o/r', KEEP: String(keep) }
      const { status } = runStep('publish-images', 'prune', 'Delete what is beyond the newest', env, folder)
      const deleted = callsOf(folder).flatMap(
        call => /^release delete (\S+) --cleanup-tag --yes$/.exec(call)?.[1] ?? [],
      )
      return { status, deleted }
    }
    const nights = [4, 3, 2, 1].map(day =>
      release(day, `${trixie}-2026110${day}-${String(day).repeat(12)}`, `2026-11-0${day}T03:00:00Z`),
    )

    test('are deleted, the newest being first or last in the list', () => {
      const expected = { status: 0, deleted: [`${trixie}-20261102-222222222222`, `${trixie}-20261101-111111111111`] }
      expect(prune(nights, 2)).toEqual(expected)
      expect(prune(nights.toReversed(), 2)).toEqual(expected)
    })

    test('are told by when they were published, then by the day in the tag', () => {
      const once = '2026-11-05T03:00:00Z'
      const same = [
        release(7, `${trixie}-20261103-aaaaaaaaaaaa`, once),
        release(8, `${trixie}-20261102-bbbbbbbbbbbb`, once),
        release(9, `${trixie}-20261104-cccccccccccc`, '2026-11-04T03:00:00Z'),
      ]
      expect(prune(same, 1).deleted).toEqual([`${trixie}-20261102-bbbbbbbbbbbb`, `${trixie}-20261104-cccccccccccc`])
    })

    test('are counted for each image by itself', () => {
      const two = [...nights, release(5, `${bookworm}-20261101-eeeeeeeeeeee`, '2026-11-01T03:00:00Z')]
      expect(prune(two, 3).deleted).toEqual([`${trixie}-20261101-111111111111`])
    })

    test('stay when a tag keeps them', () => {
      expect(prune(nights, 2, [`${trixie}-20261101-111111111111`]).deleted).toEqual([`${trixie}-20261102-222222222222`])
    })

    test.each([
      ['a tag of the same form', release(1, 'app-20261101-aaaaaaaaaaaa', '2026-11-01T03:00:00Z')],
      ['a version', release(1, 'v1.0.0', '2020-01-01T00:00:00Z')],
      [
        'no publication.json',
        release(1, `${trixie}-20201101-aaaaaaaaaaaa`, '2020-11-01T03:00:00Z', ['i.qcow2', 'notes.txt']),
      ],
      ['a draft', release(1, `${trixie}-20201101-aaaaaaaaaaaa`, null)],
    ])('%s: of others, and neither deleted nor counted', (_, foreign) => {
      expect(prune([foreign, ...nights], 4)).toEqual({ status: 0, deleted: [] })
      expect(prune([foreign, { ...foreign, id: 2 }], 1)).toEqual({ status: 0, deleted: [] })
    })
  })

  test('the test result says what the documents say', () => {
    const folder = mkdtempSync(join(work, 'result-'))
    mkdirSync(join(folder, 'out'))
    const write = (name: string, content: unknown) => writeFileSync(join(folder, 'out', name), JSON.stringify(content))
    const inspection = (status: string) => ({
      status,
      results: [
        { rule: 'a', status: 'passed' },
        { rule: 'b', status: 'waived' },
        { rule: 'c', status },
      ],
    })
    write('image.json', {})
    write('inspection.json', inspection('passed'))
    write('smoke-test.json', { status: 'passed', level: 'registered' })
    const attest = () =>
      runStep(
        'publish-images',
        'publish',
        'Test result',
        { IMAGE: 'x.qcow2', RUN_URL: 'https://example.org/1' },
        folder,
      )
    expect(attest().status).toBe(0)
    const digest = expect.objectContaining({ sha256: expect.stringMatching(/^[0-9a-f]{64}$/) })
    expect(JSON.parse(readFileSync(join(folder, 'test-result.json'), 'utf8'))).toEqual({
      result: 'PASSED',
      configuration: ['image.json', 'inspection.json', 'smoke-test.json'].map(file => ({ name: file, digest })),
      url: 'https://example.org/1',
      passedTests: ['a', 'c', 'level registered'],
      warnedTests: ['b'],
      failedTests: [],
    })
    write('inspection.json', inspection('failed'))
    expect(attest().status).toBe(1)
  })

  describe('a release', () => {
    const tag = `trove-guest-x-${new Date().toISOString().slice(0, 10).replaceAll('-', '')}-b9fbdbedd31a`
    const create =
      `release create ${tag} --latest=false --target c0ffee --title ${tag} --notes-file notes.md ` +
      'out/provenance.sigstore.json out/report.md out/test-result.sigstore.json out/trove-guest-x.qcow2'
    const signer = 'gh attestation verify trove-guest-x.qcow2 --repo o/r --signer-workflow O/T/.github/workflows/p.yml'
    const verifyAsset = `gh release verify-asset ${tag} trove-guest-x.qcow2 --repo o/r`
    const release = (answers: Readonly<Record<string, unknown>>) => {
      const folder = withGh(answers)
      mkdirSync(join(folder, 'out'))
      for (const file of ['out/trove-guest-x.qcow2', 'out/report.md', 'provenance', 'result'])
        writeFileSync(join(folder, file), file)
      const env = {
        GH_REPO: 'o/r',
        GITHUB_SHA: 'c0ffee',
        IMAGE: 'trove-guest-x.qcow2',
        LEVEL: 'registered',
        PLAN: 'sha256:b9fbdbedd31a00',
        ATTEST: 'true',
        PROVENANCE: 'provenance',
        TEST_RESULT: 'result',
        SIGNER: 'O/T/.github/workflows/p.yml',
      }
      const ran = runStep('publish-images', 'publish', 'Release', env, folder)
      // What there is already is asked for first.
      return { ...ran, calls: callsOf(folder).slice(1) }
    }

    test('is published by the command that uploads its files, so that it is whole before anybody sees it', () => {
      const { status, calls, summary, stdout } = release({ 'release view': { isImmutable: false } })
      expect({ status, calls }).toEqual({
        status: 0,
        calls: [create, `release view ${tag} --json isImmutable --jq .isImmutable`],
      })
      expect(summary).toContain(signer)
      expect(summary).not.toContain('verify-asset')
      expect(stdout).toContain(`::warning::${tag} can still be changed`)
    })

    test('that is immutable has the command in its notes that only then works', () => {
      const { status, calls, summary, stdout } = release({ 'release view': { isImmutable: true } })
      expect({ status, calls: calls.slice(2) }).toEqual({
        status: 0,
        calls: [`release edit ${tag} --notes-file notes.md`],
      })
      expect(summary).toContain(verifyAsset)
      expect(stdout).toBe('')
    })

    test('that was made of this plan, on whichever day, is enough', () => {
      const { status, calls, stdout } = release({
        'api --paginate': [earlier(false, 'trove-guest-x-20260101-b9fbdbedd31a')],
      })
      expect({ status, calls }).toEqual({ status: 0, calls: [] })
      expect(stdout).toContain('::notice title=published already::')
    })

    test('whose draft a killed run has left takes its place', () => {
      const { status, calls } = release({
        'api --paginate': [earlier(true, 'trove-guest-x-20260101-b9fbdbedd31a')],
        'release view': { isImmutable: false },
      })
      expect({ status, calls: calls.slice(0, 2) }).toEqual({
        status: 0,
        calls: ['api --method DELETE repos/o/r/releases/7', create],
      })
    })

    test.each([
      ['another image', earlier(false, 'trove-guest-x-y-20260101-b9fbdbedd31a')],
      ['another plan', earlier(false, 'trove-guest-x-20260101-b9fbdbedd31b')],
      ['a person’s draft', earlier(true, 'trove-guest-x-20260101-b9fbdbedd31a', 'somebody')],
    ])('is not held up by %s', (_, other) => {
      const { calls } = release({ 'api --paginate': [other], 'release view': { isImmutable: false } })
      expect(calls[0]).toBe(create)
    })
  })
})

describe('release.yml: the release', () => {
  const release = (earlier: readonly object[]) => {
    const folder = withGh({ 'api --paginate': earlier, 'release view': { isImmutable: true } })
    mkdirSync(join(folder, 'release'))
    writeFileSync(join(folder, 'release/x.tar.gz'), '')
    const { status, stdout } = runStep('release', 'release', 'Release', { GH_REPO: 'o/r', TAG: 'v1.2.3' }, folder)
    return { status, stdout, calls: callsOf(folder).slice(1, -1) }
  }
  const create = 'release create v1.2.3 --verify-tag --title v1.2.3 --notes-file notes.md release/x.tar.gz'

  test.each([
    ['is made once', [], [create]],
    ['beside others', [earlier(false, 'v1.2.2'), earlier(true, 'v1.2.30')], [create]],
    ['stays when there is one', [earlier(false, 'v1.2.3', 'somebody')], []],
    [
      'takes the place of a draft that a killed run has left',
      [earlier(true, 'v1.2.3')],
      ['api --method DELETE repos/o/r/releases/7', create],
    ],
    ['leaves a person’s draft', [earlier(true, 'v1.2.3', 'somebody')], [create]],
  ])('%s', (_, releases, calls) => {
    expect(release(releases)).toEqual({
      status: 0,
      stdout: calls.length === 0 ? expect.stringContaining('released') : '',
      calls,
    })
  })
})

describe('ci.yml: the gate', () => {
  const proven = JSON.stringify([{ level: 'registered' }])
  const gate = (results: readonly string[], images: string | undefined) => {
    const [lint, tests, image] = results.map(result => ({ result, outputs: {} }))
    const NEEDS = JSON.stringify({ lint, tests, image: { ...image, outputs: images === undefined ? {} : { images } } })
    const { status, stdout } = runStep('ci', 'gate', 'Every job has succeeded, and there is a proven image', { NEEDS })
    return { status, said: stdout.split('\n').slice(3, -1) }
  }

  test('opens when all have succeeded and the image has registered', () => {
    expect(gate(['success', 'success', 'success'], proven)).toEqual({ status: 0, said: [] })
  })

  test.each(['failure', 'cancelled', 'skipped'])('stays shut when one job ended with %s', result => {
    const shut = { status: 1, said: ['::error::a job has not succeeded'] }
    expect(gate([result, 'success', 'success'], proven)).toEqual(shut)
    expect(gate(['success', result, 'success'], proven)).toEqual(shut)
    expect(gate(['success', 'success', result], proven)).toEqual(shut)
  })

  test.each([
    ['no output', undefined],
    ['an empty output', ''],
    ['no image', '[]'],
    ['an image that is only inspected', '[{"level":"inspected"}]'],
    ['two images', '[{"level":"registered"},{"level":"registered"}]'],
  ])('stays shut when there is %s', (_, images) => {
    expect(gate(['success', 'success', 'success'], images)).toEqual({
      status: 1,
      said: ['::error::the image of the job "image" is not there, or did not reach the level registered'],
    })
  })
})

describe('release.yml: the gate of CI', () => {
  const run = (started_at: string, conclusion: string | null, slug = 'github-actions') => ({
    started_at,
    status: conclusion === null ? 'in_progress' : 'completed',
    conclusion,
    app: { slug },
  })
  const look = (check_runs: readonly object[]) => {
    const folder = withGh({ 'api repos/o/r/commits/c0ffee/check-runs?check_name=gate&': { check_runs } })
    const env = { GH_REPO: 'o/r', GITHUB_SHA: 'c0ffee' }
    const { status, stdout } = runStep('release', 'tested', 'The gate has opened for this commit', env, folder)
    return { status, gate: /is: (\w+);/.exec(stdout)?.[1] }
  }

  test.each([
    ['one run', [run('2026-11-01T03:00:00Z', 'success')]],
    ['a later run', [run('2026-11-02T03:00:00Z', 'success'), run('2026-11-01T03:00:00Z', 'failure')]],
  ])('a commit is released that %s has tested', (_, runs) => {
    expect(look(runs)).toEqual({ status: 0, gate: undefined })
  })

  test.each([
    ['missing', []],
    ['missing', [run('2026-11-01T03:00:00Z', 'success', 'another-app')]],
    ['in_progress', [run('2026-11-01T03:00:00Z', null)]],
    ['failure', [run('2026-11-01T03:00:00Z', 'failure')]],
    ['cancelled', [run('2026-11-01T03:00:00Z', 'success'), run('2026-11-02T03:00:00Z', 'cancelled')]],
  ])('and not one whose gate is %s', (gate, runs) => {
    expect(look(runs)).toEqual({ status: 1, gate })
  })
})

/** A repository with one commit on main, which is also origin's. */
function repositoryWith(files: Readonly<Record<string, string>>): {
  folder: string
  git: (...args: string[]) => string
} {
  const folder = withGh({})
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.org', ...args], {
      cwd: folder,
      encoding: 'utf8',
    })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  git('init', '--quiet', '--initial-branch=main')
  git('add', ...Object.keys(files))
  git('commit', '--quiet', '--message=First')
  git('update-ref', 'refs/remotes/origin/main', 'HEAD')
  return { folder, git }
}

describe('release.yml: the tag fits the commit', () => {
  const files = { 'package.json': '{"version":"1.2.3"}', 'CHANGELOG.md': '## [1.2.3] - 2026-11-01\n' }
  const fits = (TAG: string, { folder }: ReturnType<typeof repositoryWith>) => {
    const { status, stdout } = runStep('release', 'release', 'The tag fits the commit', { TAG }, folder)
    return { status, stdout: stdout.trimEnd() }
  }

  test('one of main with this version and its section', () => {
    expect(fits('v1.2.3', repositoryWith(files))).toEqual({ status: 0, stdout: '' })
  })

  test.each([
    ['v1.2.4', files, '::error::the tag is v1.2.4, but package.json says 1.2.3'],
    ['v1.2.3', { ...files, 'CHANGELOG.md': '## [1.2.30]\n' }, '::error::CHANGELOG.md has no section for 1.2.3'],
  ])('%s of %j is refused', (tag, given, stdout) => {
    expect(fits(tag, repositoryWith(given))).toEqual({ status: 1, stdout })
  })

  test('a commit that is not on main is refused', () => {
    const repository = repositoryWith(files)
    repository.git('commit', '--quiet', '--allow-empty', '--message=Second')
    expect(fits('v1.2.3', repository)).toEqual({ status: 1, stdout: '::error::v1.2.3 is not a commit of main' })
  })
})

describe('release.yml: the bundles', () => {
  /** `npm run test:dist` is in place of the build, which writes the bundle. */
  const compare = (built: string) => {
    const { folder } = repositoryWith({ bundle: 'committed\n' })
    writeFileSync(join(folder, 'bin/npm'), `#!/bin/sh\n[ "$*" != "run test:dist" ] || echo ${built} >bundle\n`)
    chmodSync(join(folder, 'bin/npm'), 0o755)
    return runStep('release', 'release', 'The committed bundles come from these sources', {}, folder).status
  }

  test('are released when building them again changes nothing', () => {
    expect(compare('committed')).toBe(0)
    expect(compare('other')).toBe(1)
  })
})

describe('release.yml: the files', () => {
  test('the archive with its checksum, and the notes of this version alone', () => {
    const { folder, git } = repositoryWith({
      'CHANGELOG.md': '# Changelog\n\n## [1.2.3] - 2026-11-01\n\n- This.\n\n## [1.2.2] - 2026-10-01\n\n- That.\n',
    })
    git('tag', 'v1.2.3')
    expect(runStep('release', 'release', 'Files', { TAG: 'v1.2.3' }, folder).status).toBe(0)
    const list = execFileSync('tar', ['-tzf', join(folder, 'release/trove-image-builder-1.2.3.tar.gz')], {
      encoding: 'utf8',
    })
    expect(list.trim().split('\n')).toEqual(['trove-image-builder-1.2.3/', 'trove-image-builder-1.2.3/CHANGELOG.md'])
    const check = spawnSync('sha256sum', ['--check', 'SHA256SUMS'], { cwd: join(folder, 'release'), encoding: 'utf8' })
    expect(check.stdout).toBe('trove-image-builder-1.2.3.tar.gz: OK\n')
    expect(readFileSync(join(folder, 'notes.md'), 'utf8')).toBe('\n- This.\n\n')
  })
})

describe('release.yml: the major tag', () => {
  const move = (tag: string, tags: readonly string[], answers: Readonly<Record<string, unknown>> = {}) => {
    const { folder: repository, git } = repositoryWith({ file: '' })
    for (const name of tags) git('tag', name)
    const folder = withGh(answers)
    const env = { TAG: tag, GH_REPO: 'o/r', GITHUB_SHA: 'c0ffee', GIT_DIR: join(repository, '.git') }
    const { status, stdout } = runStep('release', 'release', 'Move the major tag', env, folder)
    return { status, stdout, calls: existsSync(join(folder, 'calls')) ? callsOf(folder) : [] }
  }
  const patch = 'api --method PATCH repos/o/r/git/refs/tags/v0 --field sha=c0ffee --field force=true'
  const post = 'api --method POST repos/o/r/git/refs --field ref=refs/tags/v0 --field sha=c0ffee'

  test('goes to the newest release of its major version', () => {
    const tags = ['v0', 'v0.9.0', 'v0.10.0', 'v0.11.0-rc.1', 'v1.0.0']
    expect(move('v0.10.0', tags)).toEqual({ status: 0, stdout: '', calls: [patch] })
  })

  test('is made when there is none', () => {
    expect(move('v0.1.0', ['v0.1.0'], { 'api --method PATCH': refused })).toEqual({
      status: 0,
      stdout: '',
      calls: [patch, post],
    })
  })

  test('stays when an older version gets another release', () => {
    expect(move('v0.9.1', ['v0.9.1', 'v0.10.0'])).toEqual({
      status: 0,
      stdout: 'v0 stays at v0.10.0, which is newer than v0.9.1\n',
      calls: [],
    })
  })

  test('that cannot be moved fails the job', () => {
    const none = { 'api --method PATCH': refused, 'api --method POST': refused }
    expect(move('v0.1.0', ['v0.1.0'], none)).toEqual({ status: 1, stdout: '', calls: [patch, post] })
  })
})
