import { expect, test } from 'vitest'
import { redact, withoutCredentials } from '../../../src/inventory/redaction.ts'
import {
  findEnvironmentDumps,
  findHistories,
  findProxies,
  findSecretAssignments,
} from '../../../src/inventory/secrets.ts'
import { fileTree } from '../../support/file-tree.ts'

test('values given to names that speak of secrets are found and not kept', () => {
  const { contents } = fileTree({
    '/etc/dib-manifests/dib_environment': 'declare -x DIB_PASSWORD="hunter2"\ndeclare -x DIB_RELEASE="trixie"\n',
    '/var/log/build.log': [
      '# export OS_PASSWORD=hunter2',
      'GITHUB_TOKEN=$GITHUB_TOKEN',
      'MY_SECRET=***',
      'fetch https://me:hunter2@git.example.org/x',
      'GET / Authorization: Bearer abcdefghijklmnopqrstuvwxyz',
      'password accepted for user x',
    ].join('\n'),
    '/var/log/journal/x.journal': 'API_KEY=abc\0\0',
    '/etc/trove/trove.conf':
      '#transport_url = rabbit://u:p@h/\ntransport_url = rabbit://trove:hunter2@10.0.0.1:5672/\n',
    '/etc/other.conf': 'ADMIN_PASSWORD=elsewhere\n',
  })
  expect(findSecretAssignments(contents)).toEqual([
    { file: '/etc/dib-manifests/dib_environment', line: 1, text: 'DIB_PASSWORD=(not shown)' },
    { file: '/etc/trove/trove.conf', line: 2, text: 'an address with a password: rabbit://10.0.0.1:5672/' },
    { file: '/var/log/build.log', line: 1, text: 'OS_PASSWORD=(not shown)' },
    { file: '/var/log/build.log', line: 4, text: 'an address with a password: https://git.example.org/x' },
    { file: '/var/log/build.log', line: 5, text: 'an Authorization header' },
  ])
})

test('options of the agent, keys to package archives and registries are found and not kept', () => {
  const { contents } = fileTree({
    '/etc/trove/trove.conf': [
      '[DEFAULT]',
      '#rabbit_password = hunter2',
      'rabbit_password=hunter2',
      'database_password = "hunter2"',
      'taskmanager_rpc_encr_key = bzH6y0SGmjuo',
      'admin_password = %SERVICE_PASSWORD%',
      'password = RABBIT_PASS',
      'auth_token = <None>',
      'token_timeout = 300',
      'default_password_length = 36',
      'use_password = true',
      'api_paste_config = /etc/trove/api-paste.ini',
      'secret =',
    ].join('\n'),
    '/etc/trove/api-paste.ini':
      '[filter:authtoken]\npaste.filter_factory = keystonemiddleware.auth_token:filter_factory\n',
    '/etc/apt/auth.conf.d/90site.conf': 'machine archive.example.org login me password hunter2\n# password x\n',
    '/etc/apt/sources.list.d/password.list': 'deb http://archive.example.org/debian password main\n',
    '/root/.netrc': 'machine git.example.org\n  login me\n  password hunter2\n',
    '/root/.docker/config.json': '{ "auths": { "registry.example.org": {\n  "auth": "bWU6aHVudGVyMg=="\n} } }\n',
    '/root/.config/openstack/clouds.yaml': 'clouds:\n  x:\n    auth:\n      password: hunter2\n',
    '/var/log/cloud-init.log': 'password: locked\n',
  })
  expect(findSecretAssignments(contents)).toEqual([
    { file: '/etc/trove/trove.conf', line: 3, text: 'rabbit_password = (not shown)' },
    { file: '/etc/trove/trove.conf', line: 4, text: 'database_password = (not shown)' },
    { file: '/etc/trove/trove.conf', line: 5, text: 'taskmanager_rpc_encr_key = (not shown)' },
    { file: '/etc/apt/auth.conf.d/90site.conf', line: 1, text: 'password (not shown)' },
    { file: '/root/.config/openstack/clouds.yaml', line: 4, text: 'password = (not shown)' },
    { file: '/root/.docker/config.json', line: 2, text: '"auth": (not shown)' },
    { file: '/root/.netrc', line: 3, text: 'password (not shown)' },
  ])
})

test('proxies in the environment, of units, of apt, without their passwords', () => {
  const { tree, contents } = fileTree({
    '/etc/environment':
      'http_proxy="http://u:p@cache.example.org:3128"\nno_proxy=localhost\n# https_proxy=http://x:1\n',
    '/etc/systemd/system/docker.service.d/proxy.conf': '[Service]\nEnvironment="HTTPS_PROXY=http://cache:3128"\n',
    '/etc/wgetrc': '#https_proxy = http://proxy.yoyodyne.com:18023/\nuse_proxy = on\n',
    '/etc/profile.d/x.sh': 'http_proxy=$PROXY\n',
  })
  const apt = [
    { file: '/etc/apt/apt.conf.d/1', name: 'Acquire::http::Proxy', value: 'http://cache.example.org:3142' },
    { file: '/etc/apt/apt.conf.d/1', name: 'Acquire::https::Proxy', value: 'DIRECT' },
    { file: '/etc/apt/apt.conf.d/2', name: 'Acquire::Retries', value: '3' },
  ]
  expect(findProxies(tree, contents, apt)).toEqual([
    { file: '/etc/environment', line: 1, text: 'http_proxy="http://cache.example.org:3128"' },
    {
      file: '/etc/systemd/system/docker.service.d/proxy.conf',
      line: 2,
      text: 'Environment="HTTPS_PROXY=http://cache:3128"',
    },
    { file: '/etc/apt/apt.conf.d/1', line: 0, text: 'Acquire::http::Proxy "http://cache.example.org:3142"' },
  ])
})

test("DIB's dump, histories with content", () => {
  const { tree } = fileTree({
    '/etc/dib-manifests/dib_environment': 'x',
    '/etc/dib-manifests/dib-manifest-dpkg-x': 'x',
    '/root/.bash_history': 'ls',
    '/root/.mysql_history': '',
    '/home/ubuntu/.viminfo': 'x',
  })
  expect([findEnvironmentDumps(tree), findHistories(tree)]).toEqual([
    ['/etc/dib-manifests/dib_environment'],
    ['/root/.bash_history', '/home/ubuntu/.viminfo'],
  ])
})

test('a configuration without its secrets', () => {
  expect(
    redact({
      name: 'x',
      'api-key': 'abc',
      list: [{ adminPass: 'y' }, 'https://u:p@h/x'],
      pem: '-----BEGIN RSA PRIVATE KEY-----\nabc',
      port: 1,
      none: null,
      hashed_passwd: '$6$x',
    }),
  ).toEqual({
    name: 'x',
    'api-key': '(not shown)',
    list: [{ adminPass: '(not shown)' }, 'https://h/x'],
    pem: '(not shown)',
    port: 1,
    none: null,
    hashed_passwd: '(not shown)',
  })
  expect(withoutCredentials('a rabbit://u:p@h:5672/ b http://x@y c@d')).toBe('a rabbit://h:5672/ b http://y c@d')
})
