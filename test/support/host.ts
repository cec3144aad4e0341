import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

/** What a run could leave behind on a host; two snapshots that differ are a leak (or a thing wrongly removed). */
export interface HostSnapshot {
  /** Mount point and type: options and order may change by themselves. */
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
    mounts: mountsOf(readFileSync('/proc/mounts', 'utf8')),
    loopDevices: lines(
      execFileSync('losetup', ['--list', '--noheadings', '--raw', '-O', 'NAME,BACK-FILE'], { encoding: 'utf8' }),
    ),
    deviceMapper: list('/dev/mapper'),
    processes: processes(),
    temporary: ['/tmp', '/var/tmp'].flatMap(folder =>
      list(folder)
        .filter(name =>
          /^(dib_|profiledir|image\.|trove-image|libguestfs|guestfs|\.guestfs|rabbit|mmdebstrap|tmp\.|console-)/.test(
            name,
          ),
        )
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
    runs: caches
      .map(cache => join(cache, 'trove-image/runs'))
      .flatMap(folder => list(folder).map(name => join(folder, name))),
  }
}

/** Kinds that others end and remove at any time: only what is new counts. */
const transient: readonly (keyof HostSnapshot)[] = ['processes', 'temporary', 'listening', 'runs']

/**
 * What is in `after` and not in `before`, and as `removed: ...` the other way round, by kind; an empty object when nothing
 * leaked and nothing was wrongly removed.
 */
export function leaks(before: HostSnapshot, after: HostSnapshot): Partial<Record<keyof HostSnapshot, string[]>> {
  const found: Partial<Record<keyof HostSnapshot, string[]>> = {}
  for (const kind of Object.keys(after) as (keyof HostSnapshot)[]) {
    const more = surplus(after[kind], before[kind])
    const less = transient.includes(kind) ? [] : surplus(before[kind], after[kind])
    const differences = [...more, ...less.map(item => `removed: ${item}`)]
    if (differences.length > 0) found[kind] = differences
  }
  return found
}

/** What `items` has more of than `others`: a second mount on the same place is one more. */
function surplus(items: readonly string[], others: readonly string[]): string[] {
  const rest = [...others]
  return items.filter(item => {
    const index = rest.indexOf(item)
    if (index >= 0) rest.splice(index, 1)
    return index < 0
  })
}

/** Mount point and type of each line of /proc/mounts. */
export function mountsOf(text: string): string[] {
  return lines(text).map(line => line.split(' ').slice(1, 3).join(' '))
}

function processes(): string[] {
  return list('/proc')
    .filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap(pid => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
        const isOurs =
          ours.test(command.split(' ').slice(0, 3).join(' ')) ||
          /trove-image\/runs|\bTROVE_IMAGE_PROCESS=/.test(command) ||
          isMarked(pid) ||
          hasOwnRoot(pid)
        return isOurs ? [`${pid} ${command.slice(0, 200)}`] : []
      } catch {
        return [] // it ended while we looked
      }
    })
}

/** Whether the product started it: each of its children carries a mark in its environment (src/system/run.ts). */
function isMarked(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1')
      .split('\0')
      .some(entry => entry.startsWith('TROVE_IMAGE_PROCESS='))
  } catch {
    return false // it ended, or it belongs to another user
  }
}

/** Whether a process lives in a root file system of its own, as whatever a chroot has left running does. */
function hasOwnRoot(pid: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/root`) !== '/'
  } catch {
    return false // it ended, or it belongs to another user
  }
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
