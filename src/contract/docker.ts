import { valuesIn } from '../inventory/index.ts'
import type { Rule } from './rule.ts'
import type { Subject } from './subject.ts'

/** dockerd's flags for what Trove's daemon.json sets. */
const conflicting = /(?:^|\s)(--(?:bridge|bip|ip-forward|iptables|insecure-registry)|-b)(?:[=\s]|$)/g

/** A configuration that Trove does not write. */
const otherFile = /(?:^|\s)(--config-file(?:=|\s+)["']?(?!\/etc\/docker\/daemon\.json(?:["'\s]|$))[^\s"']+)/g

/** Where dockerd listens; without a scheme it is TCP. */
const hostFlag = /(?:^|\s)(?:-H|--host)(?:=|\s*)["']?([^\s"'$]+)/g

const needed: readonly (readonly [string, readonly string[]])[] = [
  ['the daemon', ['dockerd']],
  ['containerd', ['containerd']],
  ['a runtime', ['runc', 'crun']],
  ['a packet filter', ['iptables', 'nft']],
]

/** Docker, in which the database runs. */
export const dockerRules: readonly Rule[] = [
  {
    id: 'docker-enabled',
    title: 'Docker starts at boot.',
    why: 'The agent asks the daemon for its version at its own start and exits without an answer.',
    remedy: 'Install Docker (element trove-docker) and run "systemctl enable docker.service" in the image.',
    check: ({ boot }) => {
      const unit = boot.unit('docker.service')
      if (unit === undefined) return ['there is no docker.service']
      if (unit.masked) return ['docker.service is masked']
      return boot.starts('docker.service') ? [] : ['nothing that boots wants docker.service']
    },
  },
  {
    id: 'docker-complete',
    title: 'Docker has what it starts containers with.',
    why: 'The daemon answers without containerd, a runtime or a packet filter, and fails at the first container.',
    remedy: 'Install the packages docker.io (or docker-ce), containerd, runc and iptables.',
    check: subject =>
      needed
        .filter(([, programs]) => !programs.some(program => subject.hasProgram(program)))
        .map(([what, programs]) => `${what} is missing: no ${programs.join(' or ')}`),
  },
  {
    id: 'docker-apparmor',
    title: 'apparmor_parser is in the image.',
    why:
      "The kernel has AppArmor, so Docker loads its profile by apparmor_parser: 'docker-default profile could not be loaded' " +
      'at the first container. No boot and no rpc_ping finds this.',
    remedy: 'Install the package apparmor.',
    check: subject => (subject.hasProgram('apparmor_parser') ? [] : ['no apparmor_parser in the search path']),
  },
  {
    id: 'docker-configuration-free',
    title: 'The image leaves /etc/docker/daemon.json to Trove.',
    why: 'Trove writes the file at each boot of a new guest; what the image puts there vanishes.',
    remedy:
      'Use a drop-in of docker.service with flags that Trove never writes (log-driver, log-opts, registry-mirror).',
    check: ({ inventory }) => [
      ...(inventory.docker.daemonConfiguration === null
        ? []
        : [
            `/etc/docker/daemon.json sets ${Object.keys(inventory.docker.daemonConfiguration).join(', ') || 'nothing'}`,
          ]),
      ...inventory.docker.faults.map(fault => `${fault.file}: ${fault.text}`),
    ],
  },
  {
    id: 'docker-flags-free',
    title: "dockerd has no flag for what Trove's daemon.json sets, and reads that file.",
    why: 'An option given both as a flag and in daemon.json stops Docker; with --config-file what Trove writes is not read.',
    remedy:
      'Remove --bridge, --bip, --ip-forward, --iptables, --insecure-registry and --config-file from the unit and from ' +
      'DOCKER_OPTS.',
    check: subject =>
      daemonFlags(subject).flatMap(({ text, where }) => [
        ...[...text.matchAll(conflicting)].map(match => `${where} has ${match[1] ?? ''}`),
        ...[...text.matchAll(otherFile)].map(match => `${where} has ${match[1] ?? ''}`),
      ]),
  },
  {
    id: 'docker-api-local',
    title: "Docker's API listens on the guest's own socket only.",
    why: 'Whoever reaches the API is root in the guest, unless it asks for a certificate (--tlsverify).',
    remedy: 'Remove -H tcp://... from the unit and from DOCKER_OPTS, and addresses from docker.socket; leave -H fd://.',
    check: subject => {
      const flags = daemonFlags(subject)
      const asksForCertificates = flags.some(({ text }) => /(^|\s)--tlsverify(=true|\s|$)/.test(text))
      const listening = flags.flatMap(({ text, where }) =>
        [...text.matchAll(hostFlag)]
          .map(match => match[1] ?? '')
          .filter(host => !/^(fd|unix):\/\//.test(host))
          .map(host => `${where} listens on ${host} and asks for no certificate`),
      )
      const sockets = valuesIn(subject.boot.unit('docker.socket')?.settings ?? [], 'Socket', 'ListenStream')
      return [
        ...(asksForCertificates ? [] : listening),
        ...sockets.filter(address => !/^[/@%]/.test(address)).map(address => `docker.socket listens on ${address}`),
      ]
    },
  },
]

/** dockerd's command line, by where each part of it stands. */
function daemonFlags({ boot, inventory }: Subject): { text: string; where: string }[] {
  const commands = valuesIn(boot.unit('docker.service')?.settings ?? [], 'Service', 'ExecStart')
  return [
    ...commands.map(text => ({ text, where: "docker.service's command line" })),
    { text: inventory.docker.options, where: 'DOCKER_OPTS in /etc/default/docker' },
  ]
}
