import { expect, test } from 'vitest'
import { formatTable } from '../../../src/cli/table.ts'

test('durations stand in one column, lines without one end with their text', () => {
  expect(
    formatTable([
      { label: 'lock', text: 'minimal, InRelease of 2026-11-21', seconds: 0.4 },
      { label: 'build', text: 'root file system 1.5 GB', seconds: 125 },
      { label: 'publish', text: 'out/  level: registered' },
    ]),
  ).toBe(
    [
      'lock        minimal, InRelease of 2026-11-21        0.4 s',
      'build       root file system 1.5 GB            2 min 05 s',
      'publish     out/  level: registered',
      '',
    ].join('\n'),
  )
})
