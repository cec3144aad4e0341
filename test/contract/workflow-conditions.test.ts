import { describe, expect, test } from 'vitest'
import { evaluate, fillIn, type Status } from '../support/expression.ts'
import { jobsOf, mapping, readWorkflowFile } from '../support/workflow-file.ts'

const job = (workflow: string, id: string) => {
  const found = jobsOf(readWorkflowFile(`.github/workflows/${workflow}.yml`)).find(candidate => candidate.id === id)
  if (found === undefined) throw new Error(`${workflow}.yml has no job ${id}`)
  return found.job
}

describe('publish-images.yml', () => {
  const registered = { recipe: 'a', level: 'registered' }
  const inspected = { recipe: 'b', level: 'inspected' }
  const built = (images: readonly object[], result: string) => ({
    result,
    outputs: {
      images: JSON.stringify(images),
      'registered-images': JSON.stringify(images.filter(image => image === registered)),
    },
  })
  const published = { result: 'success', outputs: {} }
  const runs = (id: string, needs: object, { status = 'success' as Status, keep = 5 } = {}) =>
    evaluate(String(job('publish-images', id).if), { needs, inputs: { keep } }, status)

  test.each([
    ['registered', [registered], 'success', [registered]],
    ['one that registered, one whose smoke test failed', [registered, inspected], 'failure', [registered]],
  ])('publishes what has registered, and nothing else: %s', (_, images, result, expected) => {
    const needs = { published, build: built(images, result) }
    const { include } = mapping(mapping(job('publish-images', 'publish').strategy).matrix)
    expect(runs('publish', needs)).toBe(true)
    expect(evaluate(String(include), { needs })).toEqual(expected)
  })

  test.each([
    ['nothing was built', built([], 'success')],
    ['nothing has registered', built([inspected], 'failure')],
    ['the build did not get as far as a list', { result: 'failure', outputs: {} }],
  ])('publishes nothing when %s', (_, build) => {
    expect(runs('publish', { published, build })).toBe(false)
  })

  test.each(['success', 'failure', 'skipped'])('old releases are looked for when publishing ended with %s', result => {
    expect(runs('prune', { published, publish: { result } }, { status: 'failure' })).toBe(true)
  })

  test('old releases stay after a cancellation, on another branch, and with keep: 0', () => {
    const publish = { result: 'success' }
    expect(runs('prune', { published, publish }, { status: 'cancelled' })).toBe(false)
    expect(runs('prune', { published: { result: 'failure' }, publish })).toBe(false)
    expect(runs('prune', { published, publish }, { keep: 0 })).toBe(false)
  })
})

describe('ci.yml', () => {
  const concurrency = mapping(readWorkflowFile('.github/workflows/ci.yml').data.concurrency)
  const run = (event_name: string, ref: string, sha: string) => {
    const contexts = { github: { event_name, ref, sha } }
    return {
      group: fillIn(String(concurrency.group), contexts),
      replaces: evaluate(String(concurrency['cancel-in-progress']), contexts),
    }
  }

  test('each commit of main is tested to its end, and of a pull request the newest', () => {
    expect(run('push', 'refs/heads/main', 'a1')).toEqual({ group: 'ci-a1', replaces: false })
    expect(run('push', 'refs/heads/main', 'b2')).toEqual({ group: 'ci-b2', replaces: false })
    const pullRequest = { group: 'ci-refs/pull/7/merge', replaces: true }
    expect(run('pull_request', 'refs/pull/7/merge', 'a1')).toEqual(pullRequest)
    expect(run('pull_request', 'refs/pull/7/merge', 'b2')).toEqual(pullRequest)
  })
})
