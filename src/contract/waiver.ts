import type { Inventory } from '../inventory/index.ts'
import { InputError } from '../system/errors.ts'
import { nearest } from '../system/nearest.ts'
import { rules } from './rules.ts'

/** An exception to a rule: with a reason, and a day after which it no longer counts. */
export interface Waiver {
  readonly rule: string
  /** The last day on which it counts, `YYYY-MM-DD` (UTC). */
  readonly until: string
  readonly reason: string
}

/** An exception that comes with this project, for a fault of something that we ship as it is. */
interface StandingWaiver extends Waiver {
  readonly applies: (inventory: Inventory) => boolean
}

const standing: readonly StandingWaiver[] = [
  {
    rule: 'agent-docker-hostnic',
    until: '2027-06-30',
    reason:
      "Debian's trove-guestagent ships neither the plugin nor its units; its guests need a Trove with network_isolation = False",
    applies: inventory =>
      inventory.packages.some(({ name, state }) => name === 'trove-guestagent' && state === 'installed'),
  },
]

/** The exceptions that come with this project. */
export const standingExceptions: readonly Waiver[] = standing

/** The standing exceptions that apply to an image. */
export function standingWaivers(inventory: Inventory): Waiver[] {
  return standing
    .filter(waiver => waiver.applies(inventory))
    .map(({ rule, until, reason }) => ({ rule, until, reason }))
}

/**
 * Reads exceptions as given: `RULE UNTIL REASON`, such as `no-proxies 2027-01-31 our guests live behind this proxy`.
 *
 * @throws InputError for another form, an unknown rule, or a day that does not exist
 */
export function parseWaivers(lines: readonly string[]): Waiver[] {
  return lines.map(line => {
    const match = /^\s*(\S+)\s+(\d{4}-\d{2}-\d{2})\s+(\S.*?)\s*$/.exec(line)
    if (!match) {
      throw new InputError(
        `waive: "${line}" is not of the form "RULE YYYY-MM-DD REASON" (the day is the last one on which it counts)`,
      )
    }
    const [, rule = '', until = '', reason = ''] = match
    if (!rules.some(({ id }) => id === rule)) {
      const guess = nearest(
        rule,
        rules.map(({ id }) => id),
      )
      throw new InputError(`waive: there is no rule "${rule}"${guess ? `; did you mean "${guess}"?` : ''}`)
    }
    const day = new Date(`${until}T00:00:00Z`)
    if (Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== until) {
      throw new InputError(`waive: "${until}" in "${line}" is not a day of the calendar`)
    }
    return { rule, until, reason }
  })
}
