import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { captureScript } from '../../src/inventory/capture-script.ts'

test('the script that reads an image is clean to shellcheck', () => {
  const input = `#!/bin/sh\n${captureScript()}`
  expect(execFileSync('sh', ['-c', 'shellcheck --format=gcc - || true'], { input, encoding: 'utf8' })).toBe('')
})
