import { constants, renameSync, rmSync, statSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EnvironmentError, ToolError } from '../system/errors.ts'
import { forget, makeWorkFolder, recordFile } from '../system/journal.ts'
import { run } from '../system/run.ts'

export type ImageFormat = 'qcow2' | 'raw'
export type Compression = 'zstd' | 'zlib' | 'none'

interface Limits {
  readonly timeoutSeconds: number
  readonly signal?: AbortSignal | undefined
}

/**
 * Arguments of `qemu-img convert` from a raw disk to qcow2. Compressed clusters are written out of order by several threads:
 * the file's content for a reader is the same.
 */
export function convertArguments(source: string, target: string, compression: Compression): string[] {
  const compressed = compression === 'none' ? [] : ['-c', '-o', `compression_type=${compression}`]
  return ['convert', '-f', 'raw', '-O', 'qcow2', '-m', '16', '-W', ...compressed, source, target]
}

/**
 * Builds of qemu-img without zstd exist, and they refuse it only after everything else is done.
 *
 * @throws EnvironmentError
 */
export async function requireCompression(compression: Compression): Promise<void> {
  if (compression !== 'zstd') return
  const file = join(makeWorkFolder('qemu-img-probe'), 'probe.qcow2')
  const args = ['create', '-q', '-f', 'qcow2', '-o', 'compression_type=zstd', file, '1M']
  const probe = await run('qemu-img', args, { allowedExitStatuses: 'any' })
  if (probe.exitStatus === 0) return
  throw new EnvironmentError(
    `qemu-img cannot write qcow2 with zstd (${probe.stderr.trim() || `exit status ${probe.exitStatus}`}): ` +
      'use --set compression=zlib, or a qemu-img 5.1 or newer that was built with zstd',
  )
}

/**
 * Writes an image file beside its final name and renames it when it is whole: an interrupted run leaves nothing, and an
 * older image of that name stays until then.
 */
async function writeImage(target: string, write: (partial: string) => Promise<void>): Promise<void> {
  const partial = `${target}.partial`
  recordFile(partial)
  rmSync(partial, { force: true })
  try {
    await write(partial)
    renameSync(partial, target)
  } catch (error) {
    rmSync(partial, { force: true })
    throw error
  }
  forget({ kind: 'file', path: partial })
}

/** Writes a raw disk as qcow2. */
export async function convertToQcow2(
  source: string,
  target: string,
  compression: Compression,
  limits: Limits,
): Promise<void> {
  await writeImage(target, async partial => {
    await run('qemu-img', convertArguments(source, partial, compression), { supervised: true, ...limits })
  })
}

/** Moves a raw disk to its place; holes stay holes. The source is gone afterwards. */
export async function moveRaw(source: string, target: string, limits: Limits): Promise<void> {
  await writeImage(target, async partial => {
    try {
      renameSync(source, partial)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error
      await run('cp', ['--sparse=always', source, partial], { supervised: true, ...limits })
      rmSync(source, { force: true })
    }
  })
}

/** What qemu-img says of a finished image; the format is said to it, never guessed. */
export async function virtualSizeOf(path: string, format: ImageFormat): Promise<number> {
  const { stdout } = await run('qemu-img', ['info', '--output=json', '-f', format, path])
  const size: unknown = JSON.parse(stdout)['virtual-size']
  if (typeof size === 'number') return size
  throw new ToolError(`qemu-img info ${path} names no virtual size: ${stdout}`, 'qemu-img', 0)
}

/** Size of a file and of the disk in it. */
export async function describeImage(
  path: string,
  format: ImageFormat,
): Promise<{ readonly sizeBytes: number; readonly virtualSizeBytes: number }> {
  return { sizeBytes: statSync(path).size, virtualSizeBytes: await virtualSizeOf(path, format) }
}

/** Keeps a copy of a file beside the image; shares blocks where the file system can. */
export async function keepCopy(source: string, target: string): Promise<void> {
  await writeImage(target, partial => copyFile(source, partial, constants.COPYFILE_FICLONE))
}
