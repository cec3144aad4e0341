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

const stopScript = `
  set -u
  main=$1 folder=$2
  parent() { sed 's/.*) . //; s/ .*//' "/proc/$1/stat" 2>/dev/null; }
  start() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20; }
  spared() {
    [ "$(cat "/proc/$1/comm" 2>/dev/null)" = sudo ] && return 0
    tr '\\0' ' ' <"/proc/$1/cmdline" 2>/dev/null | grep -q 'outfilter\\.py'
  }
  # Descendants of the main process, each with its start time, as they are before the signal.
  old='' layer=$main
  while [ -n "$layer" ]; do
    next=''
    for process in /proc/[0-9]*; do
      pid=\${process#/proc/}
      up=$(parent "$pid") || continue
      for one in $layer; do
        [ "$up" = "$one" ] && next="$next $pid"
      done
    done
    for pid in $next; do
      spared "$pid" || old="$old $pid:$(start "$pid")"
    done
    layer=$next
  done
  began=$(start "$main")
  kill -s TERM "$main" 2>/dev/null
  round=0
  while [ "$round" -lt 300 ] && [ -n "$began" ] && [ "$(start "$main")" = "$began" ]; do
    [ "$(parent "$main")" = '' ] && break
    case $(sed 's/.*) //; s/ .*//' "/proc/$main/stat" 2>/dev/null) in Z|X|'') break ;; esac
    for process in /proc/[0-9]*; do
      pid=\${process#/proc/}
      case "$(readlink "$process/root" 2>/dev/null)" in
        "$folder"/*) kill -s KILL "$pid" 2>/dev/null ;;
      esac
    done
    for entry in $old; do
      pid=\${entry%%:*}
      [ "$(start "$pid")" = "\${entry#*:}" ] && kill -s KILL "$pid" 2>/dev/null
    done
    sleep 0.1
    round=$((round + 1))
  done
  true`
