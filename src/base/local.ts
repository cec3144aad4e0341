import { closeSync, openSync, readSync, realpathSync, statSync } from 'node:fs'
import { probeImage } from '../guestfs/index.ts'
import { EnvironmentError, InputError, ToolError } from '../system/errors.ts'
import { sha256OfFile } from '../system/hash.ts'
import { run } from '../system/run.ts'
import type { Lock } from './lock.ts'

type LocalBase = Extract<Lock['base'], { source: 'local' }>

const compressions: readonly (readonly [string, readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
]

/** What the first 512 bytes of a file say: a tarball (how compressed), or something that only a disk image can be. */
export function tarballCompression(head: Uint8Array): 'none' | 'gzip' | 'xz' | 'zstd' | undefined {
  const bytes = Buffer.from(head)
  for (const [name, magic] of compressions) {
    if (bytes.subarray(0, magic.length).equals(Buffer.from(magic))) return name as 'gzip' | 'xz' | 'zstd'
  }
  return bytes.subarray(257, 262).toString('latin1') === 'ustar' ? 'none' : undefined
}

/** Why the names in a tarball are not those of a root file system of Debian's family, or undefined. */
export function faultOfRootNames(names: ReadonlySet<string>): string | undefined {
  const wanted = [['etc/os-release', 'usr/lib/os-release'], ['var/lib/dpkg/status'], ['usr/bin', 'bin']]
  const missing = wanted.find(alternatives => !alternatives.some(name => names.has(name)))
  return missing === undefined
    ? undefined
    : `it holds no root file system with dpkg: ${missing.join(' or ')} is missing`
}

/**
 * Checks a local base, a disk image (qcow2, raw) or a root tarball (plain, gzip, xz, zstd), and names it by its digest.
 *
 * @throws InputError when it is missing, of another format, truncated, or without an operating system
 */
export async function resolveLocal(file: string, signal?: AbortSignal): Promise<LocalBase> {
  const head = readEnds(file)
  const compression = tarballCompression(head.first)
  const path = realpathSync(file)
  if (compression === undefined) {
    const image = await probeImage(path, signal)
    return {
      source: 'local',
      file: path,
      format: image.format,
      sizeBytes: image.sizeBytes,
      sha256: await sha256OfFile(path, signal),
    }
  }
  if (compression === 'none' && head.last.some(byte => byte !== 0)) {
    throw refusal(file, 'it is a truncated tar archive: its end mark is missing')
  }
  const fault = faultOfRootNames(await namesIn(path, compression, signal))
  if (fault !== undefined) throw refusal(file, fault)
  const sizeBytes = statSync(path).size
  return { source: 'local', file: path, format: 'tar', sizeBytes, sha256: await sha256OfFile(path, signal) }
}

/** The few names of a tarball that are asked for; reading to its end is what finds a truncated one. */
async function namesIn(path: string, compression: string, signal: AbortSignal | undefined): Promise<Set<string>> {
  const asked = /^(etc\/os-release|usr\/lib\/os-release|var\/lib\/dpkg\/status|usr\/bin|bin)$/
  const names = new Set<string>()
  try {
    await run('tar', ['--list', '--file', path], {
      supervised: true,
      timeoutSeconds: 1800,
      signal,
      discardOutput: true,
      onLine: line => {
        const name = line.replace(/^(\.?\/)+/, '').replace(/\/$/, '')
        if (asked.test(name)) names.add(name)
      },
    })
  } catch (error) {
    if (!(error instanceof ToolError)) throw error
    if (/Cannot exec/.test(error.message)) {
      throw new EnvironmentError(`${path} is compressed with ${compression}, which is not on this host: install it`)
    }
    throw refusal(path, `it is truncated, damaged, or no tar archive (${compression}):\n${error.message}`)
  }
  return names
}

function readEnds(file: string): { first: Uint8Array; last: Uint8Array } {
  let descriptor: number | undefined
  try {
    const found = statSync(file)
    if (!found.isFile()) throw refusal(file, 'it is not a regular file; give a disk image or a root tarball')
    if (found.size === 0) throw refusal(file, 'it is empty')
    descriptor = openSync(file, 'r')
    const [first, last] = [Buffer.alloc(512), Buffer.alloc(512)]
    readSync(descriptor, first, 0, 512, 0)
    readSync(descriptor, last, 0, 512, Math.max(0, found.size - 512))
    return { first, last }
  } catch (error) {
    if (error instanceof InputError) throw error
    const { code, message } = error as NodeJS.ErrnoException
    throw refusal(file, code === 'ENOENT' ? 'there is no such file' : `it cannot be read: ${message}`)
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

function refusal(file: string, reason: string): InputError {
  return new InputError(`base-file ${file} cannot be used: ${reason}`)
}
