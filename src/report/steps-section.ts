import { formatDuration } from '../system/duration.ts'
import type { SmokeTest } from '../vm/index.ts'
import type { ReportDocuments } from './documents.ts'
import { plain, table } from './markdown.ts'
import { count } from './quantity.ts'

/** The table of what was done to the image, with durations where a document has them. */
export function stepsSection({ record, inspection, smokeTest }: ReportDocuments): string {
  const rows: string[][] = []
  const add = (step: string, result: string, seconds?: number) =>
    rows.push([step, result, seconds === undefined ? '' : formatDuration(seconds)])
  if (record) {
    add(
      '**root file system**',
      `${record.rootFileSystem.packages} packages, diskimage-builder ${plain(record.dibVersion)}`,
      record.seconds?.rootFileSystem ?? sum(record.phases),
    )
    for (const { name, seconds, hooks } of record.phases) {
      add(`${indent}${plain(name)}`, count(hooks.length, 'hook'), seconds)
    }
    add(
      '**disk**',
      record.files.map(file => plain(file.name)).join(', '),
      record.seconds?.disk ?? sum(record.diskSteps),
    )
    for (const { name, seconds } of record.diskSteps) add(`${indent}${plain(name)}`, '', seconds)
  }
  if (inspection) {
    const { passed, failed, waived, unknown } = inspection.counts
    add(
      '**inspection**',
      `${passed} passed, ${failed} failed, ${waived} waived${unknown > 0 ? `, ${unknown} unknown` : ''}`,
    )
  }
  if (smokeTest) {
    add('**smoke test**, from power-on', smokeResult(smokeTest), smokeTest.timeline.at(-1)?.seconds)
  }
  if (rows.length === 0) return ''
  return ['## What was done', '', table(['step', 'result', 'time:'], rows)].join('\n')
}

function smokeResult({ level, status, reached }: SmokeTest): string {
  if (level === 'registered') return 'registered'
  return status === 'passed' ? `passed up to ${reached}, no level` : `failed at ${reached}`
}

const indent = '&emsp;'

function sum(parts: readonly { readonly seconds: number }[]): number {
  return parts.reduce((total, { seconds }) => total + seconds, 0)
}
