import { describe, expect, test } from 'vitest'
import { artifactsFault, isDuplicate, uploadFault } from '../../../src/platforms/github-artifact-faults.ts'

describe('artifactsFault', () => {
  const whole = { ACTIONS_RUNTIME_TOKEN: 'a.b.c', ACTIONS_RESULTS_URL: 'https://results.example/' }

  test.each([
    whole,
    { ...whole, GITHUB_SERVER_URL: 'https://github.com' },
    { ...whole, GITHUB_SERVER_URL: 'https://octo.ghe.com' },
  ])('none with %o', environment => {
    expect(artifactsFault(environment)).toBeUndefined()
  })

  test.each<[Record<string, string>, RegExp]>([
    [{}, /no ACTIONS_RUNTIME_TOKEN and no ACTIONS_RESULTS_URL, .*by "uses:", or say upload: never$/],
    [{ ACTIONS_RESULTS_URL: 'https://results.example/' }, /^this step has no ACTIONS_RUNTIME_TOKEN, without/],
    [{ ...whole, ACTIONS_RUNTIME_TOKEN: '' }, /^this step has no ACTIONS_RUNTIME_TOKEN, without/],
    [{ ...whole, GITHUB_SERVER_URL: 'https://git.company.example' }, /^git\.company\.example is a GitHub Enterprise/],
  ])('of %o', (environment, reason) => {
    expect(artifactsFault(environment)).toMatch(reason)
  })
})

/** Messages as the client words them, seen with a service that answers so. */
describe('uploadFault', () => {
  test.each([
    [
      'Failed to CreateArtifact: Artifact storage quota has been hit. Unable to upload any new artifacts.',
      /What to do: the storage for artifacts is used up/,
    ],
    [
      'Failed to CreateArtifact: Received non-retryable error: Failed request: (403) Forbidden: the token may not',
      /What to do: the step's token may not create artifacts/,
    ],
    ['Upload progress stalled.', /What to do: such errors may pass by themselves: rerun the job/],
  ])('%s', (message, advice) => {
    const fault = uploadFault('a.qcow2', new Error(message))
    expect(fault.message).toMatch(/^artifact a\.qcow2 was not uploaded: /)
    expect(fault.message).toContain(message)
    expect(fault.message).toMatch(advice)
  })
})

test('isDuplicate', () => {
  expect(
    isDuplicate(
      new Error('Failed to CreateArtifact: Received non-retryable error: Failed request: (409) Conflict: an artifact'),
    ),
  ).toBe(true)
  expect(isDuplicate(new Error('Upload progress stalled.'))).toBe(false)
})
