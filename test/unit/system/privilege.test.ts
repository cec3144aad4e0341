import { expect, test } from 'vitest'
import { sudoCommand } from '../../../src/system/privilege.ts'

// biome-ignore lint/suspicious/noTemplateCurlyInString: this is the shell's own.
const mark = '${TROVE_IMAGE_PROCESS:+"TROVE_IMAGE_PROCESS=$TROVE_IMAGE_PROCESS"}'

test.each([
  ['what sudo gives', {}, `exec sudo -n -- env ${mark} "$@"`, []],
  [
    'what sudo gives and some more',
    { env: { LC_ALL: 'C', GONE: undefined } },
    `exec sudo -n -- env ${mark} "$@"`,
    ['LC_ALL=C'],
  ],
  ['exactly one variable', { onlyEnv: { A: 'b c' } }, `exec sudo -n -- env -i ${mark} "$@"`, ['A=b c']],
  ['nothing at all', { onlyEnv: {} }, `exec sudo -n -- env -i ${mark} "$@"`, []],
])('a program under sudo gets %s, and the mark of its process when there is one', (_, options, script, assignments) => {
  const words = ['/bin/sh', ['-c', script, 'sh', ...assignments, 'losetup', '--find']]
  expect(sudoCommand('losetup', ['--find'], options)).toEqual(words)
})
