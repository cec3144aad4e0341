import { expect, test } from 'vitest'
import { parseAccounts, parseGroups } from '../../../src/inventory/accounts.ts'

const passwd = `root:x:0:0:root:/root:/bin/bash
ubuntu:x:1000:1000::/home/ubuntu:/bin/bash
open::1002:1002::/:/bin/sh
lost:x:1003:1003::/:/bin/sh
# no user
broken:x:abc:0::/:/bin/sh
`

test('accounts with what shadow says of their password', () => {
  const account = (name: string, id: number, home: string, shell: string) => ({ name, uid: id, gid: id, home, shell })
  expect(parseAccounts(passwd, 'root:*:1::::::\nubuntu:$6$abc$def:1::::::\n')).toEqual([
    { ...account('root', 0, '/root', '/bin/bash'), password: 'locked', hash: undefined },
    { ...account('ubuntu', 1000, '/home/ubuntu', '/bin/bash'), password: 'set', hash: '$6$abc$def' },
    { ...account('open', 1002, '/', '/bin/sh'), password: 'empty', hash: undefined },
    { ...account('lost', 1003, '/', '/bin/sh'), password: 'locked', hash: undefined },
  ])
})

test.each([
  ['!', 'locked'],
  ['!*', 'locked'],
  ['!$y$j9T$x$y', 'locked'],
  ['', 'empty'],
  ['$y$j9T$x$y', 'set'],
  ['abJnggxhB/yWI', 'set'],
])('a shadow field %s is %s', (field, expected) => {
  expect(parseAccounts('a:x:1:1::/:/bin/sh\n', `a:${field}:1::::::\n`)[0]?.password).toBe(expected)
})

test('groups', () => {
  expect(parseGroups('docker:x:103:ubuntu,other\nubuntu:x:1000:\n')).toEqual([
    { name: 'docker', gid: 103, members: ['ubuntu', 'other'] },
    { name: 'ubuntu', gid: 1000, members: [] },
  ])
})
