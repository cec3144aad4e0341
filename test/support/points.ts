import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A place in the work where an interruption is aimed. `inside` looks from outside, as a person with `ps` would. */
export interface Point {
  readonly name: string
  /** The command that gets there, without `--output`. */
  readonly command: 'build' | 'build-image' | 'inspect' | 'smoke'
  /** Waits at most this long for the point; the work before it takes minutes. */
  readonly withinSeconds: number
  /** The longest wait between the first sight of the point and the blow that still falls inside it on a fast machine. */
  readonly delaySeconds: number
  /** Whether the command of that process id is in this place now. */
  inside(output: string, pid: number): boolean
}

/** Every place that the issue of the first release names, in the order in which a build passes them. */
export const points: readonly Point[] = [
  { name: 'root.d', command: 'build', withinSeconds: 600, delaySeconds: 2, inside: phase('root.d', 'extra-data.d') },
  {
    name: 'install.d',
    command: 'build',
    withinSeconds: 900,
    delaySeconds: 2,
    inside: phase('install.d', 'post-install.d'),
  },
  {
    name: 'block device',
    command: 'build-image',
    withinSeconds: 900,
    delaySeconds: 2,
    inside: logged(/Calculating image size/, runningHook('finalise.d')),
  },
  {
    name: 'finalise.d',
    command: 'build-image',
    withinSeconds: 900,
    delaySeconds: 0,
    inside: phase('finalise.d', 'cleanup.d'),
  },
  {
    name: 'disk',
    command: 'build-image',
    withinSeconds: 900,
    // Where the disk is fast it takes less than a second.
    delaySeconds: 0.2,
    inside: running(/^(mke2fs|mkfs\.ext4) /),
  },
  {
    name: 'guestfish in the disk step',
    command: 'build-image',
    withinSeconds: 900,
    delaySeconds: 2,
    inside: running(/qemu-system.*guestfs/),
  },
  {
    name: 'convert',
    command: 'build-image',
    withinSeconds: 900,
    delaySeconds: 1,
    inside: running(/^qemu-img convert/),
  },
  {
    name: 'guestfish in the inspection',
    command: 'inspect',
    withinSeconds: 240,
    delaySeconds: 2,
    inside: running(/qemu-system.*guestfs/),
  },
  {
    name: 'broker start',
    command: 'smoke',
    withinSeconds: 240,
    delaySeconds: 1,
    inside: running(/beam\.smp|rabbitmq-server/),
  },
  {
    name: 'QEMU',
    command: 'smoke',
    withinSeconds: 240,
    delaySeconds: 2,
    inside: running(/^qemu-system-\S+ .*(config-?drive|config-2|cdrom|overlay)/),
  },
]

function runningHook(name: string): RegExp {
  return new RegExp(`dib-run-parts Running \\S*/${name.replaceAll('.', '\\.')}/`)
}

/** From the first hook of one phase to the first of the next one. */
function phase(name: string, next: string): Point['inside'] {
  return logged(runningHook(name), runningHook(next))
}

/** DIB's own log in the output folder, as the build writes it: something has begun and what follows it has not. */
function logged(begun: RegExp, over: RegExp): Point['inside'] {
  return output => {
    const file = join(output, 'build.log')
    const log = existsSync(file) ? readFileSync(file, 'utf8') : ''
    return begun.test(log) && !over.test(log)
  }
}

/** A program that the command has started, itself or through others. */
function running(pattern: RegExp): Point['inside'] {
  return (_output, pid) => {
    const parents = new Map<number, number>()
    const found: number[] = []
    for (const folder of globSync('/proc/[0-9]*')) {
      const process = Number(folder.slice('/proc/'.length))
      try {
        const stat = readFileSync(join(folder, 'stat'), 'utf8')
        parents.set(process, Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]))
        const words = readFileSync(join(folder, 'cmdline'), 'utf8').split('\0').join(' ').trim()
        if (pattern.test(words.replace(/^\S*\//, ''))) found.push(process)
      } catch {
        // it ended while we looked
      }
    }
    const below = (process: number): boolean => process === pid || (process > 1 && below(parents.get(process) ?? 0))
    return found.some(below)
  }
}

/** The process that node itself is, below launcher, runuser and sudo: the one that a terminal's Ctrl-C reaches. */
export function nodeBelow(pid: number): number | undefined {
  const children = execFileSync('/bin/sh', ['-c', 'pgrep -P "$1" || true', 'sh', String(pid)], { encoding: 'utf8' })
  const command = existsSync(`/proc/${pid}/cmdline`) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8') : ''
  if (/dist\/cli\/main\.js/.test(command) && /(^|\/)node\0/.test(command)) return pid
  for (const child of children.split('\n').filter(Boolean)) {
    const found = nodeBelow(Number(child))
    if (found !== undefined) return found
  }
  return undefined
}
