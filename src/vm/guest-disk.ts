import { lstatSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { agentUnits } from '../contract/index.ts'
import { GuestfsSession } from '../guestfs/index.ts'
import type { Accelerator } from '../system/accelerator.ts'
import { asError, InterruptedError } from '../system/errors.ts'
import { run } from '../system/run.ts'
import type { DiskEvidence, JournalLine } from './guest-evidence.ts'
import { fetchGuestFile, listGuestFiles, readFetched, readGuestText } from './guest-files.ts'
import { parseJournal, scavengeJournal } from './journal-lines.ts'

/** Where systemd looks for a unit, the first place winning. */
const unitFolders = ['/etc/systemd/system', '/run/systemd/system', '/usr/lib/systemd/system', '/lib/systemd/system']

const mebibyte = 1024 ** 2
/** A boot writes 8 or 16 MiB; whatever is larger was made to be large. */
const mostBytes = { journalFile: 64 * mebibyte, journal: 128 * mebibyte, log: mebibyte, configuration: 64 * 1024 }
const mostLines = { log: 2000, journal: 5000 }

/**
 * Reads from the guest's disk, after the guest went down, what tells why it failed. Never throws for what the disk lacks:
 * a boot that failed early leaves little behind, and that is told in `remarks`.
 */
export async function readGuestDisk(
  overlay: string,
  folder: string,
  accelerator: Accelerator,
  signal: AbortSignal | undefined,
): Promise<DiskEvidence | undefined> {
  let session: GuestfsSession
  try {
    session = await GuestfsSession.open({ image: overlay, format: 'qcow2', access: 'read-only', accelerator, signal })
  } catch (error) {
    if (error instanceof InterruptedError) throw error
    return undefined
  }
  try {
    return await read(session, folder, signal)
  } catch (error) {
    if (error instanceof InterruptedError) throw error
    const remarks = [`the guest's disk could not be read: ${asError(error).message}`]
    return { journal: [], agentLog: [], cloudInitLog: [], guestInfo: undefined, agentUnits: {}, remarks }
  } finally {
    await session.close().catch(() => undefined)
  }
}

async function read(session: GuestfsSession, folder: string, signal: AbortSignal | undefined): Promise<DiskEvidence> {
  const remarks: string[] = []
  if (!(await mountRoot(session))) {
    remarks.push('no operating system was found on the disk')
    return { journal: [], agentLog: [], cloudInitLog: [], guestInfo: undefined, agentUnits: {}, remarks }
  }
  const copies = join(folder, 'guest-files')
  mkdirSync(copies)
  let copied = 0
  const text = (path: string, most: number) => readGuestText(session, path, join(copies, String(++copied)), most)
  const lines = async (path: string) => lastLines((await text(path, mostBytes.log)) ?? '')
  const agentLog: string[] = []
  for (const path of await listGuestFiles(session, { folder: '/var/log/trove', suffix: '.log', depth: 1 })) {
    agentLog.push(...(await lines(path)))
  }
  return {
    journal: await readJournal(session, copies, remarks, signal),
    agentLog,
    cloudInitLog: await lines('/var/log/cloud-init.log'),
    guestInfo: await text('/etc/trove/conf.d/guest_info.conf', mostBytes.configuration),
    agentUnits: await findAgentUnits(session),
    remarks,
  }
}

function lastLines(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n').slice(-mostLines.log)
}

/** Mounts the file system that has the root folder's look; much faster than libguestfs' own inspection. */
async function mountRoot(session: GuestfsSession): Promise<boolean> {
  const listed = await session.command('list-filesystems', [])
  const candidates = listed.flatMap(line => {
    const [device, kind] = line.split(': ')
    return device !== undefined && /^(?:ext[234]|xfs|btrfs)$/.test(kind ?? '') ? [device] : []
  })
  for (const device of candidates.toReversed()) {
    if ((await session.ask('mount-ro', [device, '/'])) === undefined) continue
    const found = await Promise.all(['/etc', '/var/log'].map(path => session.ask('is-dir', [path])))
    if (found.every(answer => answer?.[0] === 'true')) return true
    await session.ask('umount-all')
  }
  return false
}

async function findAgentUnits(session: GuestfsSession): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const unit of agentUnits) {
    for (const unitFolder of unitFolders) {
      const path = `${unitFolder}/${unit}`
      const target = (await session.ask('readlink', [path]))?.[0]
      const exists = target !== undefined || (await session.ask('is-file', [path]))?.[0] === 'true'
      if (!exists) continue
      found[unit] = target ?? path
      break
    }
  }
  return found
}

async function readJournal(
  session: GuestfsSession,
  copies: string,
  remarks: string[],
  signal: AbortSignal | undefined,
): Promise<JournalLine[]> {
  const files: string[] = []
  let left = mostBytes.journal
  for (const path of await listGuestFiles(session, { folder: '/var/log/journal', suffix: '.journal', depth: 2 })) {
    // Named by us: a name in the guest may be anything.
    const local = join(copies, `${files.length}.journal`)
    const most = Math.min(left, mostBytes.journalFile)
    const outcome = await fetchGuestFile(session, path, local, { mostBytes: most, of: 'whole' })
    if (outcome === 'too large') remarks.push(`a file of the guest's journal was left out, it is too large: ${path}`)
    if (outcome !== 'fetched') continue
    files.push(local)
    left -= lstatSync(local).size
  }
  if (files.length === 0) {
    remarks.push('the guest has no persistent journal (no file in /var/log/journal that can be read)')
    return []
  }
  try {
    return parseJournal((await journalctl(files, signal)).join('\n'))
  } catch (error) {
    if (error instanceof InterruptedError) throw error
    remarks.push(
      `journalctl of this machine could not read the guest's journal: ${asError(error).message.split('\n')[0]}`,
    )
    return files
      .toReversed()
      .flatMap(file => scavengeJournal(readFetched(file)))
      .slice(-mostLines.journal)
  }
}

/** The last entries of journal files, as JSON, each line cut where it is absurdly long. */
async function journalctl(files: readonly string[], signal: AbortSignal | undefined): Promise<string[]> {
  const lines: string[] = []
  const fields = 'MESSAGE,_SYSTEMD_UNIT,SYSLOG_IDENTIFIER,_COMM'
  await run(
    'journalctl',
    [
      ...['--no-pager', '--quiet', `--lines=${mostLines.journal}`, '--output=json', `--output-fields=${fields}`],
      ...files.map(file => `--file=${file}`),
    ],
    {
      supervised: true,
      timeoutSeconds: 120,
      signal,
      discardOutput: true,
      onLine: (line, stream) => {
        if (stream === 'stdout') lines.push(line)
      },
    },
  )
  return lines
}
