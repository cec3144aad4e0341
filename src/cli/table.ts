import type { SummaryLine } from '../stage.ts'
import { formatDuration } from '../system/duration.ts'

/** The table that ends a run; the duration stands at the right where there is one. */
export function formatTable(lines: readonly SummaryLine[]): string {
  const labelWidth = Math.max(10, ...lines.map(line => line.label.length))
  const textWidth = Math.min(60, Math.max(0, ...lines.filter(hasTime).map(line => line.text.length)))
  return lines
    .map(line => {
      const start = `${line.label.padEnd(labelWidth)}  ${line.text}`
      if (line.seconds === undefined) return `${start}\n`
      return `${start.padEnd(labelWidth + 2 + textWidth)}  ${formatDuration(line.seconds).padStart(11)}\n`
    })
    .join('')
}

function hasTime(line: SummaryLine): boolean {
  return line.seconds !== undefined
}
