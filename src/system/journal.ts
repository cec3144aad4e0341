import { randomBytes } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { runsFolder } from './home.ts'

/**
 * What a run will have to undo, written down before it is made. `folder` stands for all that may hang on a folder: the
 * processes whose root or working folder lies in it, the mounts below it, the loop devices backed by files in it.
 */
const entrySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('folder'), path: z.string() }),
  z.object({ kind: z.literal('file'), path: z.string() }),
  z.object({ kind: z.literal('processes'), mark: z.string() }),
])
export type JournalEntry = z.infer<typeof entrySchema>

/** A journal as found on disk, with the process that owns it. */
export interface FoundJournal {
  readonly folder: string
  readonly ownerAlive: boolean
  readonly entries: readonly JournalEntry[]
}

let current: string | undefined

/** The folder of this run, made with its journal at the first call. */
export function runFolder(): string {
  if (current === undefined) {
    const stamp = new Date().toISOString().replaceAll(/[:.]/g, '').slice(0, 15)
    const folder = join(runsFolder(), `${stamp}-${randomBytes(3).toString('hex')}`)
    mkdirSync(folder, { recursive: true, mode: 0o755 })
    writeFileSync(join(folder, 'owner'), `${process.pid} ${startTimeOf(process.pid)}\n`)
    writeFileSync(join(folder, 'journal'), '')
    current = folder
  }
  return current
}

/** A new private folder below the run's folder, journalled before it is made. */
export function makeWorkFolder(name: string, mode = 0o755): string {
  const path = join(runFolder(), `${name}.${randomBytes(3).toString('hex')}`)
  record({ kind: 'folder', path })
  mkdirSync(path, { mode })
  return path
}

/**
 * A new folder below /var/tmp, journalled before it is made: for a program that runs as a system user, who cannot enter
 * the run's folder when that lies in a private home such as /root. Only its owner may look into it.
 */
export function makeSharedFolder(name: string): string {
  const path = join('/var/tmp', `trove-image-${name}.${randomBytes(6).toString('hex')}`)
  record({ kind: 'folder', path })
  mkdirSync(path, { mode: 0o700 })
  return path
}

/** A file outside the run's folder that must not outlive an interrupted run, such as a half-written image. */
export function recordFile(path: string): void {
  record({ kind: 'file', path })
}

/** A folder that a program made by itself, outside the run's folder, and would leave behind when killed. */
export function recordFolder(path: string): void {
  record({ kind: 'folder', path })
}

/** The mark of processes that are about to be started. */
export function recordMark(mark: string): void {
  record({ kind: 'processes', mark })
}

/** The journal of this run, and none from now on: whoever asks is about to undo it. */
export function closeCurrentJournal(): FoundJournal | undefined {
  if (current === undefined) return undefined
  const journal = readJournal(current)
  current = undefined
  return journal
}

/** The work that an entry stood for is finished: it needs no undoing any more (a file that is now a result). */
export function forget(entry: JournalEntry): void {
  const file = join(runFolder(), 'journal')
  const wanted = JSON.stringify(entry)
  const lines = readFileSync(file, 'utf8').split('\n')
  writeFileSync(file, lines.filter(line => line !== wanted).join('\n'))
}

/** The journals of runs whose process is gone. */
export function abandonedJournals(): FoundJournal[] {
  if (!existsSync(runsFolder())) return []
  return readdirSync(runsFolder())
    .map(name => join(runsFolder(), name))
    .filter(folder => folder !== current)
    .map(readJournal)
    .filter(journal => !journal.ownerAlive)
}

function record(entry: JournalEntry): void {
  appendFileSync(join(runFolder(), 'journal'), `${JSON.stringify(entry)}\n`, { flush: true })
}

function readJournal(folder: string): FoundJournal {
  const read = (name: string) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : '')
  const [pid = '', startTime = ''] = read('owner').trim().split(' ')
  const entries = read('journal')
    .split('\n')
    .flatMap(line => {
      try {
        return [entrySchema.parse(JSON.parse(line))]
      } catch {
        return [] // an empty line, or one that a power cut left half written: what it announced was never made
      }
    })
  return { folder, ownerAlive: startTime !== '' && startTimeOf(Number(pid)) === startTime, entries }
}

/** Field 22 of /proc/PID/stat: distinguishes a process from a later one with the same number. Empty when it is gone. */
function startTimeOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}
