import { type BrokerAddress, transportUrl } from './broker-address.ts'
import type { QueueKind } from './broker-connection.ts'

/** The datastores that Trove knows since Victoria, with what it tells a guest about each by default. */
const datastores = {
  mysql: {
    registryExtension: 'trove.guestagent.datastore.mysql.manager.Manager',
    replicationStrategy: 'trove.guestagent.strategies.replication.mysql_gtid.MysqlGTIDReplication',
  },
  mariadb: {
    registryExtension: 'trove.guestagent.datastore.mariadb.manager.Manager',
    replicationStrategy: 'trove.guestagent.strategies.replication.mariadb_gtid.MariaDBGTIDReplication',
  },
  postgresql: {
    registryExtension: 'trove.guestagent.datastore.postgres.manager.PostgresManager',
    replicationStrategy: 'trove.guestagent.strategies.replication.postgresql.PostgresqlReplicationStreaming',
  },
} as const

export const datastoreManagers = ['mysql', 'mariadb', 'postgresql'] as const
export type DatastoreManager = (typeof datastoreManagers)[number]

/** What the control plane knows about one guest. */
export interface GuestIdentity {
  readonly guestId: string
  readonly tenantId: string
  readonly datastoreManager: DatastoreManager
  readonly datastoreVersion: string
  /** Trove encrypts by default (`enable_secure_rpc_messaging`); the key is the guest's own. */
  readonly encryptionKey: string
}

/**
 * The files that Trove's task manager injects into a guest without a management network of its own, in its order:
 * `get_injected_files` (trove/instance/models.py). The second one is the operator's `guest_config`, which Trove passes on
 * as it is.
 */
export function injectedFiles(guest: GuestIdentity, agentConfiguration: string): Map<string, string> {
  const { registryExtension, replicationStrategy } = datastores[guest.datastoreManager]
  const guestInfo = [
    '[DEFAULT]',
    `guest_id=${guest.guestId}`,
    `datastore_manager=${guest.datastoreManager}`,
    `datastore_version=${guest.datastoreVersion}`,
    `tenant_id=${guest.tenantId}`,
    `datastore_registry_ext=${guest.datastoreManager}:${registryExtension}`,
    `replication_strategy=${replicationStrategy}`,
    // Trove's default. Without an eth1.json the agent warns that it could not take the user's port down, and goes on.
    'network_isolation=True',
    `instance_rpc_encr_key=${guest.encryptionKey}`,
  ]
  return new Map([
    ['/etc/trove/conf.d/guest_info.conf', `${guestInfo.join('\n')}\n`],
    ['/etc/trove/conf.d/trove-guestagent.conf', agentConfiguration],
  ])
}

/** The smallest useful `trove-guestagent.conf`, as an operator writes it. */
export function agentConfiguration(
  broker: BrokerAddress,
  queueKind: QueueKind,
  guestSide: { readonly host: string; readonly port: number },
): string {
  const lines = [
    '[DEFAULT]',
    `transport_url = ${transportUrl(broker, guestSide)}`,
    // oslo.messaging's own default is "openstack"; Trove sets none.
    'control_exchange = trove',
    'log_dir = /var/log/trove',
    'log_file = trove-guestagent.log',
  ]
  const quorum = ['[oslo_messaging_rabbit]', 'rabbit_quorum_queue = True', 'rabbit_transient_quorum_queue = True']
  return `${[...lines, ...(queueKind === 'quorum' ? ['', ...quorum] : [])].join('\n')}\n`
}
