import { join } from 'node:path'

/** The ports of a site, all on loopback but the finger port: Zuul's executor has no option for where it binds that. */
export interface Ports {
  readonly zookeeper: number
  readonly database: number
  readonly web: number
  readonly finger: number
  readonly ssh: number
}

/** The folder of a site and what lies in it. */
export function layout(folder: string) {
  return {
    folder,
    authority: join(folder, 'keys/authority.pem'),
    client: join(folder, 'keys/client.pem'),
    clientKey: join(folder, 'keys/client-key.pem'),
    server: join(folder, 'keys/server-with-key.pem'),
    nodeKey: join(folder, 'keys/node'),
    node: join(folder, 'node'),
    repositories: join(folder, 'repositories'),
    logs: join(folder, 'logs'),
    /** Where the consumer's publish job copies to, as the node's user. */
    published: join(folder, 'node/published'),
    services: join(folder, 'services'),
    zuulConf: join(folder, 'zuul.conf'),
    /** So short because Ansible's sockets lie below it, and with a longer name ssh refuses them; made before the executor starts. */
    builds: join(folder, 'b'),
    siteVariables: join(folder, 'site-variables.yaml'),
    tenants: join(folder, 'tenants.yaml'),
    work: join(folder, 'work'),
  }
}
export type Layout = ReturnType<typeof layout>

/** The hosts that the repositories of a site pretend to come from: each is a connection of Zuul's git driver. */
export const hosts = ['site.example', 'github.com', 'opendev.org'] as const
export type Host = (typeof hosts)[number]

export const connectionOf: Readonly<Record<Host, string>> = {
  'site.example': 'site',
  'github.com': 'github',
  'opendev.org': 'opendev',
}

export function zookeeperSettings(at: Layout, ports: Ports): string {
  return lines({
    dataDir: join(at.services, 'zookeeper'),
    tickTime: 2000,
    initLimit: 5,
    syncLimit: 2,
    maxClientCnxns: 1000,
    standaloneEnabled: true,
    'admin.enableServer': false,
    // Zuul speaks to ZooKeeper over TLS only, and only this factory has it.
    serverCnxnFactory: 'org.apache.zookeeper.server.NettyServerCnxnFactory',
    secureClientPort: ports.zookeeper,
    secureClientPortAddress: '127.0.0.1',
    'ssl.keyStore.location': at.server,
    'ssl.trustStore.location': at.authority,
  })
}

/** Executed by the database server at every start. */
export function databaseSetUp(password: string): string {
  return [
    'CREATE DATABASE IF NOT EXISTS zuul;',
    `CREATE USER IF NOT EXISTS 'zuul'@'%' IDENTIFIED BY '${password}';`,
    "GRANT ALL ON zuul.* TO 'zuul'@'%';",
    '',
  ].join('\n')
}

/** The SSH server of the node runs as the node's own user, who is the only one that it can let in. */
export function sshSettings(at: Layout, ports: Ports, passOn: Readonly<Record<string, string>>): string {
  const environment = Object.entries(passOn).map(([name, value]) => `"${name}=${value}"`)
  return [
    'ListenAddress 127.0.0.1',
    `Port ${ports.ssh}`,
    `HostKey ${join(at.node, 'host-key')}`,
    `AuthorizedKeysFile ${join(at.node, 'authorized-keys')}`,
    'PidFile none',
    'UsePAM no',
    'StrictModes no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'MaxSessions 50',
    'MaxStartups 50',
    'Subsystem sftp internal-sftp',
    // One line: only the first SetEnv counts.
    ...(environment.length > 0 ? [`SetEnv ${environment.join(' ')}`] : []),
    '',
  ].join('\n')
}

export interface Secrets {
  readonly database: string
  readonly keystore: string
  readonly operator: string
}

export interface ZuulOptions {
  readonly secrets: Secrets
  readonly ansibleRoot: string
  /** What the executor allows the folder of a job. */
  readonly jobDiskMegabytes: number
}

