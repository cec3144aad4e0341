import { stripVTControlCharacters } from 'node:util'

/**
 * Text from an image or a log inside Markdown: control characters go, and what Markdown or HTML would read as its own is
 * escaped, so that a file name in an image cannot alter the report.
 */
export function plain(text: string): string {
  return withoutControls(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[\\`*_[\]|#~]/g, character => `\\${character}`)
}

/** Text inside an HTML element, where Markdown is not read: only what HTML would take for its own is escaped. */
export function html(text: string): string {
  return withoutControls(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

/** Markdown that is shown when its title is clicked; the title is text. */
export function folded(title: string, markdown: string): string {
  return `<details><summary>${html(title)}</summary>\n\n${markdown.trimEnd()}\n\n</details>\n`
}

/** Text in a code span, whatever backticks it holds; inside a table also safe against the cell's border. */
export function code(text: string): string {
  const content = withoutControls(text).replaceAll('|', '\\|')
  if (content.trim() === '') return ''
  const fence = '`'.repeat(longestRun(content) + 1)
  const padding = /^`|`$/.test(content) ? ' ' : ''
  return `${fence}${padding}${content}${padding}${fence}`
}

/** A table; the cells are Markdown already. Columns whose heading ends with a colon are set to the right. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell => cell.replaceAll('\n', '<br>')).join(' | ')} |`
  return [
    line(headings.map(heading => heading.replace(/:$/, ''))),
    line(headings.map(heading => (heading.endsWith(':') ? '---:' : '---'))),
    ...rows.map(line),
    '',
  ].join('\n')
}

/** A block of lines as they are, with a fence that none of them can close. */
export function block(lines: readonly string[], language = ''): string {
  const content = lines.map(withoutControls)
  const fence = '`'.repeat(Math.max(3, longestRun(content.join('\n')) + 1))
  return `${[`${fence}${language}`, ...content, fence].join('\n')}\n`
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
}

/** Control and formatting characters (colours, cursor movements, changes of writing direction) but line ends and tabs. */
function withoutControls(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/(?![\n\t])[\p{Cc}\p{Cf}]/gu, '')
}
