import { contractSection } from './contract-section.ts'
import type { ReportDocuments } from './documents.ts'
import { type Guest, guestOf, packagesSection } from './guest.ts'
import { code, plain, table } from './markdown.ts'
import { count, formatSize } from './quantity.ts'
import { smokeSection } from './smoke-section.ts'
import { sourceRows } from './sources.ts'
import { stepsSection } from './steps-section.ts'
import { useSections } from './use-section.ts'

/** What a level means, in words that promise nothing more. */
const meanings = {
  none: 'No level was reached. Do not use this image for more than finding out why.',
  inspected:
    'The image keeps the written contract for a Trove guest. It has not been shown to boot, nor that its agent registers.',
  registered:
    'The image keeps the written contract for a Trove guest. It was booted unchanged, formatted its data volume, connected ' +
    'to a real message broker and answered the control plane. It was not told to create a database: that, and only that, ' +
    'would make it proven.',
} as const

/** The text of report.md: what the image is, what was shown about it, and the commands to use it. Pure. */
export function formatReport(documents: ReportDocuments): string {
  const { inventory, inspection, smokeTest } = documents
  const guest = inventory && guestOf(inventory, documents.record?.agent)
  const sections = [
    `# ${plain(documents.image.fileName)}\n\n${identityTable(documents, guest)}`,
    levelSection(documents),
    stepsSection(documents),
    inspection ? contractSection(inspection) : '',
    smokeTest ? smokeSection(smokeTest) : '',
    inventory ? packagesSection(inventory) : '',
    useSections(documents, guest),
  ]
  return `${sections
    .filter(section => section !== '')
    .map(section => section.trimEnd())
    .join('\n\n')}\n`
}

/** What the image is, as a table. */
export function identityTable(documents: ReportDocuments, guest: Guest | undefined): string {
  const { image, record, inventory, level, publishedAt } = documents
  const { agent, series } = guest ?? {}
  const seriesText = series ? `: ${series.series === series.name ? '' : `${series.series} `}${series.name}` : ''
  const rows: [string, string][] = [
    ['level', `**${level}**`],
    ['SHA-256', code(image.sha256)],
    ['size', `${formatSize(image.sizeBytes)} (${image.sizeBytes} bytes), ${image.format}`],
    ['virtual size', `${Number((image.virtualSizeBytes / 1024 ** 3).toFixed(2))} GiB`],
    ...(inventory
      ? [['system', `${plain(inventory.system.name)}, ${plain(inventory.system.architecture)}`] as [string, string]]
      : []),
    ...(agent
      ? [['guest agent', `${code(agent.packageName)} ${code(agent.version)}${seriesText}`] as [string, string]]
      : []),
    ...(record ? sourceRows(record) : []),
    ...(record
      ? ([
          ['recipe', code(record.recipe)],
          ['plan', record.planDigest === null ? 'unresolved' : code(`sha256:${record.planDigest}`)],
          [
            'build begun',
            `${record.builtAt}, trove-image ${plain(record.projectVersion)}, diskimage-builder ${plain(record.dibVersion)}`,
          ],
        ] as [string, string][])
      : ([['built', 'not by this tool, or its build record (image.json) is missing']] as [string, string][])),
    ['published', publishedAt.toISOString()],
  ]
  return table(['', ''], rows)
}

function levelSection({ level, allowed, documentNames, inspection }: ReportDocuments): string {
  const waived = inspection?.counts.waived ?? 0
  const overridden = allowed.map(({ name, meaning }) => `- ${code(name)}: ${plain(meaning)}`)
  const files = documentNames.map(code).join(', ')
  return [
    `## Level: ${level}`,
    '',
    meanings[level],
    '',
    ...(level === 'none' || waived === 0
      ? []
      : [`${count(waived, 'rule')} of the contract did not hold and was waived by name.`, '']),
    ...(overridden.length === 0
      ? []
      : ['**Published in spite of this, because the publisher allowed it by name:**', '', ...overridden, '']),
    ...(files === '' ? [] : [`What this says is written in ${files}.`, '']),
  ].join('\n')
}
