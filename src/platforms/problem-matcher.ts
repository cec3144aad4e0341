import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../system/home.ts'

/** The matchers that make annotations of what `trove-image` prints in other steps of the job: a `run:` with a faulty recipe. */
export function problemMatcherFile(): string {
  return join(projectRoot(), 'actions/problem-matcher.json')
}

/** Commands for the runner: from now on, in this job. Adding one twice replaces it. */
export function addingMatchers(): string[] {
  return [`::add-matcher::${problemMatcherFile()}`]
}

export function removingMatchers(): string[] {
  const { problemMatcher } = JSON.parse(readFileSync(problemMatcherFile(), 'utf8')) as {
    problemMatcher: readonly { owner: string }[]
  }
  return problemMatcher.map(({ owner }) => `::remove-matcher owner=${owner}::`)
}
