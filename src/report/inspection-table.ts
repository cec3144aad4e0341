import type { Inspection, RuleResult } from '../contract/index.ts'

const order: readonly RuleResult['status'][] = ['failed', 'unknown', 'waived']

/** Lines for people: what does not hold, failures first, each with what was found and what to do. */
export function inspectionTable(inspection: Inspection): string[] {
  const shown = inspection.results
    .filter(result => result.status !== 'passed')
    .toSorted((left, right) => order.indexOf(left.status) - order.indexOf(right.status))
  const width = Math.max(0, ...shown.map(result => result.rule.length))
  const indent = ' '.repeat(9)
  return shown.flatMap(result => [
    `${result.status.padEnd(8)} ${result.rule.padEnd(width)}  ${result.title}`,
    ...result.evidence.map(line => `${indent}  ${line}`),
    ...(result.status === 'waived' ? [] : [`${indent}> ${result.remedy}`]),
  ])
}

/** `38 passed, 0 failed, 1 waived`; what is unknown is named only when there is some. */
export function inspectionCounts({ counts }: Inspection): string {
  const unknown = counts.unknown > 0 ? `, ${counts.unknown} unknown` : ''
  return `${counts.passed} passed, ${counts.failed} failed, ${counts.waived} waived${unknown}`
}
