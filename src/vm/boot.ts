import { statSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { InterruptedError } from '../system/errors.ts'
import { BootWatch, type Ending, type Moment } from './boot-watch.ts'
import { type Limits, mostConsoleBytes } from './limits.ts'
import { Machine } from './machine.ts'
import type { MachinePlan } from './qemu-command.ts'
import { readScreen } from './screen.ts'
import { TextFeed } from './text-feed.ts'

/** What the boot reports while it goes on. */
export type BootEvent =
  | { readonly kind: 'moment'; readonly event: string; readonly seconds: number }
  | { readonly kind: 'line'; readonly text: string; readonly seconds: number }

export interface BootOptions {
  readonly plan: MachinePlan
  readonly limits: Limits
  readonly until: 'registered' | 'login'
  /** Waits for the agent; calls `report` for each step it sees. Ended by the signal when the boot is over. */
  readonly registration?: (report: (event: string) => void, signal: AbortSignal) => Promise<unknown>
  readonly onEvent: (event: BootEvent) => void
  readonly signal: AbortSignal
}

export interface BootResult {
  readonly ending: Ending
  readonly moments: readonly Moment[]
  readonly notes: readonly string[]
  readonly console: readonly string[]
  readonly loginPrompt: boolean
  /** How often systemd said on the console that it started the agent. */
  readonly agentStarts: number
}

const tickMilliseconds = 200
/** How often the screen is looked at while the kernel has not started. */
const screenSeconds = 2
/** How much more of a dying console is read: a panic's backtrace comes after its first line. */
const lastWordsSeconds = 3

/**
 * Boots a guest and watches console, firmware, QEMU and broker until the first of them decides; then powers it down.
 *
 * @throws whatever `registration` throws for a fault that is not the guest's, and InterruptedError
 */
export async function boot(options: BootOptions): Promise<BootResult> {
  const { plan, limits, signal } = options
  const watch = new BootWatch(limits, options.until)
  const lines: string[] = []
  const startedAt = performance.now()
  const now = () => (performance.now() - startedAt) / 1000
  let announced = 0
  const announce = () => {
    for (const moment of watch.moments.slice(announced)) options.onEvent({ kind: 'moment', ...moment })
    announced = watch.moments.length
  }
  const take = (text: string) => {
    lines.push(text)
    watch.line(text, now())
    options.onEvent({ kind: 'line', text, seconds: now() })
  }
  const console = new TextFeed(plan.console, take, mostConsoleBytes)
  const firmware =
    plan.firmware.kind === 'bios'
      ? new TextFeed(plan.firmware.log, text => watch.line(text, now()), mostConsoleBytes)
      : null

  // UEFI shows its screen on the serial console, too.
  const screen = plan.firmware.kind === 'bios' ? `${plan.firmware.log}.screen` : undefined
  let screenAt = 0

  const machine = Machine.start(plan, limits.capSeconds + 600, signal)
  // Also while it is being powered down.
  const guard = setInterval(() => {
    const files = [plan.console, ...(plan.firmware.kind === 'bios' ? [plan.firmware.log] : [])]
    if (files.some(file => sizeOf(file) >= mostConsoleBytes)) void machine.kill().catch(() => undefined)
  }, tickMilliseconds)
  const over = new AbortController()
  let fault: unknown
  const registering = options
    .registration?.(event => watch.event(event, now()), over.signal)
    .then(() => watch.registered(now()))
    .catch((error: unknown) => {
      if (!over.signal.aborted) fault = error
    })
  try {
    while (watch.ending === undefined && fault === undefined) {
      await pause(tickMilliseconds)
      if (signal.aborted) throw interruption(signal)
      firmware?.poll()
      console.poll()
      watch.printed(Math.max(console.bytes, firmware?.bytes ?? 0))
      watch.unfinished(console.unfinished, now())
      if (screen !== undefined && !watch.kernelSeen && now() - screenAt >= screenSeconds) {
        watch.screen(readScreen(screen), now())
        machine.saveScreen(screen)
        screenAt = now()
      }
      if (machine.exit !== undefined) watch.exited(machine.exit)
      watch.tick(now(), machine.processorSeconds)
      announce()
    }
    over.abort()
    await registering
    if (fault !== undefined) throw fault
    const ending = watch.ending ?? { kind: 'cap', seconds: limits.capSeconds }
    if (ending.kind === 'console') await pause(lastWordsSeconds * 1000)
    await machine.powerDown(canPowerDown(watch, ending) ? limits.powerDownSeconds : 0)
    if (signal.aborted) throw interruption(signal)
    console.close()
    announce()
    return {
      ending,
      moments: watch.moments,
      notes: watch.notes,
      console: lines,
      loginPrompt: watch.loginPrompt,
      agentStarts: watch.agentStarts,
    }
  } finally {
    clearInterval(guard)
    over.abort()
    await machine.kill().catch(() => undefined)
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

/** A guest without a running systemd does not hear its power button; waiting for it would only cost time. */
function canPowerDown(watch: BootWatch, ending: Ending): boolean {
  if (ending.kind === 'exit' || ending.kind === 'flood') return false
  return watch.moments.some(moment => moment.event === 'systemd')
}

function interruption(signal: AbortSignal): InterruptedError {
  return signal.reason instanceof InterruptedError ? signal.reason : new InterruptedError('SIGTERM')
}
