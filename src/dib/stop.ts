import { rootShell } from '../system/privilege.ts'
import type { Child } from '../system/run.ts'

/**
 * Stops disk-image-create so that its own clean-up runs. Only the main process gets SIGTERM: a signal to the whole group ends
 * the log filter first, and the clean-up then dies of SIGPIPE. Until it is gone, whatever has its root below the private
 * TMPDIR (chroot hooks keep the mount busy) and whatever ran before the signal (hooks outside the chroot; bash waits for
 * them) is killed, but never sudo, which passes its child's end on, nor the log filter.
 */
export async function stopDib(child: Child, temporaryFolder: string): Promise<void> {
  await rootShell(stopScript, [String(child.pid), temporaryFolder])
}

/** A few processes a round, not some for every process of the host: a busy machine must not stretch this to minutes. */
const stopScript = `
  set -u
  main=$1 folder=$2
  # pid, parent, state and start time of every process. The name in parentheses may hold blanks.
  processes() {
    cat /proc/[0-9]*/stat 2>/dev/null | sed -E 's/^([0-9]+) \\(.*\\) /\\1 /' | awk '{ print $1, $3, $2, $21 }'
  }
  # Descendants of the main process as they are before the signal, "pid:start", but for sudo and the log filter.
  old=$(processes | awk -v main="$main" '
    { parent[$1] = $2; start[$1] = $4 }
    END {
      for (pid in parent) {
        for (up = parent[pid]; up != main && (up in parent) && up > 1; up = parent[up]);
        if (up == main) print pid ":" start[pid]
      }
    }' | while IFS=: read -r pid began; do
      read -r name <"/proc/$pid/comm" || continue
      [ "$name" = sudo ] && continue
      grep -qs 'outfilter\\.py' "/proc/$pid/cmdline" || echo "$pid:$began"
    done 2>/dev/null | tr '\\n' ' ')
  began=$(processes | awk -v main="$main" '$1 == main { print $4 }')
  kill -s TERM "$main" 2>/dev/null
  round=0
  while [ "$round" -lt 300 ] && [ -n "$began" ]; do
    now=$(processes)
    echo "$now" | awk -v main="$main" -v began="$began" '
      $1 == main && $4 == began && $3 != "Z" && $3 != "X" { alive = 1 } END { exit !alive }' || break
    for process in $(find /proc/[0-9]*/root -maxdepth 0 -lname "$folder/*" -printf '%h\\n' 2>/dev/null); do
      kill -s KILL "\${process#/proc/}" 2>/dev/null
    done
    for pid in $(echo "$now" | awk -v old="$old" '
      BEGIN { count = split(old, entries, " "); for (i = 1; i <= count; i++) wanted[entries[i]] = 1 }
      ($1 ":" $4) in wanted { print $1 }'); do
      kill -s KILL "$pid" 2>/dev/null
    done
    sleep 0.1
    round=$((round + 1))
  done
  true`
