import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CommandResult, copyCheckout, troveImage } from '../support/checkout.ts'
import { leaks, snapshot } from '../support/host.ts'
import { addUser, type OrdinaryUser, ownedByRoot } from '../support/ordinary-user.ts'

const folder = mkdtempSync(join(tmpdir(), 'ordinary.'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('a user with passwordless sudo', () => {
  let user: OrdinaryUser
  let checkout: string
  let result: CommandResult
  let left: ReturnType<typeof leaks>
  beforeAll(async () => {
    user = addUser('trove-image-test', 'passwordless')
    checkout = join(user.home, 'checkout')
    copyCheckout(checkout, `${user.name}:`)
    const before = snapshot([join(user.home, '.cache')])
    result = await troveImage(['build', '--yes', '--log', 'plain'], {
      checkout,
      cwd: checkout,
      user: user.name,
      logFile: join(folder, 'build.log'),
      timeoutSeconds: 2400,
    })
    left = leaks(before, snapshot([join(user.home, '.cache')]))
  })
  afterAll(() => user.remove())

  test('builds the default image with an empty home, up to registered', () => {
    expect(result.exitStatus, result.log.slice(-4000)).toBe(0)
    expect(result.stdout).toMatch(/^publish .*level: registered/m)
  })

  test('leaves nothing on the host', () => {
    expect(left).toEqual({})
  })

  test('owns all that it was given: checkout, output and cache', () => {
    expect(ownedByRoot([checkout, join(user.home, '.cache')])).toEqual([])
  })
})

describe('a user without sudo', () => {
  test('is told what is missing, with exit status 3, and nothing is written', async () => {
    const user = addUser('trove-image-none', 'none')
    try {
      const checkout = join(user.home, 'checkout')
      copyCheckout(checkout, `${user.name}:`)
      const result = await troveImage(['build', '--yes', '--log', 'plain'], {
        checkout,
        cwd: user.home,
        user: user.name,
        logFile: join(folder, 'none.log'),
        timeoutSeconds: 600,
      })
      expect(result.log).toMatch(/sudo/)
      expect({ exitStatus: result.exitStatus, stdout: result.stdout.trim() }).toEqual({ exitStatus: 3, stdout: '' })
      expect(ownedByRoot([user.home])).toEqual([])
    } finally {
      user.remove()
    }
  })
})
