import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { describeInputs, parseInputs } from '../../src/inputs.ts'
import { camelCase, kebabCase, snakeCase } from '../../src/names.ts'

const schema = z.object({
  recipe: z.string().describe('The recipe.'),
  dib: z.enum(['private', 'system']).default('private').describe('Which DIB.'),
  capSeconds: z.int().min(1).default(600).describe('The limit.'),
  dryRun: z.boolean().default(false).describe('Shows only.'),
  set: z.array(z.string()).default([]).describe('Overrides.'),
  brokerUrl: z.string().regex(/^amqp/).optional().meta({ secret: true }).describe('A broker.'),
})

test('describeInputs reads name, type, default and secrecy from the schema', () => {
  expect(describeInputs(schema)).toEqual([
    { key: 'recipe', name: 'recipe', type: 'string', required: true, secret: false, description: 'The recipe.' },
    {
      key: 'dib',
      name: 'dib',
      type: 'string',
      choices: ['private', 'system'],
      default: 'private',
      required: false,
      secret: false,
      description: 'Which DIB.',
    },
    {
      key: 'capSeconds',
      name: 'cap-seconds',
      type: 'integer',
      default: 600,
      required: false,
      secret: false,
      description: 'The limit.',
    },
    {
      key: 'dryRun',
      name: 'dry-run',
      type: 'boolean',
      default: false,
      required: false,
      secret: false,
      description: 'Shows only.',
    },
    { key: 'set', name: 'set', type: 'list', default: [], required: false, secret: false, description: 'Overrides.' },
    { key: 'brokerUrl', name: 'broker-url', type: 'string', required: false, secret: true, description: 'A broker.' },
  ])
})

describe('parseInputs', () => {
  const standard = { dib: 'private', capSeconds: 600, dryRun: false, set: [] }
  test.each([
    [{ recipe: 'a' }, { recipe: 'a', ...standard }],
    [
      { recipe: 'a', dib: '', capSeconds: '', set: '' },
      { recipe: 'a', ...standard },
    ],
    [
      { recipe: 'a', dryRun: 'true' },
      { recipe: 'a', ...standard, dryRun: true },
    ],
    [
      { recipe: 'a', dryRun: 'False' },
      { recipe: 'a', ...standard },
    ],
    [
      { recipe: 'a', capSeconds: '7' },
      { recipe: 'a', ...standard, capSeconds: 7 },
    ],
    [
      { recipe: 'a', set: ' x=1 \n\n y=2' },
      { recipe: 'a', ...standard, set: ['x=1', 'y=2'] },
    ],
    [
      { recipe: 'a', set: ['x=1'] },
      { recipe: 'a', ...standard, set: ['x=1'] },
    ],
  ])('%j', (raw, expected) => {
    expect(parseInputs(schema, raw)).toEqual(expected)
  })

  test.each([
    [{}, 'input "recipe": is required. The recipe.'],
    [{ recipe: 'a', dib: 'newest' }, 'input "dib": expected one of private, system (got "newest")'],
    [{ recipe: 'a', dryRun: 'yes' }, 'input "dry-run": expected true or false (got "yes")'],
    [{ recipe: 'a', capSeconds: '3abc' }, 'input "cap-seconds": expected a whole number (got "3abc")'],
    [{ recipe: 'a', capSeconds: '0' }, /input "cap-seconds": .*\(got 0\)/],
    [{ recipe: 'a', dibb: 'x' }, 'input "dibb": there is no such input; known are recipe, dib,'],
    [{ recipe: ['a', 'b'] }, 'input "recipe": takes one value'],
  ])('%j is refused', (raw, message) => {
    expect(() => parseInputs(schema, raw)).toThrow(message)
  })

  test('several faults are told at once', () => {
    expect(() => parseInputs(schema, { dib: 'x', dryRun: 'y' })).toThrow(/"recipe".*\n.*"dib".*\n.*"dry-run"/)
  })
})

test.each([
  ['cacheHit', 'cache-hit', 'cache_hit'],
  ['dib', 'dib', 'dib'],
  ['dibVersion', 'dib-version', 'dib_version'],
])('names of %s', (camel, kebab, snake) => {
  expect([kebabCase(camel), snakeCase(camel), camelCase(kebab), camelCase(snake)]).toEqual([kebab, snake, camel, camel])
})
