import { closeSync, createReadStream, createWriteStream, openSync, readdirSync, readSync } from 'node:fs'
import { chmod, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib'
import { sparingMemory } from '../system/buffer-memory.ts'
import { makeWorkFolder } from '../system/journal.ts'
import { run } from '../system/run.ts'

const limits = { supervised: true, timeoutSeconds: 600 } as const

/**
 * Packs a folder with its name into a `.tar.zst` file. Node does the compression, because a minimal system has no zstd.
 *
 * @throws Error when the folder holds a disk image: finished images are never cached
 */
export async function packFolder(folder: string, target: string, signal: AbortSignal): Promise<void> {
  refuseImages(folder)
  const archive = join(makeWorkFolder('pack'), 'object.tar')
  await run('tar', ['--create', '--file', archive, '--directory', dirname(folder), basename(folder)], {
    ...limits,
    signal,
  })
  const compress = createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 3 } })
  const out = createWriteStream(target, { mode: 0o644 })
  await sparingMemory(() => pipeline(createReadStream(archive), compress, out, { signal }))
  await chmod(target, 0o644)
  await rm(archive)
}

/** Unpacks what {@link packFolder} made into `parent`. The caller has verified the object's checksum. */
export async function unpackFolder(object: string, parent: string, signal: AbortSignal): Promise<void> {
  const archive = join(makeWorkFolder('unpack'), 'object.tar')
  const out = createWriteStream(archive)
  await sparingMemory(() => pipeline(createReadStream(object), createZstdDecompress(), out, { signal }))
  await run('tar', ['--extract', '--file', archive, '--directory', parent], { ...limits, signal })
  await rm(archive)
}

/** QEMU's magic number, docs/interop/qcow2.txt. A raw image cannot be told from other files by its bytes. */
const qcow2Magic = 'QFI\u00fb'

function refuseImages(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    if (startOf(path) === qcow2Magic) throw new Error(`${path} is a disk image; a finished image is never cached`)
  }
}

function startOf(path: string): string {
  const file = openSync(path, 'r')
  try {
    const buffer = Buffer.alloc(4)
    return buffer.toString('latin1', 0, readSync(file, buffer, 0, 4, 0))
  } finally {
    closeSync(file)
  }
}
