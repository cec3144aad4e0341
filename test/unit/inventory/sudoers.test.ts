import { expect, test } from 'vitest'
import { readSudoers } from '../../../src/inventory/sudoers.ts'
import { fileTree } from '../../support/file-tree.ts'

test('sudoers with includes, aliases, tags, several hosts, what sudo skips', () => {
  const { tree, contents } = fileTree({
    '/etc/sudoers': `# Defaults for all
Defaults\tenv_reset
Defaults\tsecure_path="/usr/local/sbin:/usr/sbin"
Defaults !visiblepw, requiretty
Defaults:ubuntu !requiretty
Runas_Alias DB = postgres, mysql
User_Alias ADMINS = ann, %wheel
Cmnd_Alias MAKE = /usr/sbin/mkfs, \\
  /usr/sbin/mkfs.ext4
root\tALL=(ALL:ALL) ALL
ADMINS ALL = MAKE, NOPASSWD: /bin/mount -t ext4, PASSWD: /bin/umount : web = (www) NOPASSWD: ALL
#1000 ALL=(ALL) ALL
backup ALL=(DB:ALL) ALL
@includedir /etc/sudoers.d
`,
    '/etc/sudoers.d/60_trove_guest': 'ubuntu ALL=(ALL:ALL) NOPASSWD:ALL # the agent\n',
    '/etc/sudoers.d/backup~': 'nobody ALL=(ALL) ALL\n',
    '/etc/sudoers.d/a.dpkg-old': 'nobody ALL=(ALL) ALL\n',
  })
  const main = '/etc/sudoers'
  const grant = { file: main, hosts: ['ALL'], runAs: 'root', noPassword: false }
  const asRoot = (who: string) => ({
    ...grant,
    line: 11,
    who,
    commands: ['/usr/sbin/mkfs', '/usr/sbin/mkfs.ext4', '/bin/umount'],
  })
  const mounts = (who: string) => ({ ...grant, line: 11, who, noPassword: true, commands: ['/bin/mount -t ext4'] })
  const onWeb = (who: string) => ({
    ...grant,
    line: 11,
    who,
    hosts: ['web'],
    runAs: 'www',
    noPassword: true,
    commands: ['ALL'],
  })
  expect(readSudoers(tree, contents)).toEqual({
    files: [main, '/etc/sudoers.d/60_trove_guest'],
    securePath: '/usr/local/sbin:/usr/sbin',
    requireTty: [
      { scope: '', value: true },
      { scope: ':ubuntu', value: false },
    ],
    grants: [
      { ...grant, line: 10, who: 'root', runAs: 'ALL:ALL', commands: ['ALL'] },
      asRoot('ann'),
      asRoot('%wheel'),
      mounts('ann'),
      mounts('%wheel'),
      onWeb('ann'),
      onWeb('%wheel'),
      { ...grant, line: 12, who: '#1000', runAs: 'ALL', commands: ['ALL'] },
      { ...grant, line: 13, who: 'backup', runAs: 'postgres,mysql:ALL', commands: ['ALL'] },
      {
        ...grant,
        file: '/etc/sudoers.d/60_trove_guest',
        line: 1,
        who: 'ubuntu',
        runAs: 'ALL:ALL',
        noPassword: true,
        commands: ['ALL'],
      },
    ],
    faults: [],
  })
})

test.each([
  'ubuntu ALL NOPASSWD: ALL',
  ' ALL=(ALL) NOPASSWD: ALL',
  'ubuntu ALL=(ALL) NOPASSWD',
  'ubuntu ALL=(ALL) mkfs',
  'include /etc/other',
])('%j does not parse', line => {
  const { tree, contents } = fileTree({ '/etc/sudoers': `${line}\n` })
  expect(readSudoers(tree, contents)).toEqual({
    files: ['/etc/sudoers'],
    grants: [],
    securePath: null,
    requireTty: [],
    faults: [{ file: '/etc/sudoers', line: 1, text: line.trim() }],
  })
})

test('an image without sudo has no files', () => {
  const { tree, contents } = fileTree({ '/etc/passwd': '' })
  expect(readSudoers(tree, contents)).toEqual({ files: [], grants: [], securePath: null, requireTty: [], faults: [] })
})
