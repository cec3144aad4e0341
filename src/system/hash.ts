import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'

/**
 * SHA-256 of a file's bytes, in lower-case hexadecimal. Read piece by piece into one buffer: a stream would make a new one
 * for each piece, and an image of several gigabytes a lot of garbage.
 */
export async function sha256OfFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(1 << 20)
  const file = await open(path)
  try {
    for (;;) {
      signal?.throwIfAborted()
      const { bytesRead } = await file.read(buffer, 0, buffer.length, null)
      if (bytesRead === 0) return hash.digest('hex')
      hash.update(buffer.subarray(0, bytesRead))
    }
  } finally {
    await file.close()
  }
}
