import { existsSync } from 'node:fs'
import { EnvironmentError, ToolError } from '../system/errors.ts'
import { run } from '../system/run.ts'
import type { Archive } from './archive.ts'

/** What gpgv found, decided as apt does: one good signature is enough, one bad one is too many. */
export type SignatureVerdict =
  | { readonly status: 'good'; readonly keys: readonly string[] }
  | { readonly status: 'bad' | 'unknown-key' | 'unsigned'; readonly reason: string }

/**
 * Judges gpgv's status lines (GnuPG doc/DETAILS). Its exit status cannot be used: an InRelease is signed by the keys of
 * several releases, and a host's keyring need not know the newest.
 */
export function judgeSignature(statusLines: readonly string[]): SignatureVerdict {
  const found = (word: string) =>
    statusLines.flatMap(line => {
      const parts = line.split(' ')
      return parts[0] === '[GNUPG:]' && parts[1] === word ? [parts[2] ?? ''] : []
    })
  const bad = found('BADSIG')
  if (bad.length > 0)
    return { status: 'bad', reason: `the signature of key ${bad.join(', ')} does not fit the content` }
  const good = found('GOODSIG')
  if (good.length > 0) return { status: 'good', keys: good }
  const expired = [...found('EXPKEYSIG'), ...found('REVKEYSIG'), ...found('EXPSIG')]
  if (expired.length > 0) return { status: 'bad', reason: `key ${expired.join(', ')} is expired or revoked` }
  const unknown = found('NO_PUBKEY')
  if (unknown.length > 0)
    return { status: 'unknown-key', reason: `signed by keys ${unknown.join(', ')}, which it lacks` }
  return { status: 'unsigned', reason: 'it carries no OpenPGP signature' }
}

/**
 * The archive's keyring on this host.
 *
 * @throws EnvironmentError with the package that brings it
 */
export function findKeyring(archive: Archive, exists: (path: string) => boolean = existsSync): string {
  const keyring = archive.keyrings.find(exists)
  if (keyring !== undefined) return keyring
  throw new EnvironmentError(
    `The keys of the ${archive.title} are not on this host (looked for ${archive.keyrings.join(', ')}): ` +
      `install the package ${archive.keyringPackage}, or run 'trove-image setup'`,
  )
}

/**
 * Verifies a clear-signed text and gives the part that the signature covers.
 *
 * @param subject what it is, for messages: an address
 * @throws EnvironmentError when the signature cannot be trusted
 */
export async function verifiedText(
  signed: string,
  subject: string,
  keyring: string,
  archive: Archive,
): Promise<string> {
  const result = await run('gpgv', ['--status-fd', '2', '--keyring', keyring, '--output', '-'], {
    input: signed,
    allowedExitStatuses: 'any',
    onlyEnv: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
  }).catch((error: unknown) => {
    if (!(error instanceof ToolError)) throw error
    throw new EnvironmentError(
      "gpgv is not on this host: it verifies the package archive. Install the package gpgv, or run 'trove-image setup'",
    )
  })
  const verdict = judgeSignature(result.stderr.split('\n'))
  if (verdict.status === 'good') return result.stdout
  const remedy = {
    bad: 'The mirror (or a proxy) changed it or is in the middle of an update: try again later or use another mirror',
    'unknown-key': `The keyring is too old or this is another archive: upgrade the package ${archive.keyringPackage} or use another mirror`,
    unsigned: 'This is no package archive, or a proxy answered with a page of its own: use another mirror',
  }[verdict.status]
  throw new EnvironmentError(`${subject} is not trusted by ${keyring}: ${verdict.reason}. ${remedy}`)
}
