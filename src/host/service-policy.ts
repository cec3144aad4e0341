import { basename } from 'node:path'
import { removeMarked } from '../system/cleanup.ts'
import { forget, recordMarkedFile, runFolder } from '../system/journal.ts'
import { asRoot, rootShell } from '../system/privilege.ts'

/** Asked by invoke-rc.d and deb-systemd-invoke before every start of a service; 101 forbids it. */
const policyFile = '/usr/sbin/policy-rc.d'
const forbidden = 101
/** Stands in every policy of ours; a file without it is somebody else's. */
const mark = '# trove-image:'

/** What an administrator's own policy says; without a word of ours it stays as it is and in force. */
export interface ForeignPolicy {
  readonly file: string
  readonly forbidsStarts: boolean
}

/** The line by which the policy of a run is known; only a file that has it is ever removed. */
export function policyLine(run: string): string {
  return `${mark} no service starts while the run ${run} installs packages`
}

/**
 * Does a piece of work while no service that a package brings may start. An administrator's own policy stays in force, also
 * when it lets services start: what it lets start is told first, and stopped afterwards by whoever installs.
 */
export async function withoutServiceStarts(
  work: () => Promise<void>,
  onForeignPolicy: (policy: ForeignPolicy) => void,
  file = policyFile,
): Promise<void> {
  const line = policyLine(basename(runFolder()))
  const entry = recordMarkedFile(file, line)
  try {
    const { stdout } = await rootShell(writePolicy, [file, mark, line])
    if (stdout.trim() === 'foreign') onForeignPolicy({ file, forbidsStarts: await forbidsStarts(file) })
    await work()
  } finally {
    await removeMarked(file, line)
    forget(entry)
  }
}

/** A policy of an earlier run of ours is replaced: that run's end then leaves this one's alone. */
const writePolicy = `
  if { [ -e "$1" ] || [ -L "$1" ]; } && ! grep -qF -- "$2" "$1"; then echo foreign; exit 0; fi
  printf '#!/bin/sh\\n%s\\nexit ${forbidden}\\n' "$3" >"$1" && chmod 0755 "$1"`

/** Asked as invoke-rc.d asks it (policy-rc.d is "a query interface": it starts nothing), for a service that nobody has. */
async function forbidsStarts(file: string): Promise<boolean> {
  const answer = await asRoot(file, ['trove-image', 'start'], { allowedExitStatuses: 'any' }).catch(() => undefined)
  return answer?.exitStatus === forbidden
}
