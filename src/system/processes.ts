import { randomBytes } from 'node:crypto'
import { recordMark } from './journal.ts'
import { rootShell } from './privilege.ts'

/** The variable that every supervised process and its children carry; found again through /proc/PID/environ. */
export const markVariable = 'TROVE_IMAGE_PROCESS'

/** A new mark, written to the journal before the process that bears it exists. */
export function markProcesses(): { name: string; environment: Record<string, string> } {
  const name = randomBytes(8).toString('hex')
  recordMark(name)
  return { name, environment: { [markVariable]: name } }
}

/**
 * Sends a signal to every process that carries the mark, as root when it can: sudo's children belong to root. Says how
 * many it reached.
 */
export async function signalMarked(mark: string, signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<number> {
  const script = `
    reached=0
    for file in /proc/[0-9]*/environ; do
      pid=\${file#/proc/}; pid=\${pid%/environ}
      [ "$pid" = "$$" ] && continue
      if tr '\\0' '\\n' <"$file" 2>/dev/null | grep -qx "${markVariable}=$1"; then
        kill -s "$2" "$pid" 2>/dev/null && reached=$((reached + 1))
      fi
    done
    echo "$reached"`
  const result = await rootShell(script, [mark, signal.slice(3)])
  return Number.parseInt(result.stdout, 10)
}
