import { mkdirSync, rmSync, statSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'

/**
 * What the double of a blob storage holds, as files below a folder. A body goes to its file as it comes in, whole chunks of
 * zeros as holes: several gigabytes of a sparse image cost neither memory nor disk.
 */
export class BlobStore {
  readonly #folder: string
  readonly #blocks = new Map<string, string>()
  readonly #blobs = new Map<string, readonly string[]>()
  #parts = 0

  constructor(folder: string) {
    this.#folder = folder
    mkdirSync(folder, { recursive: true })
  }

  /** A blob in one body. */
  async put(blob: string, body: Readable): Promise<void> {
    this.#blobs.set(blob, [await this.#write(body)])
  }

  /** A block, which is part of no blob until a list of blocks names it. */
  async putBlock(blob: string, block: string, body: Readable): Promise<void> {
    this.#blocks.set(`${blob} ${block}`, await this.#write(body))
  }

  /** Makes the blob of blocks in this order; says whether all of them are there. */
  commit(blob: string, blocks: readonly string[]): boolean {
    const parts = blocks.map(block => this.#blocks.get(`${blob} ${block}`))
    if (parts.some(part => part === undefined)) return false
    this.#blobs.set(
      blob,
      parts.filter(part => part !== undefined),
    )
    return true
  }

  /** Where the bytes of a blob lie. */
  filesOf(blob: string): readonly string[] {
    return this.#blobs.get(blob) ?? []
  }

  /** Undefined when there is no such blob. */
  sizeBytes(blob: string): number | undefined {
    return this.#blobs.get(blob)?.reduce((sum, file) => sum + statSync(file).size, 0)
  }

  /** The bytes of a blob in order. */
  async *read(blob: string): AsyncGenerator<Buffer> {
    for (const path of this.#blobs.get(blob) ?? []) {
      const file = await open(path)
      yield* file.createReadStream({ highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>
    }
  }

  /** The first bytes, by which a zip is known. */
  async start(blob: string): Promise<string> {
    const [first] = this.#blobs.get(blob) ?? []
    if (first === undefined) return ''
    const file = await open(first)
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0).finally(() => file.close())
    return buffer.toString('latin1')
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #write(body: Readable): Promise<string> {
    this.#parts += 1
    const path = join(this.#folder, String(this.#parts))
    const file = await open(path, 'w')
    try {
      await writeSparse(file, body)
      return path
    } finally {
      await file.close()
    }
  }
}

async function writeSparse(file: FileHandle, body: Readable): Promise<void> {
  let position = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    if (!isZero(chunk)) await file.write(chunk, 0, chunk.length, position)
    position += chunk.length
  }
  await file.truncate(position)
}

const zeros = Buffer.alloc(1 << 16)

function isZero(chunk: Buffer): boolean {
  for (let start = 0; start < chunk.length; start += zeros.length) {
    const part = chunk.subarray(start, start + zeros.length)
    if (!part.equals(zeros.subarray(0, part.length))) return false
  }
  return true
}
