import { existsSync, readdirSync } from 'node:fs'
import { rootShell } from '../system/privilege.ts'
import { run } from '../system/run.ts'

const unitFolders = ['/lib/systemd/system', '/usr/lib/systemd/system', '/etc/systemd/system']

/** Names of the unit files that packages have put on this machine. */
export function unitFiles(folders: readonly string[] = unitFolders): ReadonlySet<string> {
  const names = folders.filter(existsSync).flatMap(folder => readdirSync(folder))
  return new Set(names.filter(name => /\.(service|socket|timer|path)$/.test(name)))
}

/** Unit files that came in between, without those of systemd itself: they are the machine's, not a service's. */
export function newUnits(
  before: ReadonlySet<string>,
  after: ReadonlySet<string>,
  ofSystemd: ReadonlySet<string>,
): readonly string[] {
  return [...after].filter(name => !before.has(name) && !ofSystemd.has(name)).toSorted()
}

/**
 * Takes back what packages do to their services beyond starting them, which policy-rc.d has forbidden: they are enabled for
 * the next boot, sockets too (erlang's epmd.socket). Says which were.
 */
export async function disableNewUnits(before: ReadonlySet<string>): Promise<readonly string[]> {
  const units = newUnits(before, unitFiles(), await unitsOfSystemd())
  if (units.length === 0 || !existsSync('/usr/bin/systemctl')) return []
  const { stdout } = await rootShell(disableScript, units)
  return stdout.split('\n').filter(line => line !== '')
}

/** Prints the units that were enabled. With --root systemctl works on files alone, also where no systemd runs. */
const disableScript = `
  for unit do
    [ "$(systemctl --root=/ is-enabled "$unit" 2>/dev/null)" = enabled ] || continue
    systemctl --root=/ --quiet disable "$unit" 2>/dev/null && echo "$unit"
  done
  if [ -d /run/systemd/system ]; then
    systemctl --quiet stop "$@" 2>/dev/null
    systemctl --quiet daemon-reload
  fi
  true`

async function unitsOfSystemd(): Promise<ReadonlySet<string>> {
  const { stdout } = await run('dpkg-query', ['--listfiles', 'systemd', 'udev', 'dbus', 'dbus-user-session'], {
    allowedExitStatuses: 'any',
  })
  return new Set(stdout.split('\n').flatMap(line => (line.includes('/systemd/') ? [line.replace(/^.*\//, '')] : [])))
}
