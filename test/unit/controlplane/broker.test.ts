import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseBrokerUrl, transportUrl } from '../../../src/controlplane/broker-address.ts'
import { brokerError, classifyBrokerFault } from '../../../src/controlplane/broker-fault.ts'
import { joinListings } from '../../../src/controlplane/broker-listing.ts'
import { brokerConfiguration, brokerEnvironment } from '../../../src/controlplane/broker-settings.ts'
import { queueExists } from '../../../src/controlplane/conversation.ts'
import { agentConfiguration } from '../../../src/controlplane/guest-configuration.ts'

const fixture = (name: string) => readFileSync(new URL(`../../fixtures/controlplane/${name}`, import.meta.url), 'utf8')

const identity = {
  nodeName: 'trove-image-1a2b@localhost',
  folder: '/var/tmp/trove-image-broker.1a2b',
  ports: { amqp: 40001, distribution: 40002, epmd: 40003 },
  user: 'someone',
  password: 'secret',
  virtualHost: 'here',
}

describe('our own broker', () => {
  test('listens on loopback and knows one user', () => {
    expect(brokerConfiguration(identity)).toBe(
      [
        'listeners.tcp.1 = 127.0.0.1:40001',
        'default_user = someone',
        'default_pass = secret',
        'default_vhost = here',
        'default_permissions.configure = .*',
        'default_permissions.read = .*',
        'default_permissions.write = .*',
        'disk_free_limit.absolute = 1MB',
        'log.file.level = info',
        'log.console = false',
        '',
      ].join('\n'),
    )
  })

  test("has nothing in common with the system's: no folder of its, no secret, no listener beyond loopback", () => {
    const environment = brokerEnvironment(identity)
    const text = Object.entries(environment).map(([name, value]) => `${name}=${value}`)
    expect(text.filter(line => /\/etc|\/var\/lib|\/var\/log|secret|0\.0\.0\.0/.test(line))).toEqual([])
    expect(text.filter(line => line.includes('127'))).toEqual([
      'ERL_EPMD_ADDRESS=127.0.0.1',
      'RABBITMQ_NODE_IP_ADDRESS=127.0.0.1',
      'RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1}',
      'RABBITMQ_CTL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1}',
    ])
  })
})

describe("whether a conductor's queue exists", () => {
  test.each([
    [`404 (NOT-FOUND) with message "NOT_FOUND - no queue 'trove-conductor' in vhost '/'"`, false],
    [`404 (NOT-FOUND) with message "NOT_FOUND - home node 'rabbit@a' of durable queue is down or inaccessible"`, true],
    [`405 (RESOURCE-LOCKED) with message "RESOURCE_LOCKED - cannot obtain exclusive access to locked queue"`, true],
    [`403 (ACCESS-REFUSED) with message "ACCESS_REFUSED - configure access to queue refused"`, undefined],
    ['Socket closed abruptly during opening handshake', undefined],
  ])('%s', (message, expected) => {
    expect(queueExists(message)).toBe(expected)
  })
})

describe('broker-url', () => {
  test.each([
    [
      'amqp://trove:p%40ss@broker.example:5673/prod%2Ftrove',
      { host: 'broker.example', port: 5673, user: 'trove', password: 'p@ss', virtualHost: 'prod/trove' },
    ],
    ['rabbit://a:b@10.0.0.1', { host: '10.0.0.1', port: 5672, user: 'a', password: 'b', virtualHost: '/' }],
    ['amqp://a:b@[::1]:80/', { host: '::1', port: 80, user: 'a', password: 'b', virtualHost: '/' }],
  ])('%s', (text, expected) => {
    expect(parseBrokerUrl(text)).toEqual(expected)
  })

  test.each([
    ['amqps://a:b@h', 'TLS (amqps) is not supported'],
    ['http://a:b@h', 'the scheme "http" is not known'],
    ['a:b@h', 'the scheme "a" is not known'],
    ['amqp://h', 'user and password are missing'],
    ['amqp://a@h', 'user and password are missing'],
    ['amqp://a:sesame%zz@h', 'a percent sign'],
    ['', 'it is not a URL'],
  ])('%j is refused without repeating it', (text, why) => {
    const refusal = (() => {
      try {
        return parseBrokerUrl(text)
      } catch (error) {
        return error as Error
      }
    })()
    expect(refusal).toMatchObject({ name: 'InputError', message: expect.stringContaining(why) })
    expect(refusal).not.toMatchObject({ message: expect.stringContaining('sesame') })
  })

  test('the guest is given the same broker at the address that it sees', () => {
    const address = parseBrokerUrl('amqp://trove:p%40ss@127.0.0.1:5673/prod%2Ftrove')
    expect(transportUrl(address, { host: '10.0.2.100', port: 5672 })).toBe(
      'rabbit://trove:p%40ss@10.0.2.100:5672/prod%2Ftrove',
    )
  })
})

