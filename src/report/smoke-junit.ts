import { type SmokeTest, startUpSteps } from '../vm/index.ts'
import { attributes, escapeXml } from './xml.ts'

type Outcome = 'passed' | 'failed' | 'skipped'

/**
 * A smoke test in the form that test reporters read: each step of the agent's start-up is a test case, the first one that
 * was not reached has failed and the later ones were skipped; then what must hold of the disk.
 */
export function formatSmokeJunit(smokeTest: SmokeTest): string {
  const cases = [...stepCases(smokeTest), ...diskCases(smokeTest)]
  const count = (outcome: Outcome) => cases.filter(entry => entry.outcome === outcome).length
  const suite = attributes({
    name: `smoke test of ${smokeTest.image.name}`,
    tests: cases.length,
    failures: count('failed'),
    errors: 0,
    skipped: count('skipped'),
    time: (smokeTest.timeline.at(-1)?.seconds ?? 0).toFixed(3),
    timestamp: smokeTest.testedAt.replace(/\.\d+Z$/, ''),
  })
  const body = escapeXml(
    [smokeTest.cause, '', `Ended by: ${smokeTest.endedBy}`, '', ...smokeTest.consoleTail].join('\n'),
  )
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    `  <testsuite${suite}>`,
    '    <properties>',
    `      <property${attributes({ name: 'image.sha256', value: smokeTest.image.sha256 })}/>`,
    `      <property${attributes({ name: 'level', value: smokeTest.level })}/>`,
    '    </properties>',
    ...cases.flatMap(({ name, outcome, message }) => {
      const head = `    <testcase${attributes({ classname: 'smoke', name, time: '0' })}`
      if (outcome === 'passed') return [`${head}/>`]
      const inner =
        outcome === 'failed'
          ? `<failure${attributes({ message })}>${body}</failure>`
          : `<skipped${attributes({ message })}/>`
      return [`${head}>`, `      ${inner}`, '    </testcase>']
    }),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

interface Case {
  readonly name: string
  readonly outcome: Outcome
  readonly message: string
}

function stepCases(smokeTest: SmokeTest): Case[] {
  const steps = startUpSteps.slice(1)
  const reached = startUpSteps.indexOf(smokeTest.reached)
  // A boot that was wanted only up to the login prompt passes without the steps after it.
  const missing: Outcome = smokeTest.status === 'passed' ? 'skipped' : 'failed'
  const cases = steps.map((name, index): Case => {
    if (index < reached) return { name, outcome: 'passed', message: '' }
    if (index > reached) return { name, outcome: 'skipped', message: 'an earlier step was not reached' }
    return { name, outcome: missing, message: missing === 'failed' ? smokeTest.endedBy : 'not asked for' }
  })
  const registered = smokeTest.endedBy === 'registered'
  if (reached < steps.length || registered) return cases
  return [...cases, { name: 'registered', outcome: 'failed', message: smokeTest.endedBy }]
}

function diskCases({ endedBy, rootFileSystemGrown, image }: SmokeTest): Case[] {
  const unchanged = image.sha256 === image.sha256After
  const arrived = endedBy === 'registered' || endedBy === 'login prompt'
  return [
    {
      name: 'root-file-system-grown',
      outcome: rootFileSystemGrown ? 'passed' : arrived ? 'failed' : 'skipped',
      message: arrived ? 'the root file system did not grow into the larger disk' : 'the guest did not come that far',
    },
    {
      name: 'image-unchanged',
      outcome: unchanged ? 'passed' : 'failed',
      message: `sha256 was ${image.sha256} and is ${image.sha256After}`,
    },
  ]
}