/** What Zuul's default is, and sites have: an image that is collected without being asked for fails the build. */
export const usualJobDiskMegabytes = 250

export function zuulSettings(at: Layout, ports: Ports, options: ZuulOptions): string {
  const { secrets, ansibleRoot, jobDiskMegabytes } = options
  const service = (name: string) => ({
    command_socket: join(at.work, `${name}.socket`),
    pidfile: join(at.work, `${name}.pid`),
  })
  const git = (host: Host): Section => ({
    driver: 'git',
    baseurl: `file://${join(at.repositories, host)}`,
    canonical_hostname: host,
    poll_delay: 15,
  })
  return sections({
    zookeeper: {
      hosts: `localhost:${ports.zookeeper}`,
      tls_cert: at.client,
      tls_key: at.clientKey,
      tls_ca: at.authority,
    },
    keystore: { password: secrets.keystore },
    database: { dburi: `mysql+pymysql://zuul:${secrets.database}@127.0.0.1:${ports.database}/zuul` },
    scheduler: { tenant_config: at.tenants, ...service('scheduler') },
    merger: {
      git_dir: join(at.work, 'merger-git'),
      git_user_email: 'zuul@site.example',
      git_user_name: 'Zuul',
      ...service('merger'),
    },
    executor: {
      private_key_file: at.nodeKey,
      default_username: nodeUser,
      state_dir: join(at.work, 'executor'),
      job_dir: at.builds,
      git_dir: join(at.work, 'executor-git'),
      trusted_rw_paths: at.logs,
      variables: at.siteVariables,
      finger_port: ports.finger,
      disk_limit_per_job: jobDiskMegabytes,
      min_avail_mem: 1,
      min_avail_hdd: 1,
      load_multiplier: 100,
      ansible_root: ansibleRoot,
      manage_ansible: false,
      // A busy machine needs longer than the minute that is the default.
      ansible_setup_timeout: 600,
      sigterm_method: 'stop',
      ...service('executor'),
    },
    launcher: { temp_dir: at.work, ...service('launcher') },
    web: {
      listen_address: '127.0.0.1',
      port: ports.web,
      root: `http://127.0.0.1:${ports.web}/`,
      ...service('web'),
    },
    'auth zuul_operator': {
      driver: 'HS256',
      allow_authz_override: true,
      realm: 'site.example',
      client_id: 'site.example',
      issuer_id: 'zuul_operator',
      secret: secrets.operator,
    },
    'connection "static"': { driver: 'static' },
    ...Object.fromEntries(hosts.map(host => [`connection "${connectionOf[host]}"`, git(host)])),
  })
}

/** The user whom the executor logs in as. */
export const nodeUser = 'trove-zuul'

/** What the launcher hands to jobs that ask for one of the labels: the same machine under each name. */
export function nodeProvider(ports: Ports, hostKey: string, labels: readonly string[]): string {
  const [first = '', ...aliases] = labels
  return `${JSON.stringify([
    { image: { name: 'loopback', type: 'cloud' } },
    { flavor: { name: 'loopback' } },
    { label: { name: first, image: 'loopback', flavor: 'loopback' } },
    {
      section: {
        name: 'loopback',
        connection: 'static',
        images: [{ name: 'loopback', username: nodeUser, 'python-path': '/usr/bin/python3' }],
        flavors: [{ name: 'loopback' }],
        labels: [{ name: first }],
      },
    },
    {
      provider: {
        name: 'loopback',
        section: 'loopback',
        images: [{ name: 'loopback' }],
        labels: [{ name: first }],
        nodes: [
          {
            name: '127.0.0.1',
            label: first,
            aliases,
            'connection-port': ports.ssh,
            username: nodeUser,
            'host-key': hostKey,
          },
        ],
      },
    },
  ])}\n`
}

type Value = string | number | boolean
type Section = Readonly<Record<string, Value>>

function lines(settings: Section): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

function sections(all: Readonly<Record<string, Section>>): string {
  return Object.entries(all)
    .map(([name, section]) => `[${name}]\n${lines(section)}`)
    .join('\n')
}
