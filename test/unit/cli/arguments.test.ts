import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { nearest, parseArguments } from '../../../src/cli/arguments.ts'
import { describeInputs } from '../../../src/inputs.ts'

const inputs = describeInputs(
  z.object({
    image: z.string().describe('The image.'),
    set: z.array(z.string()).default([]).describe('Overrides.'),
    dryRun: z.boolean().default(false).describe('Shows only.'),
    capSeconds: z.int().default(600).describe('The limit.'),
  }),
)
const standardDoor = { yes: false, verbose: false, help: false, format: 'text', log: 'auto', failOn: 'failed' }

describe('parseArguments', () => {
  test.each([
    [[], {}, {}],
    [['disk.qcow2'], { image: 'disk.qcow2' }, {}],
    [['--set', 'a=1', '--set=b=2'], { set: ['a=1', 'b=2'] }, {}],
    [['--dry-run'], { dryRun: true }, {}],
    [['--no-dry-run'], { dryRun: false }, {}],
    [['--dry-run=false'], { dryRun: false }, {}],
    [['--cap-seconds', '9', 'x'], { capSeconds: '9', image: 'x' }, {}],
    [['--yes', '--format', 'json', '--log=plain'], {}, { yes: true, format: 'json', log: 'plain' }],
    [['-h'], {}, { help: true }],
    [['--fail-on', 'never', '--outputs', 'o.json'], {}, { failOn: 'never', outputs: 'o.json' }],
  ])('%j', (argv, raw, door) => {
    expect(parseArguments('inspect', argv, inputs, 'image')).toEqual({ raw, door: { ...standardDoor, ...door } })
  })

  test.each([
    [['--dryrun'], 'unknown option --dryrun of "inspect". Did you mean --dry-run?'],
    [['--zzzzzzzz'], 'unknown option --zzzzzzzz of "inspect". See --help.'],
    [['--cap-seconds'], 'option --cap-seconds of "inspect" needs a value'],
    [['--set', ''], 'option --set of "inspect" is empty: give a value, or leave it out'],
    [['--dry-run=maybe'], 'option --dry-run of "inspect" is a switch: give it alone, or =true or =false'],
    [['a', 'b'], '"inspect" takes one argument (got also "b")'],
    [['--format', 'xml'], 'option --format: expected one of text, json (got "xml")'],
    [['--no-set'], 'unknown option --no-set of "inspect".'],
  ])('%j is refused', (argv, message) => {
    expect(() => parseArguments('inspect', argv, inputs, 'image')).toThrow(message)
  })

  test('an argument is refused where none is taken', () => {
    expect(() => parseArguments('doctor', ['x'], inputs)).toThrow('"doctor" takes no argument (got "x")')
  })
})

test.each([
  ['bild', 'build'],
  ['build', 'build'],
  ['somthing-else', undefined],
])('nearest name to %s is %s', (name, expected) => {
  expect(nearest(name, ['build', 'clean', 'inspect'])).toBe(expected)
})
