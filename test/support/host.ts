import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a run could leave behind on a host; two snapshots that differ are a leak (or a thing wrongly removed). */
export interface HostSnapshot {
  readonly mounts: readonly string[]
  readonly loopDevices: readonly string[]
  readonly deviceMapper: readonly string[]
  /** Command lines of programs that this project starts, and of whatever lives in a root of its own. */
  readonly processes: readonly string[]
  readonly temporary: readonly string[]
  /** Listening TCP sockets, address and port. */
  readonly listening: readonly string[]
  readonly enabledUnits: readonly string[]
  readonly runs: readonly string[]
}

const ours =
  /disk-image-create|dib-run-parts|guestfish|guestmount|supermin|qemu-|beam|rabbitmq|epmd|erl_|mke2fs|sfdisk|debootstrap|dpkg|apt-get/

/** `caches` are the cache folders whose `trove-image/runs` is looked at. */
export function snapshot(caches: readonly string[]): HostSnapshot {
  return {
    mounts: lines(readFileSync('/proc/mounts', 'utf8')),
    loopDevices: lines(
      execFileSync('losetup', ['--list', '--noheadings', '--raw', '-O', 'NAME,BACK-FILE'], { encoding: 'utf8' }),
    ),
    deviceMapper: list('/dev/mapper'),
    processes: processes(),
    temporary: ['/tmp', '/var/tmp'].flatMap(folder =>
      list(folder)
        .filter(name => /^(dib_|profiledir|image\.|trove-image|libguestfs|guestfs|\.guestfs|rabbit|tmp\.)/.test(name))
        // The appliance's cache of libguestfs is made once for a user and meant to stay.
        .filter(name => !/^\.guestfs-\d+$/.test(name))
        .map(name => join(folder, name)),
    ),
    listening: listening(),
    enabledUnits: ['/etc/systemd/system'].flatMap(folder =>
      list(folder)
        .filter(name => /\.(wants|requires)$/.test(name))
        .flatMap(name => list(join(folder, name)).map(unit => `${name}/${unit}`)),
    ),
    runs: caches.flatMap(cache => list(join(cache, 'trove-image/runs')).map(name => join(cache, name))),
  }
}

/** What is in `after` and not in `before`, by kind; an empty object when nothing leaked. */
export function leaks(before: HostSnapshot, after: HostSnapshot): Partial<Record<keyof HostSnapshot, string[]>> {
  const found: Partial<Record<keyof HostSnapshot, string[]>> = {}
  for (const kind of Object.keys(after) as (keyof HostSnapshot)[]) {
    const more = after[kind].filter(item => !before[kind].includes(item))
    if (more.length > 0) found[kind] = more
  }
  return found
}

function processes(): string[] {
  return list('/proc')
    .filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap(pid => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
        return ours.test(command.split(' ').slice(0, 3).join(' ')) ? [`${pid} ${command.slice(0, 200)}`] : []
      } catch {
        return [] // it ended while we looked
      }
    })
}

function listening(): string[] {
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap(file =>
    lines(readFileSync(file, 'utf8'))
      .slice(1)
      .map(line => line.trim().split(/\s+/))
      .filter(columns => columns[3] === '0A')
      .map(columns => String(columns[1])),
  )
}

function list(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : []
}

function lines(text: string): string[] {
  return text.split('\n').filter(line => line !== '')
}
