import type { Ending } from './boot-watch.ts'
import { agentRestarts, type Evidence, type StartUpStep } from './guest-evidence.ts'

/** A text in a guest's logs, what it means, and what to do. */
interface Signature {
  readonly pattern: RegExp
  readonly cause: string
  readonly remedy: string
}

/**
 * What agents were seen to die of. Looked for in the agent's log and in the journal; the first that fits is named, so the
 * ones that follow from others stand last. Sources: facts measured with trove-guestagent 18 to 25, and Trove's source.
 */
const signatures: readonly Signature[] = [
  {
    pattern:
      /sudo: (?:a terminal is required|a password is required|.* is not in the sudoers file)|is not allowed to (?:run|execute)/,
    cause: 'the agent may not use sudo without a password',
    remedy: 'Give its user a file in /etc/sudoers.d: "USER ALL=(ALL) NOPASSWD: ALL", mode 0440 (element trove-guest).',
  },
  {
    pattern: /Manager class not registered for datastore manager None|The guest_id parameter is not set/,
    cause: 'the agent did not find its configuration: guest_info.conf was not injected or cannot be read',
    remedy:
      'The owner of injected files (Trove\'s injected_config_owner, default "ubuntu") must exist in the image, cloud-init must ' +
      "know the datasource ConfigDrive, and the agent's unit must read /etc/trove/conf.d.",
  },
  {
    pattern: /Manager class not registered for datastore manager \S+/,
    cause: "the agent does not know the datastore's manager",
    remedy: 'The agent is older than the datastore, or its registry extension is missing.',
  },
  {
    pattern: /unable to resolve host/,
    cause: "the guest's own host name does not resolve",
    remedy: 'Set manage_etc_hosts for cloud-init (element trove-guest).',
  },
  {
    pattern: /Failed to add (?:group|user)|(?:GID|UID) 1001 (?:already exists|is not unique)/i,
    cause: 'user or group "database" could not be made: id 1001 is taken',
    remedy: 'Keep uid and gid 1001 free in the image.',
  },
  {
    pattern: /Device '?\/dev\/vdb'? is not ready|blockdev: cannot open \/dev\/vdb/,
    cause: 'the data disk is not there or cannot be opened',
    remedy: 'The image needs the driver virtio_blk, and the agent sudo for blockdev.',
  },
  {
    pattern:
      /mkfs(?:\.\w+)?: .*(?:not found|No such file)|sudo: (?:mkfs|blockdev|dumpe2fs|e2fsck|mount)\S*: command not found/,
    cause: 'a program that the agent calls for its volume is missing',
    remedy: "Install e2fsprogs, util-linux and mount, reachable under sudo's secure_path.",
  },
  {
    pattern: /PermissionError.*|Permission denied.*docker\.sock/,
    cause: "the agent may not open Docker's socket or one of its own files",
    remedy:
      "Put the agent's user into the group docker, and give it /etc/trove, /var/log/trove and /opt/trove-guestagent.",
  },
  {
    pattern: /Error while fetching server API version|Cannot connect to the Docker daemon/,
    cause: 'Docker does not run',
    remedy: 'Enable docker.service and order the agent after it; see the journal for why it failed.',
  },
  {
    pattern: /transient_nonexcl_queues|541.*INTERNAL_ERROR/,
    cause: 'the broker denies the queues that the agent declares; this is not a fault of the image',
    remedy: 'Use RabbitMQ 4.2 or older, or let the smoke test choose quorum queues (it does so for its own broker).',
  },
  {
    pattern: /406.*PRECONDITION_FAILED|PRECONDITION_FAILED.*inequivalent arg/,
    cause: 'exchange or queue exist at the broker with other properties; this is not a fault of the image',
    remedy: 'Use a virtual host of its own.',
  },
  {
    pattern: /ACCESS_REFUSED|AccessRefused/,
    cause: 'the broker refused the agent; this is not a fault of the image',
    remedy: 'Check user, password and virtual host of broker-url.',
  },
  {
    pattern: /(?:ModuleNotFoundError|ImportError): .*/,
    cause: 'a Python module that the agent needs is missing',
    remedy: "Install the agent with all its dependencies; the module's name stands in the quoted line.",
  },
  {
    pattern: /AMQP server on \S+ is unreachable.*|\[Errno (?:110|111|113)\] (?:ECONNREFUSED|EHOSTUNREACH|ETIMEDOUT)/,
    cause: 'the agent could not reach the broker; this is a fault of the network, not of the agent',
    remedy: "See whether the guest got an address: 'network' in the timeline, and the journal.",
  },
]

/** What is likely wrong, with the line that shows it, and what to do. Empty when all went well. */
export function likelyCause(ending: Ending, reached: StartUpStep, evidence: Evidence): string {
  if (ending.kind === 'registered' || ending.kind === 'login') return ''
  if (ending.kind === 'flood') {
    return 'The guest prints on its serial console without end. See the last lines of the console for what does.'
  }
  const found = maskedUnit(evidence) ?? signatureIn(evidence)
  if (found !== undefined) return found
  if (ending.kind === 'console') return `${capital(ending.pattern.meaning)}: ${ending.words}. ${ending.pattern.remedy}`
  const restarts = agentRestarts(evidence) ?? 0
  if (restarts >= 3 && reached !== 'rpc') {
    return `The agent's unit ends and is started again, over and over (${restarts} times). See the journal under guestLogs.`
  }
  return byStep[reached]
}

/** What it means that nothing further was proven, when no log says more. */
const byStep: Record<StartUpStep, string> = {
  none: 'The guest did not come up. See the last lines of the console; a console without a line means that the kernel is not told to use ttyS0.',
  boot: 'The guest came up without a network address. The image must ask for DHCP on every interface.',
  network:
    'The configuration was not injected. cloud-init must know the datasource ConfigDrive, and the owner of the files (default ubuntu:root) must exist in the image.',
  'configuration-injected':
    "The agent's unit was not started. Enable trove-guestagent.service (upstream: guest-agent.service).",
  'unit-started': 'The agent started and did not make its user and group. See its log under guestLogs.',
  'user-and-group': 'The agent did not prepare its volume /dev/vdb. See its log under guestLogs.',
  volume: 'The agent did not get past Docker. See its log and the journal under guestLogs.',
  docker: 'The agent did not connect to the broker. See its log under guestLogs; the network may be at fault.',
  'broker-connection': 'The agent consumed its queue, but did not answer rpc_ping twice over one connection.',
  rpc: 'The agent answered rpc_ping, but not twice over one connection: it was restarted in between.',
}

function maskedUnit(evidence: Evidence): string | undefined {
  const masked = Object.entries(evidence.disk?.agentUnits ?? {}).find(([, target]) => target === '/dev/null')
  if (masked === undefined) return undefined
  return `The agent's unit ${masked[0]} is masked. Remove the link to /dev/null and enable the unit.`
}

function signatureIn(evidence: Evidence): string | undefined {
  const disk = evidence.disk
  if (disk === undefined) return undefined
  const fromAgent = disk.journal.filter(line => /trove|guest-agent|sudo|python/.test(line.from)).map(line => line.text)
  const lines = [...disk.agentLog, ...fromAgent]
  for (const { pattern, cause, remedy } of signatures) {
    const line = lines.findLast(text => pattern.test(text))
    if (line !== undefined) return `${capital(cause)}: "${line.trim().slice(0, 300)}". ${remedy}`
  }
  return undefined
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
