import { appendFileSync, existsSync, readdirSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Child, run, start } from '../../src/system/run.ts'
import type { Installation } from './installation.ts'
import { type Layout, nodeUser, type Ports } from './settings.ts'

/** A program of the site that runs until the site is stopped. */
export interface Service {
  readonly name: string
  readonly child: Child
  readonly logFile: string
}

const dayOfSeconds = 86_400

/** Starts a program whose words go to a file; it works in the site's folder, by which it is found again. */
function startService(
  at: Layout,
  name: string,
  command: readonly [string, ...string[]],
  env: Readonly<Record<string, string>> = {},
): Service {
  const logFile = join(at.services, `${name}.log`)
  const [program, ...args] = command
  const child = start(program, args, {
    supervised: true,
    timeoutSeconds: dayOfSeconds,
    graceSeconds: 20,
    cwd: at.folder,
    env,
    discardOutput: true,
    onLine: line => appendFileSync(logFile, `${line}\n`),
  })
  child.closeInput()
  return { name, child, logFile }
}

export function startZookeeper(at: Layout): Service {
  // Debian's own list of jars lacks the codecs of netty, and then every TLS handshake just closes.
  const wanted =
    /^(zookeeper|zookeeper-jute|netty-[a-z-]+|slf4j-api|slf4j-simple|snappy-java|metrics-core|audience-annotations)\.jar$/
  const jars = readdirSync('/usr/share/java').filter(name => wanted.test(name))
  const classPath = jars.map(name => join('/usr/share/java', name)).join(':')
  const main = 'org.apache.zookeeper.server.ZooKeeperServerMain'
  return startService(at, 'zookeeper', ['java', '-Xmx256m', '-cp', classPath, main, join(at.folder, 'zoo.cfg')])
}

/** The database in a folder of its own; nothing of the machine's configuration is read. */
export async function startDatabase(at: Layout, ports: Ports): Promise<Service> {
  const data = join(at.services, 'database')
  const install = ['--no-defaults', `--datadir=${data}`, '--user=root', '--skip-test-db', '--skip-name-resolve']
  await run('mariadb-install-db', install, { supervised: true, timeoutSeconds: 120 })
  return startService(at, 'database', [
    'mariadbd',
    '--no-defaults',
    '--user=root',
    `--datadir=${data}`,
    `--socket=${join(at.services, 'database.socket')}`,
    `--pid-file=${join(at.services, 'database.pid')}`,
    '--bind-address=127.0.0.1',
    `--port=${ports.database}`,
    `--init-file=${join(at.services, 'database.sql')}`,
    '--skip-name-resolve',
    '--innodb-flush-log-at-trx-commit=0',
    '--innodb-buffer-pool-size=32M',
  ])
}

export function startNode(at: Layout): Service {
  const server = ['/usr/sbin/sshd', '-D', '-e', '-f', join(at.node, 'sshd_config')]
  return startService(at, 'node', ['runuser', '-u', nodeUser, '--', ...server])
}

export const zuulServices = ['scheduler', 'executor', 'launcher', 'web'] as const

export function startZuul(at: Layout, installation: Installation, name: (typeof zuulServices)[number]): Service {
  const command = [join(installation.programs, `zuul-${name}`), '-c', at.zuulConf, '-f', '-d'] as const
  const path = `${installation.programs}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`
  return startService(at, `zuul-${name}`, [...command], {
    PATH: path,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_SYSTEM: '/dev/null',
  })
}

/** Free ports of this machine, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer()
      await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
      return server
    }),
  )
  const ports = servers.map(server => Number(Object(server.address()).port))
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))))
  return ports
}

/** Waits until a program listens, or says why it does not. */
export async function listening(service: Service, port: number, seconds: number, signal: AbortSignal): Promise<void> {
  await until(`${service.name} to listen on port ${port}`, seconds, service, signal, async () => {
    const socket = connect(port, '127.0.0.1')
    try {
      return await new Promise<boolean>(resolve => {
        socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
      })
    } finally {
      socket.destroy()
    }
  })
}

/** Asks again until the answer is true; fails at once when the service has ended. */
export async function until(
  what: string,
  seconds: number,
  service: Service,
  signal: AbortSignal,
  ask: () => Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + seconds * 1000
  while (!(await ask())) {
    signal.throwIfAborted()
    if (!existsSync(`/proc/${service.child.pid}`)) {
      throw new Error(`waited for ${what}, but ${service.name} has ended; its words are in ${service.logFile}`)
    }
    if (performance.now() > deadline) {
      throw new Error(`waited ${seconds} s for ${what} in vain; see ${service.logFile}`)
    }
    await pause(500)
  }
}
