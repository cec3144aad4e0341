import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ToolError } from './errors.ts'
import { makeWorkFolder } from './journal.ts'
import { run } from './run.ts'

export type Accelerator = 'kvm' | 'tcg'

/** How a tiny guest fared with an accelerator. */
export type Trial =
  | { readonly outcome: 'right'; readonly seconds: number }
  | { readonly outcome: 'wrong'; readonly why: string }

/** What to run guests with here, and why. */
export interface AcceleratorMeasurement {
  readonly accelerator: Accelerator
  /** A sentence for people: `/dev/kvm works: 0.11 s against 0.14 s by emulation`. */
  readonly reason: string
}

const emulator = 'qemu-system-x86_64'
/** A healthy trial takes some tenths of a second; a busy machine may need ten times as long. */
const longestSeconds = 10

let measured: Promise<AcceleratorMeasurement> | undefined

/**
 * Runs a boot sector under emulation and under KVM and says which one to use. `/dev/kvm` that exists, opens and even makes a
 * virtual CPU may still abort QEMU or be many times slower than emulation (nested hosts), so it is measured. The answer holds
 * for the life of this process. A machine without QEMU answers `tcg`; whoever needs QEMU says so when it starts it.
 *
 * @throws InterruptedError when `signal` aborts
 */
export function measureAccelerator(signal?: AbortSignal): Promise<AcceleratorMeasurement> {
  measured ??= measure(signal).catch(error => {
    measured = undefined
    throw error
  })
  return measured
}

async function measure(signal: AbortSignal | undefined): Promise<AcceleratorMeasurement> {
  if (!existsSync('/dev/kvm')) return { accelerator: 'tcg', reason: 'there is no /dev/kvm' }
  if (process.arch !== 'x64') {
    return { accelerator: 'tcg', reason: `guests are x86_64 and this machine is ${process.arch}: KVM cannot run them` }
  }
  const sector = join(makeWorkFolder('accelerator'), 'boot-sector')
  writeFileSync(sector, bootSector())
  // One after the other: side by side they would slow each other down.
  const emulation = await attempt(sector, 'tcg', longestSeconds, signal)
  // What takes four times as long as emulation is of no use.
  const enough = emulation.outcome === 'right' ? Math.max(2, 4 * emulation.seconds) : longestSeconds
  return chooseAccelerator(emulation, await attempt(sector, 'kvm', enough, signal))
}

/**
 * KVM when it gave the right answer and was not clearly slower than emulation. Start-up of QEMU is most of a healthy trial,
 * and its time swings on a busy machine, so only more than twice the time counts as slower.
 */
export function chooseAccelerator(emulation: Trial, kvm: Trial): AcceleratorMeasurement {
  const text = (seconds: number) => `${seconds.toFixed(2)} s`
  if (kvm.outcome === 'wrong') {
    const other =
      emulation.outcome === 'right' ? `works: ${text(emulation.seconds)}` : `does not work: ${emulation.why}`
    return { accelerator: 'tcg', reason: `/dev/kvm does not work: ${kvm.why}; emulation ${other}` }
  }
  if (emulation.outcome === 'wrong') {
    return { accelerator: 'kvm', reason: `/dev/kvm works: ${text(kvm.seconds)} (by emulation: ${emulation.why})` }
  }
  const against = `${text(kvm.seconds)} against ${text(emulation.seconds)} by emulation`
  return kvm.seconds > 2 * emulation.seconds
    ? { accelerator: 'tcg', reason: `/dev/kvm is slower than emulation: ${against}` }
    : { accelerator: 'kvm', reason: `/dev/kvm works: ${against}` }
}

/** `mov al, 16; out 0xf4, al; hlt; jmp $-1`: tells QEMU's isa-debug-exit to end with status 2 x 16 + 1. */
export function bootSector(): Buffer {
  const sector = Buffer.alloc(512)
  Buffer.from([0xb0, 0x10, 0xe6, 0xf4, 0xf4, 0xeb, 0xfd]).copy(sector)
  sector.writeUInt16LE(0xaa55, 510)
  return sector
}

const rightStatus = 33

async function attempt(
  sector: string,
  accelerator: Accelerator,
  limitSeconds: number,
  signal: AbortSignal | undefined,
): Promise<Trial> {
  // The machine and the processor are those that guests are run with.
  const cpu = accelerator === 'kvm' ? 'host' : 'max'
  const args = ['-machine', `q35,accel=${accelerator}`, '-cpu', cpu, '-m', '32', '-nodefaults', '-no-user-config']
  args.push('-display', 'none', '-no-reboot', '-device', 'isa-debug-exit,iobase=0xf4,iosize=0x04')
  args.push('-drive', `file=${sector},format=raw,if=floppy,readonly=on`)
  try {
    const { durationSeconds } = await run(emulator, args, {
      supervised: true,
      timeoutSeconds: limitSeconds,
      graceSeconds: 1,
      signal,
      allowedExitStatuses: [rightStatus],
    })
    return { outcome: 'right', seconds: durationSeconds }
  } catch (error) {
    if (!(error instanceof ToolError)) throw error
    return { outcome: 'wrong', why: wordsOf(error) }
  }
}

/** QEMU's own last line, or what became of it. */
function wordsOf(error: ToolError): string {
  const lines = error.message.split('\n').map(line => line.trim())
  const own = lines.slice(lines.indexOf('last lines:') + 1).findLast(line => line !== '')
  const what = /: (was still running after .*|was ended by a signal|ended with exit status .*)$/.exec(
    lines[0] ?? '',
  )?.[1]
  if (what === undefined) return lines[0] ?? error.message
  return own === undefined || own === lines[0] ? `QEMU ${what}` : `QEMU ${what} (${own})`
}
