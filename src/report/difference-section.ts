import type { InventoryDifference } from '../inventory/index.ts'
import { code, folded, plain, table } from './markdown.ts'
import { count, formatSize } from './quantity.ts'

/** `file +12 MB; packages: 2 added, 1 removed, 14 changed` */
export function differenceWords({ fileBytes, added, removed, changed, sameBytes }: InventoryDifference): string {
  if (sameBytes) return 'none: the same bytes as the previous image'
  const packages = `${added.length} added, ${removed.length} removed, ${changed.length} changed`
  return `file ${signedSize(fileBytes.now - fileBytes.before)}; packages: ${packages}`
}

/** The section that compares an image with the one before. */
export function differenceSection(difference: InventoryDifference): string {
  const { fileBytes, virtualBytes, packages, added, removed, changed, previous, sameBytes } = difference
  const heading = ['### Since the previous image', '']
  if (sameBytes) return [...heading, `${code(previous)} has the same bytes.`, ''].join('\n')
  const sizes = (what: string, { before, now }: { before: number; now: number }) => [
    what,
    formatSize(before),
    formatSize(now),
    signedSize(now - before),
  ]
  const number = packages.now - packages.before
  return [
    ...heading,
    table(
      [`${plain(previous)}`, 'before:', 'now:', 'difference:'],
      [
        sizes('file', fileBytes),
        ...(virtualBytes.before === virtualBytes.now ? [] : [sizes('virtual size', virtualBytes)]),
        [
          'packages',
          String(packages.before),
          String(packages.now),
          number === 0 ? '0' : signed(String(Math.abs(number)), number),
        ],
      ],
    ),
    list(
      'added',
      added.map(({ name, version }) => [name, version]),
    ),
    list(
      'removed',
      removed.map(({ name, version }) => [name, version]),
    ),
    list(
      'changed',
      changed.map(({ name, from, to }) => [name, from, to]),
    ),
  ].join('\n')
}

function list(what: string, rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return ''
  const headings = what === 'changed' ? ['package', 'from', 'to'] : ['package', 'version']
  return folded(
    `${count(rows.length, 'package')} ${what}`,
    table(
      headings,
      rows.map(row => row.map(code)),
    ),
  )
}

function signedSize(bytes: number): string {
  return bytes === 0 ? '0' : signed(formatSize(Math.abs(bytes)), bytes)
}

/** With a minus sign, not a hyphen. */
function signed(text: string, value: number): string {
  return `${value < 0 ? '\u2212' : '+'}${text}`
}
