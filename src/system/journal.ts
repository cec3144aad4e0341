import { randomBytes } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { cacheFolder, runsFolder } from './home.ts'

/**
 * What a run will have to undo, written down before it is made. `folder` stands for all that may hang on a folder: the
 * processes whose root or working folder lies in it, the mounts below it, the loop devices backed by files in it.
 */
const entrySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('folder'), path: z.string() }),
  // With a line: a file of the system that is ours only while that line stands in it.
  z.object({ kind: z.literal('file'), path: z.string(), line: z.string().optional() }),
  z.object({ kind: z.literal('processes'), mark: z.string() }),
  // What a program under sudo puts into /tmp, whatever TMPDIR we give it, and leaves there when it is killed.
  z.object({ kind: z.literal('temporary'), program: z.string(), prefix: z.string(), sinceSeconds: z.int() }),
  // Nothing to undo: as long as the run lives, no other builds into this folder.
  z.object({ kind: z.literal('output'), path: z.string() }),
  // The units that these packages enable when they are installed; what was enabled before stays.
  z.object({ kind: z.literal('units'), packages: z.array(z.string()), enabledBefore: z.array(z.string()) }),
])
export type JournalEntry = z.infer<typeof entrySchema>

/** A line that takes an earlier one back: what it announced needs no undoing any more. */
const doneSchema = z.object({ done: entrySchema })

/** A journal as found on disk, with the process that owns it. */
export interface FoundJournal {
  readonly folder: string
  readonly ownerAlive: boolean
  /** Its process id. */
  readonly owner: string
  readonly entries: readonly JournalEntry[]
}

let current: string | undefined
let ended = false

/** The folder of this run, made with its journal at the first call. */
export function runFolder(): string {
  if (ended) throw new Error('this run has ended and is being undone: nothing may be begun any more')
  if (current === undefined) {
    const owner = `${process.pid} ${startTimeOf(process.pid)}`
    const stamp = new Date().toISOString().replaceAll(/[:.]/g, '').slice(0, 15)
    const folder = join(runsFolder(), `${stamp}-${randomBytes(3).toString('hex')}`)
    // Among the runs it appears whole: without its owner another process would take it for abandoned.
    const start = join(cacheFolder(), `${startPrefix}${owner.replace(' ', '-')}`)
    mkdirSync(runsFolder(), { recursive: true })
    mkdirSync(start, { recursive: true, mode: 0o755 })
    writeFileSync(join(start, 'owner'), `${owner}\n`)
    writeFileSync(join(start, 'journal'), '')
    renameSync(start, folder)
    current = folder
  }
  return current
}

/** The name of a run's folder before it stands among the runs says already whose it is. */
const startPrefix = 'starting-'

let workPlace: string | undefined

/** Working folders are made in this folder from now on. The journal stays among the runs, where the next start looks for it. */
export function useWorkPlace(folder: string): void {
  workPlace = folder
}

/** The folder that working folders are made in: the run's own, when no other is used. */
export function workFolderPlace(): string {
  return workPlace ?? runFolder()
}

/** A new private folder, journalled before it is made. */
export function makeWorkFolder(name: string, mode = 0o755): string {
  const prefix = workPlace === undefined ? '' : 'trove-image-'
  const path = join(workFolderPlace(), `${prefix}${name}.${randomBytes(3).toString('hex')}`)
  record({ kind: 'folder', path })
  mkdirSync(path, { recursive: true, mode })
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

/** A file of the system that this run writes, unless there is one: only one with this line in it is ours to remove. */
export function recordMarkedFile(path: string, line: string): JournalEntry {
  return record({ kind: 'file', path, line })
}

/** Packages that are about to be installed, and the units that were enabled before. */
export function recordUnits(packages: readonly string[], enabledBefore: readonly string[]): JournalEntry {
  return record({ kind: 'units', packages: [...packages], enabledBefore: [...enabledBefore] })
}

/** A folder that a program made by itself, outside the run's folder, and would leave behind when killed. */
export function recordFolder(path: string): void {
  record({ kind: 'folder', path })
}

/** A program that is about to run and makes folders `/tmp/PREFIX*` by itself. */
export function recordTemporary(program: string, prefix: string): void {
  record({ kind: 'temporary', program, prefix, sinceSeconds: Math.floor(Date.now() / 1000) })
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

/**
 * From now on this process begins nothing: work that an interruption has overtaken must not open a new run, of which
 * nobody would undo anything.
 */
export function endJournals(): void {
  ended = true
}

/**
 * The work that an entry stood for is finished: it needs no undoing any more (a file that is now a result). A line more,
 * because a journal that is rewritten could be lost in the middle.
 */
export function forget(entry: JournalEntry): void {
  if (current !== undefined) append(current, { done: entry })
}

/** The output folder that this run builds into. */
export function recordOutput(path: string): void {
  record({ kind: 'output', path })
}

/** The journals of other runs whose process lives. */
export function livingJournals(): FoundJournal[] {
  if (!existsSync(runsFolder())) return []
  return readdirSync(runsFolder())
    .map(name => join(runsFolder(), name))
    .filter(folder => folder !== current)
    .map(readJournal)
    .filter(journal => journal.ownerAlive)
}

/** The journals of runs whose process is gone. */
export function abandonedJournals(): FoundJournal[] {
  const below = (folder: string) => (existsSync(folder) ? readdirSync(folder).map(name => join(folder, name)) : [])
  const starting = below(cacheFolder()).filter(folder => basename(folder).startsWith(startPrefix))
  return [...below(runsFolder()).filter(folder => folder !== current), ...starting]
    .map(readJournal)
    .filter(journal => !journal.ownerAlive)
}

/** What a journal's text leaves to undo, in the order in which it was begun. */
export function readEntries(text: string): JournalEntry[] {
  let entries: JournalEntry[] = []
  for (const line of text.split('\n')) {
    const value = parseLine(line)
    const done = doneSchema.safeParse(value)
    if (done.success) {
      const finished = JSON.stringify(done.data.done)
      entries = entries.filter(entry => JSON.stringify(entry) !== finished)
    }
    const begun = entrySchema.safeParse(value)
    if (begun.success) entries.push(begun.data)
  }
  return entries
}

/** An empty line, or one that a power cut left half written, says nothing: what it announced was never made. */
function parseLine(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function record(entry: JournalEntry): JournalEntry {
  append(runFolder(), entry)
  return entry
}

function append(folder: string, line: object): void {
  appendFileSync(join(folder, 'journal'), `${JSON.stringify(line)}\n`, { flush: true })
}

function readJournal(folder: string): FoundJournal {
  const read = (name: string) => {
    try {
      return readFileSync(join(folder, name), 'utf8')
    } catch {
      return '' // its run has ended and been undone while we looked
    }
  }
  const name = basename(folder)
  const owner = name.startsWith(startPrefix)
    ? name.slice(startPrefix.length).split('-')
    : read('owner').trim().split(' ')
  const [pid = '', startTime = ''] = owner
  const ownerAlive = startTime !== '' && startTimeOf(Number(pid)) === startTime
  return { folder, ownerAlive, owner: pid, entries: readEntries(read('journal')) }
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
