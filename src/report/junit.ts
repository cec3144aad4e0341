import type { Inspection, RuleResult } from '../contract/index.ts'
import { attributes, escapeXml } from './xml.ts'

/**
 * An inspection in the form that test reporters read (JUnit's XML as Jenkins and GitLab describe it): a rule is a test case, a
 * waived one is skipped, one that could not be judged is an error.
 */
export function formatJunit(inspection: Inspection, seconds: number): string {
  const { counts, results, image } = inspection
  const suite = attributes({
    name: `contract of ${image.name}`,
    tests: results.length,
    failures: counts.failed,
    errors: counts.unknown,
    skipped: counts.waived,
    time: seconds.toFixed(3),
    timestamp: inspection.inspectedAt.replace(/\.\d+Z$/, ''),
  })
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    `  <testsuite${suite}>`,
    '    <properties>',
    `      <property${attributes({ name: 'image.sha256', value: image.sha256 })}/>`,
    '    </properties>',
    ...results.flatMap(testCase),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

function testCase(result: RuleResult): string[] {
  const head = `    <testcase${attributes({ classname: 'contract', name: result.rule, time: '0' })}`
  if (result.status === 'passed') return [`${head}/>`]
  const body = escapeXml([result.title, '', ...result.evidence, '', `What to do: ${result.remedy}`].join('\n'))
  const message = attributes({ message: result.evidence[0] ?? result.title })
  const element = { failed: 'failure', unknown: 'error', waived: 'skipped' }[result.status]
  return [`${head}>`, `      <${element}${message}>${body}</${element}>`, '    </testcase>']
}
