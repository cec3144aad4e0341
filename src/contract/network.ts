import { parseBoolean, valueIn, valuesIn, wordsIn } from '../inventory/index.ts'
import type { Rule } from './rule.ts'
import type { Subject } from './subject.ts'

/** The network, over which everything else comes. */
export const networkRules: readonly Rule[] = [
  {
    id: 'network-manager-enabled',
    title: 'Something that configures network interfaces starts at boot.',
    why: "DIB's debian-minimal leaves stanzas for ifupdown in a tree without ifupdown: a guest without network.",
    remedy: 'Enable systemd-networkd (element trove-guest does), ifupdown or NetworkManager.',
    check: subject =>
      managers(subject).length > 0 ? [] : ['neither systemd-networkd nor networking.service nor NetworkManager starts'],
  },
  {
    id: 'network-on-every-nic',
    title: 'Every network card of a guest comes up.',
    why: 'Trove gives a guest a user port and, behind it, a management port: the broker is reached through the second card.',
    remedy:
      "Let cloud-init configure the network (no 'network: {config: disabled}') with netplan, systemd-networkd or ifupdown " +
      'installed, or ship a .network file with DHCP that matches all Ethernet cards.',
    check: subject => {
      if (matchesEveryCard(subject) || rendersNetwork(subject)) return []
      const off = networkDisabled(subject)
      return [
        off
          ? "cloud-init's network configuration is disabled, and no .network file with DHCP matches all cards"
          : 'cloud-init has no renderer that works here, and no .network file with DHCP matches all cards',
      ]
    },
  },
  {
    id: 'network-activated',
    title: 'A network that cloud-init learns from the metadata service is brought up at once.',
    why:
      "DIB's element cloud-init-datasources sets disable_network_activation when ConfigDrive is in the list: what the " +
      'metadata service says is rendered and not used before the next boot.',
    remedy: 'Remove /etc/cloud/cloud.cfg.d/93-dib-cloud-init-disable-datasource-network-activation.cfg.',
    check: subject =>
      subject.cloudInit('disable_network_activation') === true ? ['disable_network_activation is true'] : [],
  },
  {
    id: 'network-online-reached',
    title: 'network-online.target waits for a network.',
    why: 'The agent is ordered after it; without a unit behind it the target means nothing and the agent starts too early.',
    remedy: 'Enable systemd-networkd-wait-online.service, NetworkManager-wait-online.service or networking.service.',
    check: ({ boot }) =>
      [
        'systemd-networkd-wait-online.service',
        'NetworkManager-wait-online.service',
        'networking.service',
        'ifupdown-wait-online.service',
      ].some(name => boot.starts(name))
        ? []
        : ['no unit that waits for the network starts at boot'],
  },
  {
    id: 'network-wait-bounded',
    title: 'Waiting for the network ends when one card works.',
    why: 'systemd-networkd-wait-online waits 120 s for every configured card; a card without DHCP delays the agent by that time.',
    remedy: 'Add --any to its ExecStart in a drop-in.',
    check: ({ boot }) => {
      const unit = boot.unit('systemd-networkd-wait-online.service')
      if (unit === undefined || !boot.starts(unit.name)) return []
      const [command = ''] = valuesIn(unit.settings, 'Service', 'ExecStart')
      return /\s--any\b|\s--timeout[= ]\d{1,2}(\s|$)/.test(command) ? [] : [`${unit.name} runs ${command}`]
    },
  },
  {
    id: 'no-dead-interface-stanzas',
    title: 'No configuration names network cards that nothing reads.',
    why: 'Stanzas for ifupdown without ifupdown look like a network and are none.',
    remedy: 'Install ifupdown, or remove the stanzas under /etc/network.',
    check: subject =>
      subject.hasProgram('ifup')
        ? []
        : subject.inventory.network.interfaces.map(
            ({ file, line, name }) => `${file}:${line}: ${name}, but there is no ifup`,
          ),
  },
  {
    id: 'no-fixed-network-cards',
    title: 'No network card is known by its hardware address.',
    why: 'The address is that of the machine that built the image; cards of a guest have others.',
    remedy: 'Remove persistent names (70-persistent-net.rules) and matches of a MACAddress.',
    check: ({ tree, inventory }) => [
      ...['/etc/udev/rules.d/70-persistent-net.rules', '/etc/udev/rules.d/75-persistent-net-generator.rules']
        .filter(path => (tree.resolve(path)?.sizeBytes ?? 0) > 0)
        .map(path => `${path} names cards`),
      ...inventory.network.networkd
        .filter(
          ({ file, settings }) =>
            file.startsWith('/etc/') &&
            settings.some(entry => entry.section === 'Match' && /^(Permanent)?MACAddress$/.test(entry.key)),
        )
        .map(({ file }) => `${file} matches a MACAddress`),
      ...inventory.network.netplan
        .filter(({ configuration }) => /"macaddress":/.test(JSON.stringify(configuration)))
        .map(({ file }) => `${file} matches a macaddress`),
      ...inventory.network.connections.map(file => `${file} is a connection of the build`),
    ],
  },
  {
    id: 'resolver-not-of-build-host',
    title: "The build host's name servers are not left in /etc/resolv.conf.",
    why: 'Guests cannot reach them, and they tell of the network that built the image.',
    remedy: "Link /etc/resolv.conf to the resolver's file under /run, or leave it empty.",
    check: ({ inventory: { network } }) =>
      network.resolver.type === 'file'
        ? [...network.resolver.nameServers, ...network.resolver.search].map(value => `/etc/resolv.conf names ${value}`)
        : [],
  },
  {
    id: 'resolver-works',
    title: 'What /etc/resolv.conf leads to is made at boot.',
    why: 'A link into the folder of a resolver that does not start leaves a guest without name resolution.',
    remedy: 'Enable systemd-resolved.service, or replace the link by an empty file.',
    check: ({ inventory: { network }, boot }) => {
      const target = network.resolver.target ?? ''
      if (network.resolver.type !== 'link' || !target.includes('systemd/resolve/')) return []
      return boot.starts('systemd-resolved.service')
        ? []
        : [`/etc/resolv.conf leads to ${target}, but systemd-resolved does not start`]
    },
  },
]

