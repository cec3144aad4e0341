import { expect, test } from 'vitest'
import { commands, describeCleaning } from '../../../src/cli/command.ts'
import { EnvironmentError } from '../../../src/system/errors.ts'

test.each([
  [0, 'nothing was left by earlier runs'],
  [1, 'undid 1 abandoned run'],
  [2, 'undid 2 abandoned runs'],
])('clean after %d abandoned runs', (undone, text) => {
  expect(describeCleaning({ undone, failures: [] })).toBe(text)
})

test('clean that left something fails as the machine does, with what it is and why', () => {
  const failures = [new Error('not all of a: /a is busy'), new Error('not all of b: /b is busy')]
  expect(() => describeCleaning({ undone: 1, failures })).toThrow(
    new EnvironmentError('undid 1 of 3 abandoned runs:\nnot all of a: /a is busy\nnot all of b: /b is busy'),
  )
})

test('doctor is a dry run by its name', () => {
  expect(commands.flatMap(({ name, fixed = {} }) => (Object.keys(fixed).length > 0 ? [[name, fixed]] : []))).toEqual([
    ['doctor', { dryRun: true }],
  ])
})
