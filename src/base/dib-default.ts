import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { EnvironmentError } from '../system/errors.ts'
import { run } from '../system/run.ts'

/** Addresses that a DIB element uses when nobody says otherwise, and the file that says so. */
export interface DibDefault {
  readonly main: string
  readonly security: string
  readonly file: string
}

/** Prints what the sourced file set; neither variable need be exported (DIB_DEBIAN_SECURITY_MIRROR is not). */
const askElement = '. "$1" && printf "%s\\n" "$DIB_DISTRIBUTION_MIRROR" "$DIB_DEBIAN_SECURITY_MIRROR"'

/**
 * Reads the distribution's default mirrors from DIB's own element: no archive's address is written in this project.
 *
 * @throws EnvironmentError when this DIB's element does not say them
 */
export async function readDibDefault(elementsFolder: string, release: string): Promise<DibDefault> {
  const file = join(elementsFolder, 'debian-minimal', 'environment.d', '10-debian-minimal.bash')
  const missing = (why: string) =>
    new EnvironmentError(
      `diskimage-builder's default mirror cannot be read from ${file}: ${why}. Set mirror and security-mirror in the recipe`,
    )
  if (!existsSync(file)) throw missing('there is no such file')
  const result = await run('bash', ['--noprofile', '--norc', '-euc', askElement, 'bash', file], {
    onlyEnv: { PATH: '/usr/bin:/bin', DIB_RELEASE: release },
    allowedExitStatuses: 'any',
  })
  const [main = '', security = ''] = result.stdout.trim().split('\n')
  if (result.exitStatus !== 0) throw missing(result.stderr.trim() || `bash ended with status ${result.exitStatus}`)
  if (!URL.canParse(main) || !URL.canParse(security)) throw missing(`it gave "${main}" and "${security}"`)
  return { main, security, file }
}
