import { createReadStream, createWriteStream } from 'node:fs'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** Copies a console's recording without the secrets that a guest may have printed; every other byte stays as it was. */
export async function copyConsole(from: string, to: string, secrets: readonly string[]): Promise<void> {
  await pipeline(createReadStream(from), new SecretFilter(secrets), createWriteStream(to))
}

/** Replaces secrets in a stream of bytes, also where one is split between two chunks. Bounded in memory. */
export class SecretFilter extends Transform {
  readonly #secrets: RegExp | undefined
  readonly #longest: number
  #held = ''

  constructor(secrets: readonly string[]) {
    super()
    // A serial console is no valid text in any encoding: Latin-1 keeps each byte as one character.
    const bytes = secrets
      .filter(secret => secret !== '')
      .map(secret => Buffer.from(secret, 'utf8').toString('latin1'))
      .toSorted((left, right) => right.length - left.length)
    this.#longest = bytes[0]?.length ?? 0
    if (bytes.length > 0) this.#secrets = new RegExp(bytes.map(escaped).join('|'), 'g')
  }

  override _transform(chunk: Buffer, _: string, done: (error: null, data: Buffer) => void): void {
    this.#held += chunk.toString('latin1')
    // What begins later may be the beginning of a longer secret than the one that is seen.
    done(null, this.#take(this.#held.length - this.#longest + 1))
  }

  override _flush(done: (error: null, data: Buffer) => void): void {
    done(null, this.#take(this.#held.length))
  }

  /** Lets go of what begins before a place, and of the secrets that begin there. */
  #take(before: number): Buffer {
    let shown = ''
    let at = 0
    for (const { index, 0: secret } of this.#secrets ? this.#held.matchAll(this.#secrets) : []) {
      if (index >= before) break
      shown += `${this.#held.slice(at, index)}***`
      at = index + secret.length
    }
    const end = Math.max(at, before)
    shown += this.#held.slice(at, end)
    this.#held = this.#held.slice(end)
    return Buffer.from(shown, 'latin1')
  }
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
