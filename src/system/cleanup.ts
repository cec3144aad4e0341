import { asError, EnvironmentError } from './errors.ts'
import { abandonedJournals, closeCurrentJournal, endJournals, type FoundJournal, type JournalEntry } from './journal.ts'
import { rootShell } from './privilege.ts'
import { signalMarked } from './run.ts'
import { disableUnitsOf } from './units.ts'

/** Undoes all that this run has journalled and removes its folder. Safe to call twice. */
export async function cleanCurrentRun(): Promise<void> {
  const journal = closeCurrentJournal()
  if (journal !== undefined) await clean(journal)
}

/** The last thing a process does: undoes all that it has journalled, and lets nothing be begun after that. */
export async function endRun(): Promise<void> {
  endJournals()
  await cleanCurrentRun()
}

/** What came of undoing the runs whose process is gone. */
export interface AbandonedRuns {
  readonly undone: number
  /** One for each run that could not be undone whole: what is left, and why. */
  readonly failures: readonly Error[]
}

/** Undoes every abandoned run; one that cannot be undone does not keep the others from it. */
export async function cleanAbandoned(onRun: (folder: string) => void): Promise<AbandonedRuns> {
  const journals = abandonedJournals()
  const failures: Error[] = []
  for (const journal of journals) {
    onRun(journal.folder)
    await clean(journal).catch(thrown => failures.push(asError(thrown)))
  }
  return { undone: journals.length - failures.length, failures }
}

/**
 * Undoes a journal in reverse order and removes it. What is already gone is no error; one entry that cannot be undone does
 * not keep the others from it.
 *
 * @throws EnvironmentError when something is left, with what it is
 */
export async function clean(journal: FoundJournal): Promise<void> {
  const faults: string[] = []
  const keep = (thrown: unknown) => faults.push(wordsOf(asError(thrown)))
  // Processes first, all with one look at /proc: a long run has started hundreds, and nearly all have ended by themselves.
  const marks = journal.entries.flatMap(entry => (entry.kind === 'processes' ? [entry.mark] : []))
  await signalMarked(marks, 'SIGKILL').catch(keep)
  for (const entry of journal.entries.toReversed()) {
    if (entry.kind !== 'processes') await undo(entry).catch(keep)
  }
  // The journal goes last, and only when nothing is left that it tells of.
  if (faults.length === 0) await undo({ kind: 'folder', path: journal.folder }).catch(keep)
  if (faults.length > 0) {
    throw new EnvironmentError(
      `not all of the run ${journal.folder} could be undone; "trove-image clean" tries again:\n${faults.join('\n')}`,
    )
  }
}

/** What a script said last; its own text would only hide it. */
function wordsOf({ message }: Error): string {
  return message
    .split('\nlast lines:\n')
    .slice(-1)
    .flatMap(words => words.split('\n').map(line => line.trim()))
    .join('\n')
}

async function undo(entry: Exclude<JournalEntry, { kind: 'processes' }>): Promise<void> {
  switch (entry.kind) {
    case 'file':
      await (entry.line === undefined ? rootShell('rm -f -- "$1"', [entry.path]) : removeMarked(entry.path, entry.line))
      break
    case 'folder':
      await rootShell(undoFolder, [entry.path])
      break
    case 'units':
      await disableUnitsOf(entry.packages, entry.enabledBefore)
      break
    case 'temporary':
      await rootShell(removeTemporary, [entry.program, entry.prefix, String(entry.sinceSeconds)])
      break
    case 'output':
      break
  }
}

/**
 * Ours have been told to end, which takes a moment: while one of that name lives, what lies there may be somebody else's. One
 * that is dead and that nobody has waited for, as in a container without an init, needs nothing any more.
 */
const removeTemporary = `
  set -eu
  lives() { pgrep --runstates D,I,R,S,T --exact -- "$1" >/dev/null; }
  tries=0
  while lives "$1"; do
    tries=$((tries + 1))
    [ "$tries" -le 50 ] || exit 0
    sleep 0.1
  done
  find /tmp -mindepth 1 -maxdepth 1 -name "$2*" -newerct "@$3" -exec rm -rf --one-file-system -- {} +`

/** Removes a file when the line stands in it: whoever else has put one there since keeps it. */
export async function removeMarked(path: string, line: string): Promise<void> {
  await rootShell('if [ -f "$1" ] && grep -qxF -e "$2" "$1"; then rm -f -- "$1"; fi', [path, line])
}

/**
 * Kills what lives in the folder, unmounts what hangs on it, deepest first, detaches loop devices and removes it. Never
 * crosses into a mounted file system: /dev of the host may be bound into a tree.
 */
const undoFolder = `
  set -u
  folder=$1
  below() { case "$1" in "$folder"|"$folder"/*) return 0 ;; esac; return 1; }
  for round in 1 2 3; do
    found=no
    for process in $(find /proc/[0-9]*/root /proc/[0-9]*/cwd -maxdepth 0 \\
      \\( -lname "$folder" -o -lname "$folder/*" \\) -printf '%h\\n' 2>/dev/null | sort -u); do
      pid=\${process#/proc/}
      [ "$pid" = "$$" ] && continue
      kill -s KILL "$pid" 2>/dev/null && found=yes
    done
    [ "$found" = no ] && break
    sleep 0.2
  done
  mounts() { while read -r _ target _; do below "$(printf '%b' "$target")" && printf '%b\\n' "$target"; done </proc/mounts | sort -r; }
  mounts | while IFS= read -r target; do umount "$target" 2>/dev/null || umount -l "$target" 2>/dev/null; done
  if command -v losetup >/dev/null 2>&1; then
    losetup --list --noheadings --raw --output NAME,BACK-FILE 2>/dev/null | while read -r device backing; do
      below "\${backing% (deleted)}" && losetup --detach "$device" 2>/dev/null
    done
  fi
  [ -z "$(mounts)" ] && rm -rf --one-file-system -- "$folder"
  if [ -e "$folder" ]; then
    echo "$folder is still there; mounted below it: $(mounts | tr '\\n' ' ')" >&2
    exit 1
  fi`
