import { EnvironmentError } from '../system/errors.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Why a step can have no artifacts, from what the runner gave it; undefined when it can. */
export function artifactsFault(environment: Environment): string | undefined {
  const server = new URL(environment.GITHUB_SERVER_URL || 'https://github.com').hostname.toLowerCase()
  if (server !== 'github.com' && !server.endsWith('.ghe.com') && !server.endsWith('.localhost')) {
    return (
      `${server} is a GitHub Enterprise Server, which has no artifacts that this action can use; ` +
      'say upload: never, and upload the output folder with the version of actions/upload-artifact that your server has'
    )
  }
  const missing = ['ACTIONS_RUNTIME_TOKEN', 'ACTIONS_RESULTS_URL'].filter(name => !environment[name])
  if (missing.length === 0) return undefined
  return (
    `this step has no ${missing.join(' and no ')}, without which nothing can be uploaded or downloaded: a runner gives ` +
    'it to actions (uses:), not to scripts (run:); act gives it when started with --artifact-server-path. ' +
    'Use the action by "uses:", or say upload: never'
  )
}

/** Whether the service refused an artifact because the run has one of that name (HTTP 409). */
export function isDuplicate(error: Error): boolean {
  return /\(409\)|already exists/.test(error.message)
}

/** The client's words for a failed upload, with what to do. */
export function uploadFault(name: string, error: Error): EnvironmentError {
  const message = `artifact ${name} was not uploaded: ${error.message}`
  const advice = /quota has been hit|insufficient usage/.test(error.message)
    ? 'the storage for artifacts is used up: delete artifacts or give a smaller retention-days; GitHub counts anew every 6 to 12 hours'
    : /\((401|403)\)|permission/.test(error.message)
      ? "the step's token may not create artifacts: it is that of the job, so rerun the job when it is older than a day, and see whether an organisation's policy forbids artifacts"
      : 'such errors may pass by themselves: rerun the job, and see https://www.githubstatus.com when they stay'
  return new EnvironmentError(`${message}. What to do: ${advice}`, { cause: error })
}
