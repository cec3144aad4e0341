import { expect, test } from 'vitest'
import { z } from 'zod'
import { actionReadme } from '../../../src/cli/action-readme.ts'
import type { AnyStage } from '../../../src/stage.ts'

const stage: AnyStage = {
  name: 'try-it',
  command: 'try',
  summary: 'Tries it.',
  inputs: z.object({
    image: z.string().describe('The image, <qcow2> or raw.'),
    mode: z.enum(['fast', 'slow']).default('fast').describe('How it is tried: a|b.'),
    waive: z.array(z.string()).default([]).describe('Exceptions.'),
    lock: z.string().optional().describe('A lock.'),
  }),
  outputs: z.object({ result: z.string().describe('What came of it.') }),
  run: async () => ({ outputs: {}, lines: [] }),
}

const readme = (inputs: string, outputs: string) =>
  [
    '# try-it',
    '',
    'By hand.',
    '',
    '<!-- inputs: made by "npm run generate", not by hand -->',
    inputs,
    '<!-- end of inputs -->',
    '',
    'Between.',
    '<!-- outputs: made by "npm run generate", not by hand -->',
    outputs,
    '<!-- end of outputs -->',
    'After.',
    '',
  ].join('\n')

const made = readme(
  [
    '',
    '| input   | default      | what it is                                |',
    '| ------- | ------------ | ----------------------------------------- |',
    '| `image` | **required** | The image, &lt;qcow2&gt; or raw.          |',
    '| `mode`  | `fast`       | How it is tried: a\\|b. One of fast, slow. |',
    '| `waive` |              | Exceptions. One item a line.              |',
    '| `lock`  |              | A lock.                                   |',
    '',
  ].join('\n'),
  [
    '',
    '| output   | what it is       |',
    '| -------- | ---------------- |',
    '| `result` | What came of it. |',
    '',
  ].join('\n'),
)

test('tables are made between the marks, what was written by hand stays, a second run changes nothing', () => {
  expect(actionReadme(stage, readme('old', ''))).toBe(made)
  expect(actionReadme(stage, made)).toBe(made)
})

test.each([
  ['without marks', '# try-it\n'],
  ['with a mark twice', `${made}${made}`],
  ['without an end', made.replace('<!-- end of inputs -->', '')],
])('a README %s is refused', (_, text) => {
  expect(() => actionReadme(stage, text)).toThrow('actions/try-it/README.md needs these two lines, once each')
})
