import { expect, test } from 'vitest'
import { readCloudInit } from '../../../src/inventory/cloud-init.ts'
import { readNetwork } from '../../../src/inventory/network.ts'
import { readSsh } from '../../../src/inventory/ssh.ts'
import { fileTree } from '../../support/file-tree.ts'

test("cloud-init's configuration: merged by name, lists replaced, secrets not kept, faults named", () => {
  const { tree, contents } = fileTree({
    '/etc/cloud/cloud.cfg': `users: [default]
system_info:
  distro: debian
  default_user: {name: debian, lock_passwd: true}
cloud_init_modules: [growpart, write-files]
`,
    '/etc/cloud/cloud.cfg.d/91-datasources.cfg': 'datasource_list: [ConfigDrive, OpenStack, None]\n',
    '/etc/cloud/cloud.cfg.d/95-guest.cfg': `system_info: {default_user: {name: ubuntu}}
cloud_init_modules: [growpart]
password: hunter2
chpasswd: {list: "root:hunter2"}
mounts:
  - [ephemeral0, null]
`,
    '/etc/cloud/cloud.cfg.d/96-broken.cfg': 'a: [1,\nb: 2\n',
    '/etc/cloud/cloud.cfg.d/97-list.cfg': '- 1\n',
    '/etc/cloud/cloud.cfg.d/98-empty.cfg': '# nothing\n',
    '/etc/cloud/cloud.cfg.d/README': 'no: configuration',
    '/etc/cloud/ds-identify.cfg': 'policy: search,found=all\n',
    '/etc/cloud/cloud-init.disabled': '',
  })
  const found = readCloudInit(tree, contents)
  expect(found.faults.map(({ file, line }) => [file, line])).toEqual([
    ['/etc/cloud/cloud.cfg.d/96-broken.cfg', expect.any(Number)],
    ['/etc/cloud/cloud.cfg.d/97-list.cfg', 1],
  ])
  expect({ ...found, faults: [] }).toEqual({
    files: [
      '/etc/cloud/cloud.cfg',
      '/etc/cloud/cloud.cfg.d/91-datasources.cfg',
      '/etc/cloud/cloud.cfg.d/95-guest.cfg',
      '/etc/cloud/cloud.cfg.d/96-broken.cfg',
      '/etc/cloud/cloud.cfg.d/97-list.cfg',
      '/etc/cloud/cloud.cfg.d/98-empty.cfg',
    ],
    configuration: {
      users: ['default'],
      system_info: { distro: 'debian', default_user: { name: 'ubuntu', lock_passwd: true } },
      cloud_init_modules: ['growpart'],
      datasource_list: ['ConfigDrive', 'OpenStack', 'None'],
      password: '(not shown)',
      chpasswd: { list: '(not shown)' },
      mounts: [['ephemeral0', null]],
    },
    dsIdentify: { policy: 'search,found=all' },
    disabledBy: '/etc/cloud/cloud-init.disabled',
    faults: [],
  })
})

test('the network: overridden files, drop-ins, netplan, stanzas, a resolver of the build host', () => {
  const { tree, contents } = fileTree({
    '/usr/lib/systemd/network/80-a.network': '[Match]\nName=vendor\n',
    '/usr/lib/systemd/network/89-b.network': '[Match]\nName=off\n',
    '/etc/systemd/network/80-a.network': '[Match]\nType=ether\n[Network]\nDHCP=no\n',
    '/etc/systemd/network/80-a.network.d/x.conf': '[Network]\nDHCP=yes\n',
    '/etc/systemd/network/89-b.network': '-> /dev/null',
    '/etc/netplan/50-cloud-init.yaml': 'network: {version: 2, wifis: {w: {password: secret}}}\n',
    '/etc/network/interfaces': 'auto lo\niface lo inet loopback\nsource interfaces.d/*\n',
    '/etc/network/interfaces.d/eth0': 'auto eth0\niface eth0 inet dhcp\n',
    '/etc/resolv.conf': 'search example.org corp\nnameserver 10.0.0.1\n',
  })
  expect(readNetwork(tree, contents)).toEqual({
    networkd: [
      {
        file: '/etc/systemd/network/80-a.network',
        settings: [
          { section: 'Match', key: 'Type', value: 'ether' },
          { section: 'Network', key: 'DHCP', value: 'yes' },
        ],
      },
    ],
    netplan: [
      {
        file: '/etc/netplan/50-cloud-init.yaml',
        configuration: { network: { version: 2, wifis: { w: { password: '(not shown)' } } } },
      },
    ],
    interfaces: [{ file: '/etc/network/interfaces.d/eth0', line: 2, name: 'eth0', method: 'dhcp' }],
    connections: [],
    resolver: { type: 'file', target: null, nameServers: ['10.0.0.1'], search: ['example.org', 'corp'] },
  })
})

