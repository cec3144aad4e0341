import { lstatSync, readFileSync } from 'node:fs'
import type { GuestfsSession } from '../guestfs/index.ts'

/** What reading a guest's files needs of a session. */
export type GuestReader = Pick<GuestfsSession, 'ask' | 'shell'>

/** How much of a file is wanted: nothing of one that is larger, or its end. */
export interface Portion {
  readonly mostBytes: number
  readonly of: 'whole' | 'end'
}

/** How many files of a folder are looked at; the newest, should there be more. */
export const mostFiles = 40

/**
 * Regular files below a folder of the guest whose names end in `suffix`, newest first. The list is made in the appliance:
 * a link to a folder leads to the appliance's own files at most, and is not followed.
 */
export async function listGuestFiles(
  session: GuestReader,
  { folder, suffix, depth }: { readonly folder: string; readonly suffix: string; readonly depth: number },
): Promise<string[]> {
  const find = `find -P "/sysroot${folder}" -xdev -mindepth 1 -maxdepth ${depth} -type f -name "*${suffix}"`
  const listed = await session.shell(
    `timeout 60 ${find} -printf "%T@ %P\\n" 2>/dev/null | sort -rn | head -n ${mostFiles}`,
    100,
  )
  return listed.flatMap(line => {
    // A name with a control character cannot be said to guestfish, and no program of a guest makes one.
    const name = /^[\d.-]+ (\P{Cc}+)$/u.exec(line)?.[1]
    return name === undefined ? [] : [`${folder}/${name}`]
  })
}

/**
 * Copies one file of the guest to this machine. Everything in a guest is made by others: what is not a regular file, such as
 * a link, a pipe or a device, is not opened, and no more than `portion` says is copied.
 */
export async function fetchGuestFile(
  session: GuestReader,
  path: string,
  to: string,
  portion: Portion,
): Promise<'fetched' | 'absent' | 'too large'> {
  if ((await session.ask('is-file', [path]))?.[0] !== 'true') return 'absent'
  const size = Number((await session.ask('filesize', [path]))?.[0] ?? Number.NaN)
  if (!Number.isSafeInteger(size) || size < 0) return 'absent'
  if (portion.of === 'whole' && size > portion.mostBytes) return 'too large'
  const [offset, length] = [Math.max(0, size - portion.mostBytes), Math.min(size, portion.mostBytes)]
  const copied = await session.ask('download-offset', [path, to, String(offset), String(length)])
  return copied === undefined ? 'absent' : 'fetched'
}

/** The text of a file of the guest, of which no more than its end is copied; undefined when there is none. */
export async function readGuestText(
  session: GuestReader,
  path: string,
  to: string,
  mostBytes: number,
): Promise<string | undefined> {
  if ((await fetchGuestFile(session, path, to, { mostBytes, of: 'end' })) !== 'fetched') return undefined
  return readFetched(to).toString('utf8')
}

/** What {@link fetchGuestFile} wrote; never anything but a regular file. */
export function readFetched(local: string): Buffer {
  return lstatSync(local).isFile() ? readFileSync(local) : Buffer.alloc(0)
}
