import type { Inspection, RuleResult } from '../contract/index.ts'
import { code, plain, table } from './markdown.ts'
import { count } from './quantity.ts'

/** What a reader must see first. */
const order: readonly RuleResult['status'][] = ['failed', 'unknown', 'waived', 'passed']

/** Lines of evidence that one rule gets in the table. */
const evidenceShown = 5

/** The section about the contract: what failed, could not be judged or was waived, then the rules that hold. */
export function contractSection({ results, counts, status }: Inspection, headingLevel = 2): string {
  const { passed: held, failed, waived, unknown } = counts
  const words = `${held} passed, ${failed} failed, ${waived} waived${unknown > 0 ? `, ${unknown} unknown` : ''}`
  const remarkable = results
    .filter(result => result.status !== 'passed')
    .toSorted((left, right) => order.indexOf(left.status) - order.indexOf(right.status))
  const passed = results.filter(result => result.status === 'passed')
  return [
    `${'#'.repeat(headingLevel)} Contract`,
    '',
    `The inspection ${status}: ${words}. A rule that could not be judged counts as failed.`,
    '',
    ...(remarkable.length === 0
      ? []
      : [
          table(
            ['rule', 'status', 'demands', 'found', 'what to do'],
            remarkable.map(result => [
              code(result.rule),
              `**${result.status}**`,
              plain(result.title),
              evidence(result.evidence),
              plain(result.remedy),
            ]),
          ),
        ]),
    ...(passed.length === 0
      ? []
      : [
          `<details><summary>${count(passed.length, 'rule')} passed</summary>`,
          '',
          table(
            ['rule', 'demands'],
            passed.map(({ rule, title }) => [code(rule), plain(title)]),
          ),
          '</details>',
          '',
        ]),
  ].join('\n')
}

function evidence(lines: readonly string[]): string {
  const rest = lines.length - evidenceShown
  return [...lines.slice(0, evidenceShown).map(code), ...(rest > 0 ? [`and ${rest} more`] : [])].join('<br>')
}
