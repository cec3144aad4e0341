import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { GuestfsSession } from '../guestfs/index.ts'
import type { Accelerator } from '../system/accelerator.ts'
import { asError, InterruptedError } from '../system/errors.ts'
import { run } from '../system/run.ts'
import type { DiskEvidence, JournalLine } from './guest-evidence.ts'
import { parseJournal, scavengeJournal } from './journal-lines.ts'

const agentUnits = ['trove-guestagent.service', 'guest-agent.service', 'openstack-trove-guestagent.service']
/** Where systemd looks for a unit, the first place winning. */
const unitFolders = ['/etc/systemd/system', '/run/systemd/system', '/usr/lib/systemd/system', '/lib/systemd/system']

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
  const lines = async (path: string) => (await session.ask('tail-n', ['2000', path])) ?? []
  const logNames = ((await session.ask('ls', ['/var/log/trove'])) ?? []).filter(name => name.endsWith('.log'))
  const agentLog: string[] = []
  for (const name of logNames) agentLog.push(...(await lines(`/var/log/trove/${name}`)))
  const guestInfo = await session.ask('cat', ['/etc/trove/conf.d/guest_info.conf'])
  return {
    journal: await readJournal(session, folder, remarks, signal),
    agentLog,
    cloudInitLog: await lines('/var/log/cloud-init.log'),
    guestInfo: guestInfo?.join('\n'),
    agentUnits: await findAgentUnits(session),
    remarks,
  }
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
  folder: string,
  remarks: string[],
  signal: AbortSignal | undefined,
): Promise<JournalLine[]> {
  const local = join(folder, 'guest-journal')
  mkdirSync(local)
  if ((await session.ask('copy-out', ['/var/log/journal', local])) === undefined) {
    remarks.push('the guest has no persistent journal (/var/log/journal)')
    return []
  }
  const journalFolder = join(local, 'journal')
  const files = journalFiles(journalFolder)
  if (files.length === 0) {
    remarks.push("the guest's persistent journal is empty")
    return []
  }
  try {
    const fields = 'MESSAGE,_SYSTEMD_UNIT,SYSLOG_IDENTIFIER,_COMM'
    const reading = ['--no-pager', '--quiet', '--output', 'json', `--output-fields=${fields}`]
    const result = await run('journalctl', [...reading, ...files.map(file => `--file=${file}`)], {
      supervised: true,
      timeoutSeconds: 120,
      signal,
    })
    return parseJournal(result.stdout)
  } catch (error) {
    if (error instanceof InterruptedError) throw error
    remarks.push(
      `journalctl of this machine could not read the guest's journal: ${asError(error).message.split('\n')[0]}`,
    )
    return files.flatMap(file => scavengeJournal(readFileSync(file)))
  }
}

function journalFiles(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.journal'))
    .map(name => join(folder, name))
}
