import { z } from 'zod'

/** QEMU's reason for the end of a machine, as its event SHUTDOWN gives it. */
export interface Shutdown {
  /** Whether the guest itself asked for it. */
  readonly guest: boolean
  readonly reason: string
}

const eventSchema = z.looseObject({
  event: z.literal('SHUTDOWN'),
  data: z.looseObject({ guest: z.boolean(), reason: z.string().default('unknown') }),
})

/** The SHUTDOWN event in a line of QMP; undefined for every other line. */
export function parseShutdown(line: string): Shutdown | undefined {
  try {
    const event = eventSchema.safeParse(JSON.parse(line))
    return event.success ? { guest: event.data.data.guest, reason: event.data.data.reason } : undefined
  } catch {
    return undefined
  }
}

/** A QMP command as it goes over the wire. `qmp_capabilities` must be the first. */
export function qmpCommand(
  name: 'qmp_capabilities' | 'system_powerdown' | 'quit' | 'pmemsave',
  given?: Readonly<Record<string, string | number>>,
): string {
  return `${JSON.stringify(given === undefined ? { execute: name } : { execute: name, arguments: given })}\n`
}
