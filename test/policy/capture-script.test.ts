import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { captureScript } from '../../src/inventory/capture-script.ts'

test('the script that reads an image is clean to shellcheck', () => {
  const input = `#!/bin/sh\n${captureScript()}`
  const { status, stdout } = spawnSync('shellcheck', ['--format=gcc', '-'], { input, encoding: 'utf8' })
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' })
})
