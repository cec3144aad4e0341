import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { asError, EnvironmentError, InterruptedError } from '../system/errors.ts'
import { type Child, start } from '../system/run.ts'
import { type MachinePlan, qemuArguments } from './qemu-command.ts'
import { parseShutdown, qmpCommand, type Shutdown } from './qmp.ts'
import { textMemory } from './screen.ts'

const program = 'qemu-system-x86_64'
/** Linux counts a process' time in hundredths of a second for every user space (USER_HZ). */
const ticksPerSecond = 100

/** A running virtual machine. */
export class Machine {
  readonly #child: Child
  #shutdown: Shutdown | undefined
  #exit: string | undefined

  private constructor(plan: MachinePlan, limitSeconds: number, signal: AbortSignal | undefined) {
    this.#child = start(program, qemuArguments(plan), {
      supervised: true,
      timeoutSeconds: limitSeconds,
      graceSeconds: 5,
      signal,
      discardOutput: true,
      onLine: (line, stream) => {
        if (stream === 'stdout') this.#shutdown ??= parseShutdown(line)
      },
    })
    this.#child.write(qmpCommand('qmp_capabilities'))
    this.#child.done.then(
      () => {
        this.#exit = this.#describeExit('QEMU ended')
      },
      error => {
        this.#exit = error instanceof InterruptedError ? error.message : this.#describeExit(asError(error).message)
      },
    )
  }

  /**
   * Starts QEMU. `limitSeconds` is the last resort against a machine that nobody stops.
   * @throws EnvironmentError when QEMU is not installed
   */
  static start(plan: MachinePlan, limitSeconds: number, signal?: AbortSignal): Machine {
    if (!['/usr/bin', '/usr/local/bin', '/bin'].some(folder => existsSync(`${folder}/${program}`))) {
      throw new EnvironmentError(
        `The smoke test boots the image in ${program}, which is not installed. ` +
          'Install the package qemu-system-x86 ("trove-image setup" does it).',
      )
    }
    return new Machine(plan, limitSeconds, signal)
  }

  /** Why the machine is gone; undefined while it runs. */
  get exit(): string | undefined {
    return this.#exit
  }

  /** Processor time that QEMU has used so far. */
  get processorSeconds(): number {
    try {
      const stat = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
    } catch {
      return 0
    }
  }

  /** Has QEMU write what is on the screen in text mode into a file, see {@link readScreen}. */
  saveScreen(path: string): void {
    const { address, bytes } = textMemory
    this.#child.write(qmpCommand('pmemsave', { val: address, size: bytes, filename: path }))
  }

  /** Presses the power button, waits, then pulls the plug. Says whether the guest went down by itself. */
  async powerDown(seconds: number): Promise<boolean> {
    if (this.#exit === undefined) {
      this.#child.write(qmpCommand('system_powerdown'))
      const timer = new AbortController()
      const ended = this.#child.done.then(
        () => true,
        () => true,
      )
      const late = pause(seconds * 1000, false, { signal: timer.signal }).catch(() => false)
      const orderly = await Promise.race([ended, late])
      timer.abort()
      if (orderly) return true
      this.#child.write(qmpCommand('quit'))
      await Promise.race([ended, pause(5000)])
    }
    await this.kill()
    return false
  }

  /** Ends QEMU at once. */
  async kill(): Promise<void> {
    await this.#child.stop()
    await this.#child.done.catch(() => undefined)
  }

  #describeExit(otherwise: string): string {
    switch (this.#shutdown?.reason) {
      case 'guest-shutdown':
        return 'the guest powered itself off'
      case 'guest-reset':
        return 'the guest reset itself'
      case 'guest-panic':
        return "the guest's kernel panicked"
      default:
        return otherwise
    }
  }
}
