import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A place in the work where an interruption is aimed. `reached` looks from outside, as a person with `ps` would. */
export interface Point {
  readonly name: string
  /** The command that gets there, without `--output`. */
  readonly command: 'build' | 'build-image' | 'inspect' | 'smoke'
  /** Waits at most this long for the point; the work before it takes minutes. */
  readonly withinSeconds: number
  reached(output: string): boolean
}

/** Every place that the issue of the first release names, in the order in which a build passes them. */
export const points: readonly Point[] = [
  { name: 'root.d', command: 'build', withinSeconds: 240, reached: logged(/dib-run-parts Running \S*\/root\.d\//) },
  {
    name: 'install.d',
    command: 'build',
    withinSeconds: 420,
    reached: logged(/dib-run-parts Running \S*in_target\.d\/install\.d\//),
  },
  { name: 'block device', command: 'build-image', withinSeconds: 600, reached: logged(/Calculating image size/) },
  {
    name: 'finalise.d',
    command: 'build-image',
    withinSeconds: 600,
    reached: logged(/dib-run-parts Running \S*\/finalise\.d\//),
  },
  { name: 'disk', command: 'build-image', withinSeconds: 600, reached: running(/^(mke2fs|mkfs\.ext4) /) },
  {
    name: 'guestfish in the disk step',
    command: 'build-image',
    withinSeconds: 600,
    reached: running(/guestfish|qemu-system.*guestfs/),
  },
  { name: 'convert', command: 'build-image', withinSeconds: 600, reached: running(/^qemu-img convert/) },
  {
    name: 'guestfish in the inspection',
    command: 'inspect',
    withinSeconds: 120,
    reached: running(/qemu-system.*guestfs/),
  },
  { name: 'broker start', command: 'smoke', withinSeconds: 120, reached: running(/beam\.smp|rabbitmq-server/) },
  {
    name: 'QEMU',
    command: 'smoke',
    withinSeconds: 240,
    reached: running(/^qemu-system-\S+ .*(config-?drive|config-2|cdrom|overlay)/),
  },
]

/** DIB's own log in the output folder, as the build writes it. */
function logged(pattern: RegExp): Point['reached'] {
  return output => {
    const file = join(output, 'build.log')
    return existsSync(file) && pattern.test(readFileSync(file, 'utf8'))
  }
}

function running(pattern: RegExp): Point['reached'] {
  return () =>
    globSync('/proc/[0-9]*/cmdline').some(file => {
      try {
        const words = readFileSync(file, 'utf8').split('\0').join(' ').trim()
        return pattern.test(words.replace(/^\S*\//, ''))
      } catch {
        return false // it ended while we looked
      }
    })
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
