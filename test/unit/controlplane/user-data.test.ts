import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { injectedFiles } from '../../../src/controlplane/guest-configuration.ts'
import { prepareCloudConfig } from '../../../src/controlplane/user-data.ts'

const fixture = (name: string) => readFileSync(new URL(`../../fixtures/controlplane/${name}`, import.meta.url), 'utf8')

const guest = {
  guestId: '5b1ab29c-6b2f-4c50-9f9b-5a9ad6a5f8b1',
  tenantId: '2f6a1c3de1e24f53a8b9b6c1de2b9d9a',
  encryptionKey: '0123456789abcdefghijklmnopqrstuv',
}

describe('user data is what Trove itself writes', () => {
  test.each([
    ['trove-23.0.0-mysql.yaml', 'mysql', '8.0', 'ubuntu'],
    ['trove-23.0.0-mariadb.yaml', 'mariadb', '10.4', 'ubuntu'],
    ['trove-23.0.0-postgresql.yaml', 'postgresql', '12', 'ubuntu'],
    ['trove-23.0.0-mysql-owner-trove.yaml', 'mysql', '8.0', 'trove'],
  ] as const)('%s, byte for byte', (name, datastoreManager, datastoreVersion, user) => {
    const files = injectedFiles({ ...guest, datastoreManager, datastoreVersion }, fixture('agent.conf'))
    expect(prepareCloudConfig(files, { user, group: 'root' })).toBe(fixture(name))
  })

  test("master's form has the same entries; its guest_info.conf names one option more", () => {
    const files = injectedFiles({ ...guest, datastoreManager: 'mysql', datastoreVersion: '8.0' }, fixture('agent.conf'))
    const ours = parse(prepareCloudConfig(files))
    const theirs = parse(fixture('trove-master-4cdc0cda-user-data.yaml'))
    const [guestInfo] = theirs.write_files
    const text = Buffer.from(guestInfo.content, 'base64').toString()
    guestInfo.content = Buffer.from(text.replace('ssl_mode=disabled\n', '')).toString('base64')
    expect(text).toContain('ssl_mode=disabled\n')
    expect(ours).toEqual(theirs)
  })

  test('no file, no user data', () => {
    expect(prepareCloudConfig(new Map())).toBe('')
  })
})
