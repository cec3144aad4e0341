import { afterEach, expect, test } from 'vitest'
import { childEnvironment } from '../../../src/system/environment.ts'

const path = process.env.PATH

afterEach(() => {
  process.env.PATH = path
})

test.each([
  ['/usr/bin:/bin', '/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin'],
  ['/sbin:/usr/bin:/usr/sbin:/usr/bin', '/sbin:/usr/bin:/usr/sbin:/usr/bin:/usr/local/sbin'],
])("a child finds root's programs after those of the PATH %s", (given, expected) => {
  process.env.PATH = given
  expect(childEnvironment().PATH).toBe(expected)
})
