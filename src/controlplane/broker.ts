import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { asError, EnvironmentError, ToolError } from '../system/errors.ts'
import { makeSharedFolder } from '../system/journal.ts'
import { asRoot, requirePrivilege, startAsRoot } from '../system/privilege.ts'
import { type Child, run } from '../system/run.ts'
import type { BrokerAddress } from './broker-address.ts'
import { type BrokerFacts, probeBroker } from './broker-connection.ts'
import { joinListings, type QueueConsumer } from './broker-listing.ts'
import { type BrokerIdentity, brokerConfiguration, brokerEnvironment } from './broker-settings.ts'
import { freePorts } from './ports.ts'

/** A message broker that an agent can register at. */
export interface Broker {
  readonly address: BrokerAddress
  readonly facts: BrokerFacts
  /** Whether this program started it. */
  readonly own: boolean
  /** The consumers of a queue as the broker itself lists them; undefined for a broker that is not ours to ask. */
  consumers?(queue: string): Promise<readonly QueueConsumer[]>
  /** Ends the broker if it is ours; its folder goes with the run's journal. */
  stop(): Promise<void>
}

/** The distribution's package keeps its programs here; /usr/sbin/rabbitmq-server would write into the system's own log. */
const programFolder = '/usr/lib/rabbitmq/bin'
const systemUser = 'rabbitmq'
const startLimitSeconds = 120

/**
 * Starts a RabbitMQ of our own on loopback, as user rabbitmq, with nothing in common with a broker that the system runs.
 *
 * @throws EnvironmentError when the package is missing or root cannot be had; ToolError when the broker does not come up
 */
export async function startBroker(signal: AbortSignal): Promise<Broker> {
  await requireRabbitmq()
  for (let attempt = 1; ; attempt++) {
    const identity = await newIdentity()
    const child = await launch(identity, signal)
    try {
      const address = addressOf(identity)
      const facts = await untilReady(address, child, signal)
      return {
        address,
        facts,
        own: true,
        consumers: queue => listConsumers(identity, queue),
        stop: async () => {
          await child.stop()
          await child.done.catch(() => undefined)
        },
      }
    } catch (error) {
      const log = await brokerLog(identity)
      await child.stop()
      // The ports were free a moment ago; another program may have been faster.
      if (attempt < 3 && /eaddrinuse/i.test(log.join('\n'))) continue
      if (signal.aborted || !(error instanceof ToolError)) throw error
      const shown = log.length > 0 ? `\nlast lines of its log:\n${log.map(line => `  ${line}`).join('\n')}` : ''
      throw new ToolError(`${error.message}${shown}`, error.program, error.exitStatus, { cause: error })
    }
  }
}

async function requireRabbitmq(): Promise<void> {
  await requirePrivilege()
  const user = await run('getent', ['passwd', systemUser], { allowedExitStatuses: 'any' })
  const missing = existsSync(join(programFolder, 'rabbitmq-server')) ? undefined : `${programFolder}/rabbitmq-server`
  if (missing === undefined && user.exitStatus === 0) return
  throw new EnvironmentError(
    `The smoke test needs a RabbitMQ server: ${missing ?? `the system user "${systemUser}"`} does not exist. ` +
      'Install the package rabbitmq-server ("trove-image setup" does it without starting a service), ' +
      'or name a broker that runs already with --broker-url.',
  )
}

async function newIdentity(): Promise<BrokerIdentity> {
  const [amqp, distribution, epmd] = (await freePorts(3)) as [number, number, number]
  const word = () => randomBytes(12).toString('hex')
  return {
    nodeName: `trove-image-${randomBytes(4).toString('hex')}@localhost`,
    folder: makeSharedFolder('broker'),
    ports: { amqp, distribution, epmd },
    user: `u${word()}`,
    password: word(),
    virtualHost: `v${word()}`,
  }
}

function addressOf(identity: BrokerIdentity): BrokerAddress {
  const { user, password, virtualHost, ports } = identity
  return { host: '127.0.0.1', port: ports.amqp, user, password, virtualHost }
}

async function launch(identity: BrokerIdentity, signal: AbortSignal): Promise<Child> {
  const write = (name: string, content: string, mode: number) => {
    writeFileSync(join(identity.folder, name), content)
    chmodSync(join(identity.folder, name), mode)
  }
  write('.erlang.cookie', randomBytes(20).toString('hex'), 0o400)
  write('rabbitmq.conf', brokerConfiguration(identity), 0o600)
  write('advanced.config', '[].\n', 0o600)
  write('enabled_plugins', '[].\n', 0o600)
  write('rabbitmq-env.conf', '', 0o600)
  await asRoot('chown', ['-R', `${systemUser}:`, identity.folder])
  return startAsRoot('runuser', ['-u', systemUser, '--', join(programFolder, 'rabbitmq-server')], {
    supervised: true,
    // Far beyond any smoke test: the stage's own limits end it earlier, this one ends a broker that was forgotten.
    timeoutSeconds: 6 * 3600,
    graceSeconds: 20,
    signal,
    cwd: '/',
    onlyEnv: brokerEnvironment(identity),
  })
}

async function untilReady(address: BrokerAddress, child: Child, signal: AbortSignal): Promise<BrokerFacts> {
  const stopAsking = new AbortController()
  const ended = child.done.then(
    () => Promise.reject(new ToolError('rabbitmq-server ended before it answered', 'rabbitmq-server', 0)),
    error => Promise.reject(error),
  )
  const asking = async (): Promise<BrokerFacts> => {
    const deadline = performance.now() + startLimitSeconds * 1000
    let last = 'nothing was tried'
    while (performance.now() < deadline && !stopAsking.signal.aborted && !signal.aborted) {
      try {
        return await probeBroker(address, true)
      } catch (error) {
        last = asError(error).message
      }
      await pause(400)
    }
    throw new ToolError(
      `rabbitmq-server did not answer within ${startLimitSeconds} s: ${last}`,
      'rabbitmq-server',
      null,
    )
  }
  try {
    return await Promise.race([ended, asking()])
  } finally {
    stopAsking.abort()
  }
}

async function listConsumers(identity: BrokerIdentity, queue: string): Promise<readonly QueueConsumer[]> {
  const ask = async (...args: string[]) => {
    const command = ['-u', systemUser, '--', join(programFolder, 'rabbitmqctl'), '--silent', ...args]
    const result = await asRoot('runuser', [...command, '--formatter', 'json'], {
      supervised: true,
      timeoutSeconds: 120,
      cwd: '/',
      onlyEnv: brokerEnvironment(identity),
    })
    return result.stdout
  }
  const host = ['-p', identity.virtualHost]
  return joinListings(queue, {
    consumers: await ask('list_consumers', ...host),
    channels: await ask('list_channels', ...host, 'pid', 'connection'),
    connections: await ask('list_connections', 'pid', 'peer_host', 'peer_port', 'client_properties'),
  })
}

async function brokerLog(identity: BrokerIdentity): Promise<string[]> {
  const script = 'cat "$1"/log/*.log 2>/dev/null | tail -n 30; cat "$1"/erl_crash.dump 2>/dev/null | head -n 5'
  const result = await asRoot('/bin/sh', ['-c', script, 'sh', identity.folder], { allowedExitStatuses: 'any' })
  return result.stdout.split('\n').filter(line => line.trim() !== '')
}