test('a broker that denies transient queues makes the agent ask for quorum queues', () => {
  const address = parseBrokerUrl('amqp://a:b@h')
  const guestSide = { host: '10.0.2.100', port: 5672 }
  const plain = [
    '[DEFAULT]',
    'transport_url = rabbit://a:b@10.0.2.100:5672/%2F',
    'control_exchange = trove',
    'log_dir = /var/log/trove',
    'log_file = trove-guestagent.log',
    '',
  ].join('\n')
  expect(agentConfiguration(address, 'classic-transient', guestSide)).toBe(plain)
  expect(agentConfiguration(address, 'quorum', guestSide)).toBe(
    `${plain}\n[oslo_messaging_rabbit]\nrabbit_quorum_queue = True\nrabbit_transient_quorum_queue = True\n`,
  )
})

describe('errors of a broker', () => {
  const address = parseBrokerUrl('amqp://trove:sesame@broker.example')
  // The texts are amqplib's, seen with RabbitMQ 3.10.8; the 541 one is RabbitMQ 4.3's as an agent logged it.
  test.each([
    ['connect ECONNREFUSED 127.0.0.1:1', 'unreachable', 'EnvironmentError', 'cannot be reached'],
    ['connect ETIMEDOUT', 'unreachable', 'EnvironmentError', 'cannot be reached'],
    [
      'Handshake terminated by server: 403 (ACCESS-REFUSED) with message "ACCESS_REFUSED - Login was refused using ' +
        'authentication mechanism PLAIN. For details see the broker logfile."',
      'wrong-credentials',
      'InputError',
      'refused user "trove"',
    ],
    [
      'Expected ConnectionOpenOk; got <ConnectionClose channel:0>',
      'no-virtual-host',
      'InputError',
      'may not enter virtual host "/"',
    ],
    [
      'Operation failed: ExchangeDeclare; 403 (ACCESS-REFUSED) with message "ACCESS_REFUSED - configure access to ' +
        "exchange 'trove' in vhost '/' refused for user 'trove'\"",
      'no-permission',
      'InputError',
      'lacks permissions',
    ],
    [
      'Operation failed: ExchangeDeclare; 406 (PRECONDITION-FAILED) with message "PRECONDITION_FAILED - inequivalent ' +
        "arg 'durable' for exchange 'trove' in vhost '/': received 'false' but current is 'true'\"",
      'mismatch',
      'EnvironmentError',
      'Broker mismatch',
    ],
    [
      'Connection closed: 541 (INTERNAL-ERROR) with message "INTERNAL_ERROR - Feature `transient_nonexcl_queues` is ' +
        'deprecated."',
      'mismatch',
      'EnvironmentError',
      'Broker mismatch',
    ],
    ['Socket closed abruptly during opening handshake', 'not-amqp', 'EnvironmentError', 'does not speak AMQP'],
  ])('%s', (message, fault, name, says) => {
    const error = brokerError(address, new Error(message))
    expect([classifyBrokerFault(message), error.name]).toEqual([fault, name])
    expect(error.message).toContain(says)
    expect(error.message).toContain('fault of the broker, not of the image')
    expect(error.message).not.toContain('sesame')
  })
})

describe("the broker's listing", () => {
  const listings = {
    consumers: fixture('rabbitmq-3.10.8-consumers.json'),
    channels: fixture('rabbitmq-3.10.8-channels.json'),
    connections: fixture('rabbitmq-3.10.8-connections.json'),
  }

  test('gives the peer of a queue, although each call names the node in its own way', () => {
    expect(joinListings('guestagent.g1', listings)).toEqual([
      { connection: '734.0', peer: '127.0.0.1:54706', clientName: 'trove-guestagent:1234:g1' },
    ])
  })

  test('is empty for another queue, and when the connection is gone', () => {
    expect(joinListings('guestagent.g2', listings)).toEqual([])
    expect(joinListings('guestagent.g1', { ...listings, connections: '[]' })).toEqual([])
    expect(joinListings('guestagent.g1', { consumers: '', channels: '', connections: '' })).toEqual([])
  })

  test('an IPv6 peer and client properties as an object are understood', () => {
    const connections = JSON.stringify([
      {
        pid: '<rabbit@host.1700000000.734.0>',
        peer_host: [0, 0, 0, 0, 0, 0, 0, 1],
        peer_port: 9,
        client_properties: { connection_name: 'trove-guestagent:9:x' },
      },
    ])
    expect(joinListings('guestagent.g1', { ...listings, connections })).toEqual([
      { connection: '734.0', peer: '[0:0:0:0:0:0:0:1]:9', clientName: 'trove-guestagent:9:x' },
    ])
  })
})
