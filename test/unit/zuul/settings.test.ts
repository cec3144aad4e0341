import { expect, test } from 'vitest'
import {
  databaseSetUp,
  layout,
  nodeProvider,
  sshSettings,
  zookeeperSettings,
  zuulSettings,
} from '../../zuul/settings.ts'

const at = layout('/site')
const ports = { zookeeper: 1, database: 2, web: 3, finger: 4, ssh: 5 }
const lines = (text: string) => text.trimEnd().split('\n')

test('ZooKeeper listens on loopback, over TLS only', () => {
  const settings = lines(zookeeperSettings(at, ports))
  expect(settings.filter(line => /port/i.test(line))).toEqual([
    'secureClientPort=1',
    'secureClientPortAddress=127.0.0.1',
  ])
  expect(settings.filter(line => line.startsWith('ssl.'))).toEqual([
    'ssl.keyStore.location=/site/keys/server-with-key.pem',
    'ssl.trustStore.location=/site/keys/authority.pem',
  ])
})

test('the database has one user with a password', () => {
  expect(lines(databaseSetUp('word'))).toEqual([
    'CREATE DATABASE IF NOT EXISTS zuul;',
    "CREATE USER IF NOT EXISTS 'zuul'@'%' IDENTIFIED BY 'word';",
    "GRANT ALL ON zuul.* TO 'zuul'@'%';",
  ])
})

test("the node's SSH server lets in by key on loopback, and hands on what was asked for in one line", () => {
  const settings = lines(sshSettings(at, ports, { PIP_CERT: '/ca.pem', no_proxy: 'localhost' }))
  expect(settings.slice(0, 2)).toEqual(['ListenAddress 127.0.0.1', 'Port 5'])
  expect(settings).toContain('PasswordAuthentication no')
  expect(settings.filter(line => line.startsWith('SetEnv'))).toEqual(['SetEnv "PIP_CERT=/ca.pem" "no_proxy=localhost"'])
  expect(sshSettings(at, ports, {})).not.toMatch('SetEnv')
})

test('Zuul has the limit of a real site for each job, and a connection for each host', () => {
  const secrets = { database: 'd', keystore: 'k', operator: 'o' }
  const settings = zuulSettings(at, ports, { secrets, ansibleRoot: '/ansible', jobDiskMegabytes: 250 })
  expect(lines(settings)).toContain('disk_limit_per_job=250')
  expect(settings.match(/^\[connection .*$/gm)).toEqual([
    '[connection "static"]',
    '[connection "site"]',
    '[connection "github"]',
    '[connection "opendev"]',
  ])
  expect(lines(settings)).toContain('baseurl=file:///site/repositories/opendev.org')
})

test('a socket of Ansible below the folder of a build has a name that ssh takes', () => {
  const folder = layout('/var/tmp/trove-image-zuul').builds
  const socket = `${folder}/${'0'.repeat(32)}/.ansible/cp/0123456789.0123456789abcdef`
  expect(socket.length).toBeLessThan(108)
})

test('one node answers to all labels', () => {
  const configuration = JSON.parse(nodeProvider(ports, 'ssh-ed25519 KEY', ['first', 'second']))
  expect(configuration.at(-1).provider.nodes).toEqual([
    {
      name: '127.0.0.1',
      label: 'first',
      aliases: ['second'],
      'connection-port': 5,
      username: 'trove-zuul',
      'host-key': 'ssh-ed25519 KEY',
    },
  ])
})
