/** A bar of a chart. */
export interface Bar {
  readonly name: string
  readonly seconds: number
}

/**
 * A Mermaid chart of pieces of work that follow one another, a row for each. The time starts at 0 and is labelled in seconds,
 * which no time zone shifts.
 */
export function gantt(
  title: string,
  sections: readonly { readonly name: string; readonly bars: readonly Bar[] }[],
): string {
  const lines = ['gantt', `  title ${label(title)}`, '  dateFormat x', '  axisFormat %s s']
  let start = 0
  for (const { name, bars } of sections) {
    if (bars.length === 0) continue
    lines.push(`  section ${label(name)}`)
    for (const bar of bars) {
      const milliseconds = Math.max(1, Math.round(bar.seconds * 1000))
      lines.push(`  ${label(bar.name)} :${start}, ${milliseconds}ms`)
      start += milliseconds
    }
  }
  return `\`\`\`mermaid\n${lines.join('\n')}\n\`\`\`\n`
}

/** Mermaid ends a name at a colon, a statement at a semicolon or a line end, and begins a comment at %% or #. */
function label(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N} ._/()+-]/gu, ' ').trim()
}