function managers(subject: Subject): string[] {
  return ['systemd-networkd.service', 'networking.service', 'NetworkManager.service'].filter(name =>
    subject.boot.starts(name),
  )
}

function networkDisabled(subject: Subject): boolean {
  return subject.cloudInit('network', 'config') === 'disabled'
}

/** cloud-init configures what the datasource tells, when it has a renderer whose backend starts. */
function rendersNetwork(subject: Subject): boolean {
  if (networkDisabled(subject) || subject.cloudInit('datasource', 'OpenStack', 'apply_network_config') === false)
    return false
  const running = managers(subject)
  if (running.includes('systemd-networkd.service')) return true // by its own renderer, or netplan's
  if (running.includes('networking.service')) return subject.hasProgram('ifup')
  return running.includes('NetworkManager.service')
}

/** A .network file with DHCP whose match leaves out no Ethernet card. */
function matchesEveryCard(subject: Subject): boolean {
  if (!subject.boot.starts('systemd-networkd.service')) return false
  return subject.inventory.network.networkd.some(({ file, settings }) => {
    if (!file.endsWith('.network')) return false
    const dhcp = valueIn(settings, 'Network', 'DHCP')
    if (dhcp !== 'ipv4' && !parseBoolean(dhcp)) return false
    const keys = new Set(settings.filter(entry => entry.section === 'Match').map(entry => entry.key))
    const narrowing = [...keys].filter(key => !['Type', 'Name', 'Kind'].includes(key))
    const kinds = wordsIn(settings, 'Match', 'Kind')
    const names = wordsIn(settings, 'Match', 'Name')
    const types = wordsIn(settings, 'Match', 'Type')
    return (
      narrowing.length === 0 &&
      (kinds.length === 0 || kinds.every(kind => kind.startsWith('!'))) &&
      (types.length > 0 || names.length > 0) &&
      (types.length === 0 || types.includes('ether')) &&
      (names.length === 0 ||
        names.includes('*') ||
        names.includes('e*') ||
        (names.includes('en*') && names.includes('eth*')))
    )
  })
}