test.each([
  ['absent', {}, { type: 'absent', target: null, nameServers: [], search: [] }],
  [
    'a link into /run',
    { '/etc/resolv.conf': '-> ../run/systemd/resolve/stub-resolv.conf' },
    { type: 'link', target: '../run/systemd/resolve/stub-resolv.conf', nameServers: [], search: [] },
  ],
])('resolv.conf: %s', (_, files, expected) => {
  const { tree, contents } = fileTree({ '/etc/hostname': 'x', ...files })
  expect(readNetwork(tree, contents).resolver).toEqual(expected)
})

test('SSH: keys of host and people, the first setting counts, includes are read where they stand', () => {
  const { tree, contents } = fileTree({
    '/etc/ssh/ssh_host_rsa_key': 'x',
    '/etc/ssh/ssh_host_rsa_key.pub': 'x',
    '/etc/ssh/moduli': 'x',
    '/etc/ssh/sshd_config': `Include /etc/ssh/sshd_config.d/*.conf
#PermitRootLogin yes
PermitRootLogin no
PasswordAuthentication = yes
Match User x
  PermitEmptyPasswords yes
  X11Forwarding no
Match all
  PermitEmptyPasswords no
  PermitRootLogin yes
`,
    '/etc/ssh/sshd_config.d/50-cloud-init.conf':
      'PasswordAuthentication no\nMatch Address 10.0.0.0/8\n PermitRootLogin yes\n',
    '/root/.ssh/authorized_keys': '# comment\n\nssh-ed25519 AAAA me\n',
    '/home/ubuntu/.ssh/authorized_keys': '\n',
  })
  expect(readSsh(tree, contents, [{ name: 'ubuntu', uid: 1000, home: '/home/ubuntu' }])).toEqual({
    hostKeys: ['/etc/ssh/ssh_host_rsa_key', '/etc/ssh/ssh_host_rsa_key.pub'],
    authorizedKeys: [{ file: '/root/.ssh/authorized_keys', keys: 1 }],
    server: { passwordauthentication: 'no', permitrootlogin: 'no', permitemptypasswords: 'no' },
    conditional: [
      {
        file: '/etc/ssh/sshd_config.d/50-cloud-init.conf',
        line: 3,
        text: 'Match Address 10.0.0.0/8: PermitRootLogin yes',
      },
      { file: '/etc/ssh/sshd_config', line: 6, text: 'Match User x: PermitEmptyPasswords yes' },
    ],
  })
})

test('SSH: keys where the server is told to look, in homes that nobody has, and in files that were not read', () => {
  const files = {
    '/etc/ssh/sshd_config':
      'AuthorizedKeysFile .ssh/authorized_keys /etc/ssh/keys/%u %h/.keys\nMatch User x\n AuthorizedKeysFile /usr/share/keys/%U\n',
    '/etc/ssh/keys/trove': 'ssh-ed25519 AAAA a\nssh-ed25519 AAAA b\n',
    '/etc/ssh/keys/other': 'ssh-ed25519 AAAA a\n',
    '/var/lib/trove/.keys': 'ssh-ed25519 AAAA c\n',
    '/srv/gone/.ssh/authorized_keys2': 'ssh-ed25519 AAAA d\n',
    '/var/lib/trove/.ssh/authorized_keys': 'ssh-ed25519 AAAA e\n',
    '/root/.ssh/authorized_keys': '',
  }
  const unread = ['/var/lib/trove/.ssh/authorized_keys', '/root/.ssh/authorized_keys']
  const { tree } = fileTree(files, ['/usr/share'])
  const { contents } = fileTree(Object.fromEntries(Object.entries(files).filter(([file]) => !unread.includes(file))))
  expect(readSsh(tree, contents, [{ name: 'trove', uid: 101, home: '/var/lib/trove' }]).authorizedKeys).toEqual([
    { file: '/etc/ssh/keys/trove', keys: 2 },
    { file: '/srv/gone/.ssh/authorized_keys2', keys: 1 },
    { file: '/usr/share/keys/0', keys: null },
    { file: '/usr/share/keys/101', keys: null },
    { file: '/var/lib/trove/.keys', keys: 1 },
    { file: '/var/lib/trove/.ssh/authorized_keys', keys: null },
  ])
})
