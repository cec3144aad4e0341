/** What GitHub and its clients say when a token may not do a thing, and the line that allows it. */
const permissions: readonly (readonly [pattern: RegExp, line: string, why: string])[] = [
  [
    /ACTIONS_ID_TOKEN_REQUEST_(?:URL|TOKEN)|Unable to get OIDC token/i,
    'id-token: write',
    'signing needs a token of this job',
  ],
  [
    /attestations?\b.*Resource not accessible by integration/is,
    'attestations: write',
    'attesting writes to the repository',
  ],
  [
    /packages?\b.*(?:permission_denied|Resource not accessible by integration)/is,
    'packages: write',
    'it writes a package',
  ],
  [
    /releases?\b.*Resource not accessible by integration/is,
    'contents: write',
    'a release is written to the repository',
  ],
  [
    /artifacts?\b.*Resource not accessible by integration/is,
    'actions: read',
    'it reads artifacts of another run or repository',
  ],
  [/Resource not accessible by integration/i, 'contents: write', 'it writes to the repository'],
]

/**
 * The line of YAML that an error's message shows to be missing, with where it goes; undefined when no permission is. The text is
 * the one of GitHub's API ("Resource not accessible by integration") and of its OIDC client. Pure.
 */
export function permissionHint(message: string): string | undefined {
  const found = permissions.find(([pattern]) => pattern.test(message))
  if (found === undefined) return undefined
  const [, line, why] = found
  return (
    `A permission is missing: ${why}. Add to the job, and to the job that calls it when it is a reusable workflow:\n` +
    `  permissions:\n    ${line}\n` +
    'Runs for a pull request from a fork never get it: let this step run on pushes only.'
  )
}
