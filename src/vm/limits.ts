import type { Accelerator } from '../system/accelerator.ts'

/** How long each thing may take, in seconds. */
export interface Limits {
  /** The whole boot, whatever happens. */
  readonly capSeconds: number
  /** Nothing new on the console and no processor time used. */
  readonly stallSeconds: number
  /** From a guest that is up (login prompt, or cloud-init's last stage) to the agent's first answer. */
  readonly agentSeconds: number
  /** One rpc_ping. */
  readonly pingSeconds: number
  /** From the power button to the end. */
  readonly powerDownSeconds: number
}

/** What a guest may print on its console, or its firmware on its log; a boot prints a hundredth of it. */
export const mostConsoleBytes = 16 * 1024 ** 2

/** Emulation needs about ten times as long as KVM for the same boot, and more on a busy machine. */
export function limitsFor(accelerator: Accelerator, capSeconds?: number): Limits {
  const limits =
    accelerator === 'kvm'
      ? { capSeconds: 600, stallSeconds: 60, agentSeconds: 180, pingSeconds: 30, powerDownSeconds: 30 }
      : { capSeconds: 1800, stallSeconds: 180, agentSeconds: 600, pingSeconds: 60, powerDownSeconds: 60 }
  return capSeconds === undefined ? limits : { ...limits, capSeconds }
}
