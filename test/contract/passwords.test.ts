import { expect, test } from 'vitest'
import { judgePasswords } from '../../src/inventory/passwords.ts'
import { InterruptedError } from '../../src/system/errors.ts'

/** Made by crypt(3) for the password "ubuntu": yescrypt, SHA-512, MD5. */
const hashes = {
  yescrypt: '$y$j9T$abcdefgh$GdjYrITM2HwdsVBb2EMBwvvzYTsfxFTtkZvumfigFKC',
  sha512: '$6$saltsalt$.XeWDrCjouuYgs/UGMlCRi7DbQGo.D1eElJrsOdTTiB3cMADnjs1koQGbOqnqfjNvuX4oBtad6mDPQUgJiwjZ1',
  md5: '$1$saltsalt$9TFZRmtnJAbWfQ1zBnMOK1',
}

test.each(Object.entries(hashes))(
  'a password that is the name is found (%s), and the hash goes nowhere',
  async (_, hash) => {
    const account = { uid: 1, gid: 1, home: '/', shell: '/bin/sh', password: 'set' as const, hash }
    const known = { uid: 1, gid: 1, home: '/', shell: '/bin/sh', password: 'set' }
    expect(
      await judgePasswords([
        { name: 'ubuntu', ...account },
        { name: 'debian', ...account },
      ]),
    ).toEqual([
      { name: 'ubuntu', ...known, passwordIsName: 'yes' },
      { name: 'debian', ...known, passwordIsName: 'no' },
    ])
  },
)

test.each([
  ['each hash', { eachSeconds: 1, allSeconds: 60 }],
  ['all hashes', { eachSeconds: 60, allSeconds: 1 }],
])('hashes that would keep crypt() busy for hours are given up, by a limit for %s', async (_, limits) => {
  const account = { uid: 1, gid: 1, home: '/', shell: '/bin/sh', password: 'set' as const }
  const { sha512 } = hashes
  const endless = sha512.replace('$6$', '$6$rounds=999999999$')
  const users = await judgePasswords(
    [
      { name: 'ubuntu', ...account, hash: sha512 },
      { name: 'a', ...account, hash: endless },
    ],
    undefined,
    limits,
  )
  const note = 'its hash is too expensive to test'
  expect(users).toEqual([
    { name: 'ubuntu', ...account, passwordIsName: 'yes' },
    { name: 'a', ...account, passwordIsName: 'unknown', passwordNote: note },
  ])
})

test('an interruption ends the comparison', async () => {
  const hash = hashes.sha512.replace('$6$', '$6$rounds=999999999$')
  const account = { name: 'a', uid: 1, gid: 1, home: '/', shell: '/bin/sh', password: 'set' as const, hash }
  const controller = new AbortController()
  setTimeout(() => controller.abort(new InterruptedError('SIGINT')), 200)
  await expect(judgePasswords([account], controller.signal)).rejects.toThrow(InterruptedError)
})

test('a hash that libcrypt does not know is unknown; a locked password is none', async () => {
  const account = { uid: 1, gid: 1, home: '/', shell: '/bin/sh' }
  expect(
    await judgePasswords([
      { name: 'a', ...account, password: 'set', hash: '$zz$what$ever' },
      { name: 'b', ...account, password: 'locked', hash: undefined },
    ]),
  ).toEqual([
    {
      name: 'a',
      ...account,
      password: 'set',
      passwordIsName: 'unknown',
      passwordNote: "this machine's libcrypt does not know the hash",
    },
    { name: 'b', ...account, password: 'locked', passwordIsName: 'no' },
  ])
})
