import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as core from '@actions/core'
import { projectRoot } from '../system/home.ts'

/** The matchers that make annotations of what `trove-image` prints in other steps of the job: a `run:` with a faulty recipe. */
export function problemMatcherFile(): string {
  return join(projectRoot(), 'actions/problem-matcher.json')
}

/** From now on, in this job. Adding one twice replaces it. */
export function addProblemMatchers(): void {
  core.info(`::add-matcher::${problemMatcherFile()}`)
}

export function removeProblemMatchers(): void {
  const { problemMatcher } = JSON.parse(readFileSync(problemMatcherFile(), 'utf8')) as {
    problemMatcher: readonly { owner: string }[]
  }
  for (const { owner } of problemMatcher) core.info(`::remove-matcher owner=${owner}::`)
}
