import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, join } from 'node:path'
import type { BuiltImage } from './built-image.ts'
import { type CommandResult, troveImage } from './checkout.ts'
import { type HostSnapshot, leaks, snapshot } from './host.ts'
import { nodeBelow, type Point, points } from './points.ts'

export type Blow = 'SIGINT' | 'SIGTERM' | 'SIGKILL'

/** One interruption and what it left. */
export interface Interruption {
  readonly point: string
  readonly blow: Blow
  /** Whether the command was inside the point when the blow fell; an interruption that missed proves nothing. */
  readonly struck: 'inside' | 'too late' | 'never'
  readonly delaySeconds: number
  readonly exitStatus: number | null
  /** From the signal to the end of the command. */
  readonly endedAfterSeconds: number
  readonly leaks: Partial<Record<keyof HostSnapshot, string[]>>
  /** Files in the output folder that are neither logs nor documents of stages that had finished. */
  readonly halfFiles: readonly string[]
  readonly lastLines: readonly string[]
}

/** A small generator of reproducible numbers from 0 to 1 (mulberry32), so that a seed repeats a run. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/**
 * Runs the point's command for real, strikes it there after `delaySeconds`, waits for its end and compares the host. After
 * SIGKILL nothing can have been undone, so `trove-image clean` is run and the comparison made after it.
 */
export async function interrupt(
  point: Point,
  blow: Blow,
  delaySeconds: number,
  built: BuiltImage,
  folder: string,
): Promise<Interruption> {
  rmSync(folder, { recursive: true, force: true })
  const output = join(folder, 'out')
  mkdirSync(output, { recursive: true })
  for (const document of ['lock.json', 'plan.json']) copyFileSync(join(built.folder, document), join(output, document))
  const argumentsOf: Record<Point['command'], string[]> = {
    build: ['build', '--yes'],
    'build-image': ['build-image', '--plan', join(output, 'plan.json')],
    inspect: ['inspect', built.image],
    smoke: ['smoke', built.image],
  }
  const caches = [join(homedir(), '.cache')]
  const before = snapshot(caches)
  let struckAt: number | undefined
  let struck: Interruption['struck'] = 'never'
  let ended = false
  const logFile = join(folder, 'command.log')
  const running = troveImage([...argumentsOf[point.command], '--log', 'plain', '--output', output], {
    cwd: folder,
    logFile,
    timeoutSeconds: point.withinSeconds + 300,
    onStart: pid => {
      const deadline = performance.now() + point.withinSeconds * 1000
      const look = () => {
        if (ended || performance.now() > deadline) return
        if (!point.inside(output, pid)) {
          setTimeout(look, 50)
          return
        }
        setTimeout(() => {
          const node = nodeBelow(pid)
          if (ended || node === undefined) return
          struck = point.inside(output, pid) ? 'inside' : 'too late'
          struckAt = performance.now()
          process.kill(node, blow)
        }, delaySeconds * 1000)
      }
      look()
    },
  })
  const result: CommandResult = await running
  ended = true
  const endedAfterSeconds = struckAt === undefined ? 0 : (performance.now() - struckAt) / 1000
  if (blow === 'SIGKILL') {
    await troveImage(['clean'], { cwd: folder, logFile: join(folder, 'clean.log'), timeoutSeconds: 120 })
  }
  return {
    point: point.name,
    blow,
    struck,
    delaySeconds,
    exitStatus: result.exitStatus,
    endedAfterSeconds,
    leaks: leaks(before, snapshot(caches)),
    halfFiles: existsSync(output)
      ? readdirSync(output).filter(name => !/^(lock\.json|plan\.json|build\.log|console\.log|image\.json)$/.test(name))
      : [],
    lastLines: result.log.trimEnd().split('\n').slice(-3),
  }
}

/** What is wrong with an interruption, empty when it went as it should. */
export function faults(interruption: Interruption): string[] {
  const expected = { SIGINT: 130, SIGTERM: 143, SIGKILL: null }[interruption.blow]
  return [
    ...{
      inside: [],
      'too late': ['the work was past this point when the blow fell'],
      never: ['the point was never reached'],
    }[interruption.struck],
    ...(interruption.exitStatus === expected ? [] : [`exit status ${interruption.exitStatus}, expected ${expected}`]),
    ...Object.entries(interruption.leaks).map(([kind, items]) => `left ${kind}: ${items.join(', ')}`),
    ...interruption.halfFiles.map(name => `left half a file: ${basename(name)}`),
  ]
}

/** `count` interruptions: every point at least once and one SIGKILL, as far as the count allows; signal and delay by seed. */
export function draw(count: number, seed: number): { point: Point; blow: Blow; delaySeconds: number }[] {
  const random = seeded(seed)
  const killed = Math.floor(random() * Math.min(count, points.length))
  return Array.from({ length: count }, (_, index) => {
    const point = points[index % points.length] as Point
    const blow: Blow = index === killed ? 'SIGKILL' : random() < 0.5 ? 'SIGINT' : 'SIGTERM'
    return { point, blow, delaySeconds: Math.round(random() * point.delaySeconds * 10) / 10 }
  })
}
