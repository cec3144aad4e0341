/** What tells one private broker from every other: chosen anew for each run. */
export interface BrokerIdentity {
  /** Erlang node name, `name@localhost`. */
  readonly nodeName: string
  /** Below /var/tmp, owned by user rabbitmq. */
  readonly folder: string
  readonly ports: { readonly amqp: number; readonly distribution: number; readonly epmd: number }
  readonly user: string
  readonly password: string
  readonly virtualHost: string
}

/** `rabbitmq.conf`: listens on loopback alone, knows one user, who is made with the node's first start. */
export function brokerConfiguration(identity: BrokerIdentity): string {
  const lines = {
    'listeners.tcp.1': `127.0.0.1:${identity.ports.amqp}`,
    default_user: identity.user,
    default_pass: identity.password,
    default_vhost: identity.virtualHost,
    'default_permissions.configure': '.*',
    'default_permissions.read': '.*',
    'default_permissions.write': '.*',
    // A smoke test holds a handful of messages: an alarm for the host's nearly full disk would only block publishers.
    'disk_free_limit.absolute': '1MB',
    'log.file.level': 'info',
    'log.console': 'false',
  }
  return Object.entries(lines)
    .map(([key, value]) => `${key} = ${value}\n`)
    .join('')
}

/**
 * The whole environment of the broker and of its command line tool. Everything that would point to the system's own
 * broker (/etc/rabbitmq, /var/lib/rabbitmq, /var/log/rabbitmq) points into our folder, and nothing listens beyond
 * loopback. The cookie is a file in HOME: given as a variable it would stand on Erlang's command line.
 */
export function brokerEnvironment(identity: BrokerIdentity): Record<string, string> {
  const { folder, ports } = identity
  const loopbackOnly = '-kernel inet_dist_use_interface {127,0,0,1}'
  return {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: folder,
    ERL_CRASH_DUMP: `${folder}/erl_crash.dump`,
    LC_ALL: 'C.UTF-8',
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: String(ports.epmd),
    RABBITMQ_NODENAME: identity.nodeName,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(ports.amqp),
    RABBITMQ_DIST_PORT: String(ports.distribution),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: loopbackOnly,
    RABBITMQ_CTL_ERL_ARGS: loopbackOnly,
    RABBITMQ_CONF_ENV_FILE: `${folder}/rabbitmq-env.conf`,
    RABBITMQ_CONFIG_FILE: `${folder}/rabbitmq.conf`,
    RABBITMQ_ADVANCED_CONFIG_FILE: `${folder}/advanced.config`,
    RABBITMQ_ENABLED_PLUGINS_FILE: `${folder}/enabled_plugins`,
    RABBITMQ_PID_FILE: `${folder}/pid`,
    RABBITMQ_MNESIA_BASE: `${folder}/data`,
    RABBITMQ_GENERATED_CONFIG_DIR: `${folder}/generated`,
    RABBITMQ_LOG_BASE: `${folder}/log`,
  }
}
