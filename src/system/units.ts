import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { rootShell } from './privilege.ts'
import { run } from './run.ts'

/** Packages whose units are the machine's own, not a service's. */
const ofTheMachine = new Set(['systemd', 'udev', 'dbus', 'dbus-user-session'])

/** Names of the units that something on this machine wants at boot. */
export function enabledUnits(folder = '/etc/systemd/system'): string[] {
  const list = (path: string) => (existsSync(path) ? readdirSync(path) : [])
  return list(folder)
    .filter(name => /\.(wants|requires)$/.test(name))
    .flatMap(name => list(join(folder, name)))
    .toSorted()
}

/** The units among the files of packages that can be started by themselves. */
export function unitsAmong(files: string): string[] {
  const names = files.split('\n').flatMap(line => {
    const unit = /^(?:\/usr)?\/(?:lib|etc)\/systemd\/system\/([^/]+\.(?:service|socket|timer|path))$/.exec(line)?.[1]
    return unit === undefined ? [] : [unit]
  })
  return [...new Set(names)].toSorted()
}

/**
 * Takes back what packages do to their services beyond starting them, which policy-rc.d has forbidden: they are enabled for
 * the next boot, sockets too (erlang's epmd.socket). What was enabled before stays. Says which units were disabled.
 */
export async function disableUnitsOf(packages: readonly string[], enabledBefore: readonly string[]): Promise<string[]> {
  const services = packages.filter(name => !ofTheMachine.has(name.replace(/:.*$/, '')))
  if (services.length === 0 || !existsSync('/usr/bin/systemctl')) return []
  const files = await run('dpkg-query', ['--listfiles', ...services], { allowedExitStatuses: 'any' })
  const units = unitsAmong(files.stdout).filter(unit => !enabledBefore.includes(unit))
  if (units.length === 0) return []
  const { stdout } = await rootShell(disableScript, units)
  return stdout.split('\n').filter(line => line !== '')
}

/** Prints the units that were enabled. With --root systemctl works on files alone, also where no systemd runs. */
const disableScript = `
  status=0
  for unit do
    [ "$(systemctl --root=/ is-enabled "$unit" 2>/dev/null)" = enabled ] || continue
    systemctl --root=/ --quiet disable "$unit" || { status=1; continue; }
    echo "$unit"
    [ ! -d /run/systemd/system ] || systemctl --quiet stop "$unit" 2>/dev/null
  done
  [ ! -d /run/systemd/system ] || systemctl --quiet daemon-reload
  exit $status`
