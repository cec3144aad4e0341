import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { unpackTar } from 'modern-tar'
import type { GuestfsSession } from '../guestfs/index.ts'
import { InputError, ToolError } from '../system/errors.ts'
import { makeWorkFolder } from '../system/journal.ts'
import { captureScript } from './capture-script.ts'

/** What was read of an image, before anything is understood: answers by name, and files by `fsN/path`. */
export interface Capture {
  /** The script's answers: `partitions`, `blkid`, `listing-fs0` ... */
  readonly facts: ReadonlyMap<string, string>
  readonly files: ReadonlyMap<string, Uint8Array>
}

/**
 * Reads all of an image that the inventory is made from, by one script in the appliance and one download.
 *
 * @throws InputError when the image holds no operating system, or is encrypted
 * @throws ToolError when a part of it could not be read
 */
export async function capture(session: GuestfsSession, image: string): Promise<Capture> {
  // In base64 the script passes libguestfs' splitting of words untouched.
  const script = Buffer.from(captureScript()).toString('base64')
  const answer = await session.shell(`echo ${script} | base64 -d >/tmp/capture.sh; /bin/sh /tmp/capture.sh`, 900)
  const [word, ...devices] = answer.at(-1)?.split(' ') ?? []
  if (word === 'encrypted') {
    throw new InputError(
      `image ${image} cannot be inspected: ${devices.join(' ')} in it is encrypted (LUKS). A Trove guest boots without a ` +
        'passphrase; build the image without encryption',
    )
  }
  if (word === 'nothing') {
    const seen = devices.length === 0 ? 'it holds no file system' : `looked in ${devices.join(', ')}`
    throw new InputError(`image ${image} holds no operating system: no file system in it has /etc/os-release (${seen})`)
  }
  if (word === 'failed') {
    const complaints = answer.slice(0, -1).map(line => `\n  ${line}`)
    throw new ToolError(
      `the appliance could not read all of ${image}, so nothing is said about it: ${devices.join(' ')} did not end well. ` +
        `A damaged file system is the usual cause; look at it with fsck.${complaints.join('')}`,
      'guestfish',
      1,
    )
  }
  if (word !== 'captured')
    throw new ToolError(`the appliance could not read ${image}: ${answer.join('\n')}`, 'guestfish', 1)
  const folder = makeWorkFolder('inventory')
  const archive = join(folder, 'capture.tar')
  await session.command('download', ['/capture.tar', archive], 600)
  const result = await readCapture(archive)
  await rm(folder, { recursive: true, force: true })
  return result
}

async function readCapture(archive: string): Promise<Capture> {
  const facts = new Map<string, string>()
  const files = new Map<string, Uint8Array>()
  const stream = Readable.toWeb(createReadStream(archive)) as ReadableStream<Uint8Array>
  for (const { header, data } of await unpackTar(stream)) {
    if (header.type !== 'file' || data === undefined) continue
    const name = header.name
    if (name.startsWith('facts/')) facts.set(name.slice('facts/'.length), Buffer.from(data).toString('utf8'))
    else files.set(name, data)
  }
  return { facts, files }
}
