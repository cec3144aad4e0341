import { type FileHandle, open } from 'node:fs/promises'

const chunkBytes = 1 << 20
const zeros = Buffer.alloc(chunkBytes)

export interface CopyOptions {
  readonly signal?: AbortSignal | undefined
  /** Called with the bytes copied so far. */
  readonly onBytes?: ((bytes: number) => void) | undefined
}

/**
 * Copies an image's bytes to a new file and waits until they are on the disk. Whole blocks of zeros become holes: a raw
 * image is mostly empty.
 */
export async function copyImage(from: string, to: string, options: CopyOptions = {}): Promise<void> {
  const source = await open(from, 'r')
  try {
    const target = await open(to, 'wx', 0o644)
    try {
      await copyBytes(source, target, options)
      await target.sync()
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

async function copyBytes(source: FileHandle, target: FileHandle, { signal, onBytes }: CopyOptions): Promise<void> {
  const buffer = Buffer.alloc(chunkBytes)
  let position = 0
  for (;;) {
    signal?.throwIfAborted()
    const { bytesRead } = await source.read(buffer, 0, chunkBytes, position)
    if (bytesRead === 0) break
    const chunk = buffer.subarray(0, bytesRead)
    if (!chunk.equals(zeros.subarray(0, bytesRead))) await writeAll(target, chunk, position)
    position += bytesRead
    onBytes?.(position)
  }
  // A hole at the end exists only once the length says so.
  await target.truncate(position)
}

async function writeAll(target: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  let done = 0
  while (done < chunk.length) {
    const { bytesWritten } = await target.write(chunk, done, chunk.length - done, position + done)
    done += bytesWritten
  }
}
