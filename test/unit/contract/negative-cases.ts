import type { BuildMirrors } from '../../../src/contract/index.ts'
import type { Grant } from '../../../src/inventory/index.ts'
import type { Broken } from './broken.ts'

/** One way to break an image, and what the contract must say. */
export interface NegativeCase {
  readonly rule: string
  readonly title: string
  readonly break: (image: Broken) => void
  /** Other rules that the same fault breaks by its nature, with the reason in the title. */
  readonly also?: readonly string[]
  readonly evidence: readonly string[]
  readonly status?: 'unknown'
  readonly buildMirrors?: BuildMirrors
}

const agent = 'trove-guestagent.service'
const site = '/etc/sudoers.d/90-site'
const nothingGranted = 'no entry grants every command as root on all hosts without a password'

/** A later line of sudoers for the guest user. */
const laterGrant = (line: Partial<Grant>) => (image: Broken) => {
  image.inventory.sudoers.grants.push({
    file: site,
    line: 3,
    who: 'ubuntu',
    hosts: ['ALL'],
    runAs: 'ALL',
    noPassword: true,
    commands: ['ALL'],
    ...line,
  })
}

/** The guest user's own line of sudoers, changed. */
const otherGrant = (line: Partial<Grant>) => (image: Broken) => {
  for (const grant of image.inventory.sudoers.grants) if (grant.who === 'ubuntu') Object.assign(grant, line)
}

/** The default entry of GRUB with one more argument. */
const kernelArgument = (argument: string) => (image: Broken) => {
  image.grub.entries[0]?.arguments.push(argument)
}

/** The first of apt's sources with another address. */
const sourceAt = (uri: string) => (image: Broken) => {
  for (const source of image.inventory.packageSources.sources.slice(0, 1)) source.uris = [uri]
}

const located = (file: string, line: number, text: string) => ({ file, line, text })

export const negativeCases: readonly NegativeCase[] = [
  {
    rule: 'guest-user-exists',
    title: 'no user ubuntu: nobody to own, to run as, to make',
    break: image => {
      image.inventory.users = image.inventory.users.filter(user => user.name !== 'ubuntu')
    },
    also: ['unit-users-exist', 'cloud-init-users-exist'],
    evidence: ['/etc/passwd has no user ubuntu'],
  },
  {
    rule: 'guest-user-sudo',
    title: 'the sudoers file of the guest user is gone',
    break: image => {
      image.inventory.sudoers.grants = image.inventory.sudoers.grants.filter(grant => grant.who !== 'ubuntu')
    },
    evidence: ['sudoers grants ubuntu nothing'],
  },
  {
    rule: 'guest-user-sudo',
    title: 'a later line asks for a password again',
    break: laterGrant({ who: 'ALL', noPassword: false }),
    evidence: [`${site}:3: ALL has to give a password for ALL`],
  },
  {
    rule: 'guest-user-sudo',
    title: 'a later line asks for a password for one tool of the agent',
    break: laterGrant({ who: '%docker', noPassword: false, commands: ['/usr/sbin/groupadd'] }),
    evidence: [`${site}:3: %docker has to give a password for /usr/sbin/groupadd`],
  },
  {
    rule: 'guest-user-sudo',
    title: 'all commands but one',
    break: otherGrant({ commands: ['ALL', '!/usr/sbin/mkfs.ext4'] }),
    evidence: ['/etc/sudoers.d/60_trove_guest:1: ubuntu may not run /usr/sbin/mkfs.ext4'],
  },
  {
    rule: 'guest-user-sudo',
    title: 'one command only',
    break: otherGrant({ commands: ['/usr/bin/mount'] }),
    evidence: [nothingGranted],
  },
  {
    rule: 'guest-user-sudo',
    title: 'as another user than root',
    break: otherGrant({ runAs: 'postgres' }),
    evidence: [nothingGranted, '/etc/sudoers.d/60_trove_guest:1: ubuntu is for commands as postgres'],
  },
  {
    rule: 'guest-user-sudo',
    title: 'as all users but root',
    break: otherGrant({ runAs: 'ALL,!root:ALL' }),
    evidence: [nothingGranted, '/etc/sudoers.d/60_trove_guest:1: ubuntu is for commands as ALL,!root:ALL'],
  },
  {
    rule: 'guest-user-sudo',
    title: 'on another host',
    break: otherGrant({ hosts: ['otherhost'] }),
    evidence: [nothingGranted, '/etc/sudoers.d/60_trove_guest:1: ubuntu is for the hosts otherhost'],
  },
  {
    rule: 'guest-user-sudo',
    title: 'a terminal is demanded',
    break: image => {
      image.inventory.sudoers.requireTty = [{ scope: '', value: true }]
    },
    evidence: ['Defaults requiretty: the agent has no terminal'],
  },
  {
    rule: 'sudoers-valid',
    title: 'a sudoers file that everybody may read',
    break: image => {
      image.file('/etc/sudoers.d/60_trove_guest').mode = '0644'
    },
    evidence: ['/etc/sudoers.d/60_trove_guest has mode 0644'],
  },
  {
    rule: 'sudoers-valid',
    title: 'a line that does not parse',
    break: image => {
      image.inventory.sudoers.faults.push(located('/etc/sudoers.d/60_trove_guest', 1, 'ubuntu ALL NOPASSWD'))
    },
    evidence: ['/etc/sudoers.d/60_trove_guest:1: ubuntu ALL NOPASSWD'],
  },
  {
    rule: 'guest-user-in-docker-group',
    title: 'the guest user left group docker',
    break: image => {
      for (const group of image.inventory.groups) if (group.name === 'docker') group.members = []
    },
    evidence: ['ubuntu is in ubuntu, trove'],
  },
  {
    rule: 'guest-user-home',
    title: 'the home belongs to root',
    break: image => {
      image.file('/home/ubuntu').uid = 0
    },
    evidence: ['/home/ubuntu belongs to uid 0, ubuntu is 1000'],
  },
  {
    rule: 'trove-folders-owned',
    title: "the package's owner of conf.d came back",
    break: image => {
      image.file('/etc/trove/conf.d').uid = 101
    },
    evidence: ['/etc/trove/conf.d belongs to uid 101, ubuntu is 1000'],
  },
  {
    rule: 'trove-folders-owned',
    title: 'a folder that its owner may not write to',
    break: image => {
      image.file('/var/lib/trove').mode = '0555'
    },
    evidence: ['/var/lib/trove has mode 0555'],
  },
  {
    rule: 'database-ids-free',
    title: 'another user has uid 1001',
    break: image => {
      image.inventory.users.push({ ...image.user, name: 'debian', uid: 1001, home: '/home/debian' })
    },
    evidence: ['user debian has uid 1001'],
  },
  {
    rule: 'database-ids-free',
    title: 'another group has gid 1001',
    break: image => {
      image.inventory.groups.push({ name: 'site', gid: 1001, members: [] })
    },
    evidence: ['group site has gid 1001'],
  },
  {
    rule: 'agent-installed',
    title: 'no unit of an agent',
    break: image => {
      image.inventory.units = image.inventory.units.filter(unit => unit.name !== agent)
    },
    evidence: ['no unit trove-guestagent.service or guest-agent.service'],
  },
  {
    rule: 'agent-enabled',
    title: "the package's default: disabled",
    break: image => image.disable(agent),
    evidence: ['nothing that boots wants trove-guestagent.service'],
  },
  {
    rule: 'agent-enabled',
    title: 'masked',
    break: image => {
      const unit = image.unit(agent)
      unit.masked = true
      unit.file = null
    },
    evidence: ['trove-guestagent.service is masked'],
  },
  {
    rule: 'agent-runs-as-guest-user',
    title: "the package's default: User=trove",
    break: image => {
      image.inventory.users.push({ ...image.user, name: 'trove', uid: 101 })
      image.set(agent, 'Service', 'User', 'trove')
    },
    evidence: ['trove-guestagent.service has User=trove, expected ubuntu'],
  },
  {
    rule: 'agent-ordered',
    title: 'not after Docker',
    break: image => image.withoutWord(agent, 'After', 'docker.service'),
    evidence: ['trove-guestagent.service has no After=docker.service'],
  },
  {
    rule: 'agent-not-after-cloud-final',
    title: 'after cloud-final.service, which is a cycle',
    break: image => image.add(agent, 'Unit', 'After', 'cloud-final.service'),
    also: ['no-ordering-cycle'],
    evidence: ['trove-guestagent.service has After=cloud-final.service'],
  },
  {
    rule: 'agent-restarts',
    title: "the package's default: on-failure",
    break: image => image.set(agent, 'Service', 'Restart', 'on-failure'),
    evidence: ['trove-guestagent.service has Restart=on-failure'],
  },
  {
    rule: 'agent-restarts',
    title: "systemd's default start limit with a short pause",
    break: image => {
      image.set(agent, 'Unit', 'StartLimitIntervalSec')
      image.set(agent, 'Service', 'RestartSec', '100ms')
    },
    evidence: ['trove-guestagent.service can reach its start limit'],
  },
  {
    rule: 'agent-not-personalised',
    title: 'a guest id in the image',
    break: image => {
      image.inventory.agentOptions.push({
        file: '/etc/trove/conf.d/guest_info.conf',
        section: 'DEFAULT',
        key: 'guest_id',
      })
    },
    evidence: ['/etc/trove/conf.d/guest_info.conf sets guest_id'],
  },
  {
    rule: 'agent-docker-hostnic',
    title: 'an agent from elsewhere without the plugin',
    break: image => {
      image.inventory.packages = image.inventory.packages.filter(({ name }) => name !== 'trove-guestagent')
    },
    evidence: ['there is no docker-hostnic.socket'],
  },
  {
    rule: 'unit-programs-exist',
    title: "upstream's fault: a script that only development images have",
    break: image =>
      image.addUnit({
        name: 'trove-image-loader.service',
        settings: [
          { section: 'Service', key: 'ExecStartPre', value: '/usr/local/sbin/fix-default-route' },
          { section: 'Service', key: 'ExecStart', value: '-/usr/local/sbin/not-there-either' },
        ],
        enabledBy: [
          { kind: 'wants', unit: 'multi-user.target', file: '/etc/systemd/system/multi-user.target.wants/x' },
        ],
      }),
    evidence: ['trove-image-loader.service runs /usr/local/sbin/fix-default-route, which is missing or not executable'],
  },
  {
    rule: 'unit-environment-files-exist',
    title: "upstream's fault: a file that Trove injects only sometimes",
    break: image => image.add(agent, 'Service', 'EnvironmentFile', '/etc/trove/controller.conf'),
    evidence: ['trove-guestagent.service demands /etc/trove/controller.conf, which is missing'],
  },
  {
    rule: 'unit-users-exist',
    title: 'a group that nobody made',
    break: image => image.set(agent, 'Service', 'Group', 'nosuch'),
    evidence: ['trove-guestagent.service has Group=nosuch, which does not exist'],
  },
  {
    rule: 'unit-links-resolve',
    title: 'a link to a unit of a removed package',
    break: image =>
      image.addUnit({
        name: 'gone.service',
        file: null,
        enabledBy: [
          {
            kind: 'wants',
            unit: 'multi-user.target',
            file: '/etc/systemd/system/multi-user.target.wants/gone.service',
          },
        ],
      }),
    evidence: ['/etc/systemd/system/multi-user.target.wants/gone.service leads to no unit gone.service'],
  },
  {
    rule: 'no-ordering-cycle',
    title: 'two services that wait for each other',
    break: image => {
      image.add('docker.service', 'Unit', 'After', 'ssh.service')
      image.add('ssh.service', 'Unit', 'After', 'docker.service')
    },
    evidence: ['docker.service after ssh.service after docker.service'],
  },
  {
    rule: 'docker-enabled',
    title: 'masked',
    break: image => {
      const unit = image.unit('docker.service')
      unit.masked = true
      unit.file = null
    },
    evidence: ['docker.service is masked'],
  },
  {
    rule: 'docker-complete',
    title: 'no packet filter',
    break: image => image.remove('/usr/sbin/iptables'),
    evidence: ['a packet filter is missing: no iptables or nft'],
  },
  {
    rule: 'docker-apparmor',
    title: 'the package apparmor is not there',
    break: image => {
      image.remove('/usr/sbin/apparmor_parser')
      image.inventory.units = image.inventory.units.filter(unit => unit.name !== 'apparmor.service')
    },
    evidence: ['no apparmor_parser in the search path'],
  },
  {
    rule: 'docker-configuration-free',
    title: 'the image ships daemon.json',
    break: image => {
      image.inventory.docker.daemonConfiguration = { 'log-driver': 'journald' }
    },
    evidence: ['/etc/docker/daemon.json sets log-driver'],
  },
  {
    rule: 'docker-flags-free',
    title: 'a flag in the unit',
    break: image =>
      image.set('docker.service', 'Service', 'ExecStart', '/usr/sbin/dockerd -H fd:// --iptables=false $DOCKER_OPTS'),
    evidence: ["docker.service's command line has --iptables"],
  },
  {
    rule: 'docker-flags-free',
    title: 'a flag in /etc/default/docker',
    break: image => {
      image.inventory.docker.options = '-b none'
    },
    evidence: ['DOCKER_OPTS in /etc/default/docker has -b'],
  },
  {
    rule: 'docker-flags-free',
    title: 'a configuration that Trove does not write',
    break: image => {
      image.inventory.docker.options = '--config-file=/etc/docker/mine.json'
    },
    evidence: ['DOCKER_OPTS in /etc/default/docker has --config-file=/etc/docker/mine.json'],
  },
  {
    rule: 'docker-api-local',
    title: 'the API is open to the network',
    break: image =>
      image.set('docker.service', 'Service', 'ExecStart', '/usr/sbin/dockerd -H fd:// -H tcp://0.0.0.0:2375'),
    evidence: ["docker.service's command line listens on tcp://0.0.0.0:2375 and asks for no certificate"],
  },
  {
    rule: 'docker-api-local',
    title: 'a port without a scheme, with TLS for the name only',
    break: image => {
      image.inventory.docker.options = '--host=:2376 --tls --tlsverify=false'
    },
    evidence: ['DOCKER_OPTS in /etc/default/docker listens on :2376 and asks for no certificate'],
  },
  {
    rule: 'docker-api-local',
    title: "a port of systemd's socket",
    break: image => image.add('docker.socket', 'Socket', 'ListenStream', '2375'),
    evidence: ['docker.socket listens on 2375'],
  },
  {
    rule: 'cloud-init-enabled',
    title: 'one unknown name in "systemctl enable" enabled nothing',
    break: image => image.disable('cloud-final.service'),
    evidence: ['cloud-final.service does not start at boot'],
  },
  {
    rule: 'cloud-init-enabled',
    title: 'switched off by a file',
    break: image => {
      image.inventory.cloudInit.disabledBy = '/etc/cloud/cloud-init.disabled'
    },
    evidence: ['/etc/cloud/cloud-init.disabled switches cloud-init off'],
  },
  {
    rule: 'cloud-init-configuration-valid',
    title: 'a file that is not YAML',
    break: image => {
      image.inventory.cloudInit.faults.push(located('/etc/cloud/cloud.cfg.d/99-site.cfg', 2, 'Unexpected token'))
    },
    evidence: ['/etc/cloud/cloud.cfg.d/99-site.cfg:2: Unexpected token'],
  },
  {
    rule: 'cloud-init-datasources',
    title: "DIB's default of its element ubuntu",
    break: image => {
      image.cloud.datasource_list = ['Ec2']
    },
    evidence: ['datasource_list [Ec2] lacks ConfigDrive', 'datasource_list [Ec2] lacks OpenStack'],
  },
  {
    rule: 'cloud-init-writes-files',
    title: 'write-files is not among the modules',
    break: image => image.withoutModule('write-files'),
    evidence: ['no stage lists the module write-files'],
  },
  {
    rule: 'cloud-init-writes-files',
    title: 'write-files runs when the agent has started',
    break: image => {
      image.withoutModule('write-files')
      image.cloud.cloud_final_modules = ['write_files']
    },
    evidence: ['write-files runs in a later stage than cloud_init_modules'],
  },
  {
    rule: 'cloud-init-users-exist',
    title: "the distribution's default user, who would get uid 1001",
    break: image => {
      image.cloud.system_info = { default_user: { name: 'debian' } }
    },
    evidence: ['cloud-init makes the user debian at first boot'],
  },
  {
    rule: 'ephemeral-disk-not-mounted',
    title: "cloud-init's default mounts",
    break: image => {
      delete image.cloud.mounts
    },
    evidence: ['ephemeral0 is not taken out of mounts, so cloud-init mounts it on /mnt'],
  },
  {
    rule: 'hostname-resolvable',
    title: 'nobody keeps /etc/hosts',
    break: image => {
      image.cloud.manage_etc_hosts = false
    },
    evidence: ['manage_etc_hosts is false'],
  },
  {
    rule: 'cloud-init-not-run',
    title: 'the image was booted once',
    break: image => {
      if (!image.inventory.files.some(entry => entry.path === '/var/lib/cloud'))
        image.addFile('/var/lib/cloud', { type: 'folder' })
      image.addFile('/var/lib/cloud/instance', { type: 'link', target: '/var/lib/cloud/instances/i-1' })
    },
    evidence: ['/var/lib/cloud/instance holds the state of a run'],
  },
  {
    rule: 'network-manager-enabled',
    title: "DIB's debian-minimal: nothing that configures cards",
    break: image => image.disable('systemd-networkd.service'),
    also: ['network-on-every-nic'],
    evidence: ['neither systemd-networkd nor networking.service nor NetworkManager starts'],
  },
  {
    rule: 'network-on-every-nic',
    title: "cloud-init's network is off, and the .network file names one card",
    break: image => {
      image.cloud.network = { config: 'disabled' }
      for (const file of image.inventory.network.networkd) {
        file.settings = [
          { section: 'Match', key: 'Name', value: 'ens3' },
          { section: 'Network', key: 'DHCP', value: 'yes' },
        ]
      }
    },
    evidence: ["cloud-init's network configuration is disabled, and no .network file with DHCP matches all cards"],
  },
  {
    rule: 'network-activated',
    title: "DIB's 93-file",
    break: image => {
      image.cloud.disable_network_activation = true
    },
    evidence: ['disable_network_activation is true'],
  },
  {
    rule: 'network-online-reached',
    title: 'nothing behind network-online.target',
    break: image => image.disable('systemd-networkd-wait-online.service'),
    evidence: ['no unit that waits for the network starts at boot'],
  },
  {
    rule: 'network-wait-bounded',
    title: "systemd's default: all cards",
    break: image =>
      image.set(
        'systemd-networkd-wait-online.service',
        'Service',
        'ExecStart',
        '/usr/lib/systemd/systemd-networkd-wait-online',
      ),
    evidence: ['systemd-networkd-wait-online.service runs /usr/lib/systemd/systemd-networkd-wait-online'],
  },
  {
    rule: 'no-dead-interface-stanzas',
    title: "DIB's stanza without ifupdown",
    break: image => {
      image.inventory.network.interfaces.push({
        file: '/etc/network/interfaces.d/eth0',
        line: 2,
        name: 'eth0',
        method: 'dhcp',
      })
    },
    evidence: ['/etc/network/interfaces.d/eth0:2: eth0, but there is no ifup'],
  },
  {
    rule: 'no-fixed-network-cards',
    title: "the builder's card by its address",
    break: image => {
      image.inventory.network.netplan.push({
        file: '/etc/netplan/50-cloud-init.yaml',
        configuration: { network: { ethernets: { eth0: { match: { macaddress: '52:54:00:12:34:56' } } } } },
      })
    },
    evidence: ['/etc/netplan/50-cloud-init.yaml matches a macaddress'],
  },
  {
    rule: 'resolver-not-of-build-host',
    title: "the build host's name server",
    break: image => {
      image.inventory.network.resolver = {
        type: 'file',
        target: null,
        nameServers: ['10.255.255.53'],
        search: ['example.org'],
      }
    },
    evidence: ['/etc/resolv.conf names 10.255.255.53', '/etc/resolv.conf names example.org'],
  },
  {
    rule: 'resolver-works',
    title: 'a link to the file of a resolver that does not start',
    break: image => image.disable('systemd-resolved.service'),
    evidence: [
      '/etc/resolv.conf leads to ../run/systemd/resolve/stub-resolv.conf, but systemd-resolved does not start',
    ],
  },
  {
    rule: 'kernel-complete',
    title: 'a kernel without its initrd in the list',
    break: image => {
      for (const kernel of image.inventory.kernels) kernel.initrd = false
    },
    evidence: ['kernel 6.12.118+deb13-amd64 has no initrd'],
  },
  {
    rule: 'grub-starts-existing-kernel',
    title: 'a grub.cfg from before the last kernel',
    break: image => {
      const [first] = image.grub.entries
      if (first) first.linux = '/boot/vmlinuz-6.1.0-1-amd64'
    },
    evidence: ['"Debian GNU/Linux" loads /boot/vmlinuz-6.1.0-1-amd64, which is missing'],
  },
  {
    rule: 'grub-root-by-name',
    title: 'the loop device of the build host as root, in no line that is searched for devices',
    break: image => {
      const [first] = image.grub.entries
      if (first)
        first.arguments = first.arguments.map(argument =>
          argument.startsWith('root=') ? 'root=/dev/loop0p3' : argument,
        )
    },
    evidence: ['"Debian GNU/Linux" has root=/dev/loop0p3'],
  },
  {
    rule: 'grub-no-build-devices',
    title: 'a device of the build host',
    break: image => {
      image.grub.devices.push(located('/boot/grub/grub.cfg', 91, '/dev/mapper/loop0p3'))
    },
    evidence: ['/boot/grub/grub.cfg:91: /dev/mapper/loop0p3'],
  },
  {
    rule: 'grub-searches-existing-file-systems',
    title: 'the UUID of another build',
    break: image => {
      image.grub.searches = [{ by: 'uuid', value: '00000000-1111-2222-3333-444444444444' }]
    },
    evidence: ['it searches for uuid 00000000-1111-2222-3333-444444444444, which no file system has'],
  },
  {
    rule: 'serial-console',
    title: 'console on the screen only',
    break: image => {
      const [first] = image.grub.entries
      if (first) first.arguments = first.arguments.filter(argument => !argument.startsWith('console=ttyS0'))
    },
    evidence: ['"Debian GNU/Linux" has no console=ttyS0'],
  },
  ...[
    'cloud-init=disabled',
    'network-config=disabled',
    'ds=nocloud;s=http://192.0.2.1/',
    'systemd.unit=rescue.target',
    'systemd.mask=docker.service',
    'init=/bin/sh',
    'single',
    'break=mount',
  ].map(argument => ({
    rule: 'kernel-arguments-harmless',
    title: argument,
    break: kernelArgument(argument),
    evidence: [`"Debian GNU/Linux" has ${argument}`],
  })),
  {
    rule: 'boots-by-bios',
    title: 'grub-install for BIOS was left out',
    break: image => {
      image.inventory.disk.grubBootCode = false
    },
    evidence: ['the first sector has no GRUB'],
  },
  {
    rule: 'boots-by-uefi',
    title: 'a loader only under EFI/debian',
    break: image => {
      image.inventory.disk.efiLoaders = []
    },
    evidence: ['no EFI/BOOT/BOOTX64.EFI on an EFI system partition'],
  },
  {
    rule: 'boots-by-uefi',
    title: 'an architecture that nobody knows',
    break: image => {
      image.inventory.system.architecture = 'riscv64'
    },
    status: 'unknown',
    evidence: ["the loader's name for riscv64 is not known"],
  },
  {
    rule: 'fstab-file-systems-exist',
    title: 'a label that no file system has',
    break: image => {
      image.inventory.fstab.push({
        line: 9,
        device: 'LABEL=data',
        mountPoint: '/data',
        type: 'ext4',
        options: ['defaults'],
      })
    },
    evidence: ['/etc/fstab:9: LABEL=data for /data does not exist'],
  },
  {
    rule: 'fstab-mounts-root',
    title: 'the file system has lost its label: nothing finds root any more',
    break: image => {
      image.rootFileSystem.label = 'root'
    },
    also: ['fstab-file-systems-exist', 'grub-root-by-name'],
    evidence: ['/etc/fstab:1: / is LABEL=cloudimg-rootfs, the file system has label "root"'],
  },
  {
    rule: 'fstab-no-build-devices',
    title: 'a disk by the name that it had in the build',
    break: image => {
      image.inventory.fstab.push({
        line: 9,
        device: '/dev/vdb',
        mountPoint: '/data',
        type: 'ext4',
        options: ['nofail'],
      })
    },
    evidence: ['/etc/fstab:9: /dev/vdb'],
  },
  {
    rule: 'root-partition-last',
    title: 'a partition behind root',
    break: image => {
      image.inventory.disk.partitions.push({
        number: 4,
        type: '0fc63daf-8483-4772-8e79-3d69d8477de4',
        name: 'data',
        startBytes: 5_300_000_000,
        sizeBytes: 1,
      })
    },
    evidence: ['root is partition 3, the last one is 4'],
  },
  {
    rule: 'root-file-system-growable',
    title: 'ext2',
    break: image => {
      image.rootFileSystem.type = 'ext2'
    },
    evidence: ['it is ext2'],
  },
  {
    rule: 'root-grows-at-boot',
    title: 'growpart is not installed',
    break: image => image.remove('/usr/bin/growpart'),
    evidence: ['no growpart'],
  },
  {
    rule: 'root-grows-at-boot',
    title: 'growpart is switched off',
    break: image => {
      image.cloud.growpart = { mode: 'off' }
    },
    evidence: ['growpart.mode is off'],
  },
  {
    rule: 'root-grows-at-boot',
    title: 'growpart runs in a later stage',
    break: image => {
      image.withoutModule('growpart')
      image.cloud.cloud_config_modules = ['growpart']
    },
    evidence: ['cloud_init_modules lacks growpart'],
  },
  {
    rule: 'root-file-system-clean',
    title: 'a superblock that could not be read',
    break: image => {
      image.inventory.rootFileSystem.state = ''
    },
    status: 'unknown',
    evidence: ['ext4 did not tell its state'],
  },
  {
    rule: 'root-file-system-clean',
    title: 'copied while it was mounted',
    break: image => {
      image.inventory.rootFileSystem.state = 'not clean'
    },
    evidence: ['its state is "not clean"'],
  },
  {
    rule: 'root-has-space',
    title: 'an image that is nearly full',
    break: image => {
      image.inventory.rootFileSystem.freeBytes = 2 ** 30
    },
    evidence: ['1.00 GiB of 4.78 GiB are free'],
  },
  {
    rule: 'agent-tools-under-sudo',
    title: 'secure_path without /usr/sbin, where dumpe2fs lies',
    break: image => {
      image.inventory.sudoers.securePath = '/usr/bin:/usr/local/bin'
    },
    evidence: ['groupadd', 'useradd', 'blockdev', 'blkid', 'mkfs.ext4', 'e2fsck', 'dumpe2fs', 'resize2fs'].map(
      name => `${name} is not in /usr/bin:/usr/local/bin`,
    ),
  },
  {
    rule: 'agent-tools-under-sudo',
    title: 'iproute2 is missing, as in a plain Debian 13 tree',
    break: image =>
      image.inventory.files.splice(
        0,
        image.inventory.files.length,
        ...image.inventory.files.filter(entry => !/\/s?bin\/ip$/.test(entry.path)),
      ),
    evidence: ['ip is not in /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
  },
  {
    rule: 'mount-table-readable',
    title: '/etc/mtab is a file from the build',
    break: image => {
      const entry = image.file('/etc/mtab')
      entry.type = 'file'
      entry.mode = '0644'
      delete entry.target
    },
    evidence: ['/etc/mtab is not a link to /proc/self/mounts'],
  },
  {
    rule: 'time-synchronised',
    title: 'no time service',
    break: image => image.disable('systemd-timesyncd.service'),
    evidence: ['none of systemd-timesyncd.service, chrony.service, chronyd.service, ntpsec.service starts'],
  },
  {
    rule: 'ssh-enabled',
    title: 'ssh is disabled',
    break: image => image.disable('ssh.service'),
    evidence: ['neither ssh.service nor ssh.socket starts'],
  },
  {
    rule: 'journal-persistent',
    title: 'volatile',
    break: image => {
      image.inventory.journal.settings.Storage = 'volatile'
    },
    evidence: ['Storage=volatile'],
  },
  {
    rule: 'no-automatic-upgrades',
    title: 'unattended-upgrades as Debian switches it on',
    break: image => {
      image.inventory.packages.push({
        name: 'unattended-upgrades',
        version: '2.12',
        architecture: 'all',
        state: 'installed',
        source: 'unattended-upgrades',
      })
      image.inventory.packageSources.settings.push({
        file: '/etc/apt/apt.conf.d/20auto-upgrades',
        name: 'APT::Periodic::Unattended-Upgrade',
        value: '1',
      })
      image.inventory.units = image.inventory.units.filter(unit => !unit.name.startsWith('apt-daily-upgrade'))
      image.addUnit({
        name: 'apt-daily-upgrade.timer',
        enabledBy: [{ kind: 'wants', unit: 'timers.target', file: '/etc/systemd/system/timers.target.wants/x' }],
      })
    },
    evidence: ['unattended-upgrades is installed and apt-daily-upgrade.timer starts it'],
  },
  {
    rule: 'packages-consistent',
    title: 'a package that was not configured',
    break: image => {
      const [first] = image.inventory.packages
      if (first) first.state = 'half-configured'
    },
    evidence: ['cloud-guest-utils is half-configured'],
  },
  {
    rule: 'temporary-folders-empty',
    title: 'a file of the build in /tmp',
    break: image => {
      image.inventory.temporaryFiles = ['/tmp/pip-build']
    },
    evidence: ['/tmp/pip-build is left'],
  },
  {
    rule: 'package-sources-present',
    title: 'no source',
    break: image => {
      image.inventory.packageSources.sources = []
    },
    evidence: ['no source of packages is enabled'],
  },
  {
    rule: 'apt-configuration-valid',
    title: 'a file of apt that does not parse',
    break: image => {
      image.inventory.packageSources.faults.push(located('/etc/apt/apt.conf.d/99site', 0, 'a "{" has no "}"'))
    },
    evidence: ['/etc/apt/apt.conf.d/99site: a "{" has no "}"'],
  },
  {
    rule: 'apt-authenticated',
    title: "openstack-ci-mirrors' file",
    break: image => {
      image.inventory.packageSources.settings.push({
        file: '/etc/apt/apt.conf.d/99unauthenticated',
        name: 'APT::Get::AllowUnauthenticated',
        value: 'true',
      })
    },
    evidence: ['/etc/apt/apt.conf.d/99unauthenticated: APT::Get::AllowUnauthenticated "true"'],
  },
  {
    rule: 'apt-authenticated',
    title: 'a source with trusted=yes',
    break: image => {
      for (const source of image.inventory.packageSources.sources.slice(0, 1)) source.unverified = true
    },
    evidence: ['/etc/apt/sources.list.d/default.list:1: signatures are not checked'],
  },
  {
    rule: 'package-sources-signed',
    title: 'a key that is not there',
    break: image => {
      for (const source of image.inventory.packageSources.sources.slice(0, 1))
        source.signedBy = ['/etc/apt/keyrings/site.asc']
    },
    evidence: ['/etc/apt/sources.list.d/default.list:1: /etc/apt/keyrings/site.asc is missing'],
  },
  {
    rule: 'package-sources-public',
    title: "a cache in the builder's network",
    break: sourceAt('http://192.168.1.5:3142/debian'),
    evidence: ['/etc/apt/sources.list.d/default.list:1: http://192.168.1.5:3142/debian'],
  },
  {
    rule: 'package-sources-public',
    title: 'an address behind a carrier (RFC 6598)',
    break: sourceAt('http://100.64.3.1/debian'),
    evidence: ['/etc/apt/sources.list.d/default.list:1: http://100.64.3.1/debian'],
  },
  {
    rule: 'package-sources-public',
    title: 'a list of mirrors that is not there',
    break: sourceAt('mirror+file:///etc/apt/mirrors/debian.list'),
    evidence: ['/etc/apt/sources.list.d/default.list:1: mirror+file:///etc/apt/mirrors/debian.list'],
  },
  {
    rule: 'no-build-mirror',
    title: "the company's mirror that the build used",
    break: sourceAt('https://mirror.example.com/debian/'),
    buildMirrors: { used: ['http://mirror.example.com/debian'], allowed: [] },
    evidence: ['/etc/apt/sources.list.d/default.list:1: https://mirror.example.com/debian/'],
  },
  ...['http://mirror.example.com/debian-updates', 'http://mirror.example.com/debian/dists'].map(uri => ({
    rule: 'no-build-mirror',
    title: `another path of that mirror, ${uri}`,
    break: sourceAt(uri),
    buildMirrors: { used: ['http://user:word@mirror.example.com/debian'], allowed: ['http://mirror.example.com/deb'] },
    evidence: [`/etc/apt/sources.list.d/default.list:1: ${uri}`],
  })),
  {
    rule: 'machine-id-empty',
    title: 'filled by the build',
    break: image => {
      image.inventory.machineId.state = 'filled'
    },
    evidence: ['/etc/machine-id is filled'],
  },
  {
    rule: 'machine-id-empty',
    title: 'absent, which is a fault of its own',
    break: image => {
      image.inventory.machineId.state = 'absent'
    },
    evidence: ['/etc/machine-id is missing'],
  },
  {
    rule: 'no-random-seed',
    title: 'a seed that all guests start from',
    break: image => {
      if (!image.inventory.files.some(entry => entry.path === '/var/lib/systemd'))
        image.addFile('/var/lib/systemd', { type: 'folder', mode: '0755' })
      image.addFile('/var/lib/systemd/random-seed', { mode: '0600' })
    },
    evidence: ['/var/lib/systemd/random-seed is in the image'],
  },
  {
    rule: 'no-host-keys',
    title: 'a host key, which is a private key of its own kind',
    break: image => {
      image.inventory.ssh.hostKeys.push('/etc/ssh/ssh_host_ed25519_key')
      image.inventory.secrets.privateKeys.push('/etc/ssh/ssh_host_ed25519_key')
    },
    evidence: ['/etc/ssh/ssh_host_ed25519_key is in the image'],
  },
  {
    rule: 'no-authorized-keys',
    title: "the builder's key",
    break: image => {
      image.inventory.ssh.authorizedKeys.push({ file: '/root/.ssh/authorized_keys', keys: 1 })
    },
    evidence: ['/root/.ssh/authorized_keys holds 1 key'],
  },
  {
    rule: 'no-authorized-keys',
    title: 'a file that is too large to be read',
    break: image => {
      image.inventory.ssh.authorizedKeys.push({ file: '/var/lib/trove/.ssh/authorized_keys', keys: null })
    },
    evidence: ['/var/lib/trove/.ssh/authorized_keys could hold keys and was not read'],
  },
  {
    rule: 'no-private-keys',
    title: "a development image: the builder's private key",
    break: image => {
      image.inventory.secrets.privateKeys.push('/home/ubuntu/.ssh/id_rsa')
    },
    evidence: ['/home/ubuntu/.ssh/id_rsa is a private key'],
  },
  {
    rule: 'no-password-equal-to-name',
    title: "upstream's element: ubuntu with password ubuntu",
    break: image => {
      image.user.password = 'set'
      image.user.passwordIsName = 'yes'
    },
    evidence: ['ubuntu has its name as password'],
  },
  {
    rule: 'no-password-equal-to-name',
    title: 'a hash that nobody can compare',
    break: image => {
      image.user.password = 'set'
      image.user.passwordIsName = 'unknown'
      image.user.passwordNote = "this machine's libcrypt does not know the hash"
    },
    status: 'unknown',
    evidence: ["password of ubuntu: this machine's libcrypt does not know the hash"],
  },
  {
    rule: 'no-empty-password',
    title: 'a user without a password',
    break: image => {
      image.user.password = 'empty'
    },
    evidence: ['ubuntu has an empty password'],
  },
  {
    rule: 'root-locked',
    title: "DIB's root-passwd",
    break: image => {
      for (const user of image.inventory.users) if (user.name === 'root') user.password = 'set'
    },
    evidence: ['root has a password'],
  },
  {
    rule: 'ssh-no-root-password',
    title: 'root may log in by password',
    break: image => {
      image.inventory.ssh.server.permitrootlogin = 'yes'
    },
    evidence: ['PermitRootLogin yes'],
  },
  {
    rule: 'ssh-no-root-password',
    title: 'under a condition that only sshd can tell',
    break: image => {
      image.inventory.ssh.conditional.push(located('/etc/ssh/sshd_config', 9, 'Match User x: PermitRootLogin yes'))
    },
    status: 'unknown',
    evidence: ['/etc/ssh/sshd_config:9: Match User x: PermitRootLogin yes'],
  },
  {
    rule: 'no-secrets-in-logs',
    title: 'a password in a log of the build',
    break: image => {
      image.inventory.secrets.assignments.push(located('/var/log/build.log', 7, 'ADMIN_PASSWORD=(not shown)'))
    },
    evidence: ['/var/log/build.log:7: ADMIN_PASSWORD=(not shown)'],
  },
  {
    rule: 'no-secrets-in-manifests',
    title: "root-passwd's variable in DIB's manifest",
    break: image => {
      image.inventory.secrets.assignments.push(
        located('/etc/dib-manifests/dib_arguments', 1, 'DIB_PASSWORD=(not shown)'),
      )
    },
    evidence: ['/etc/dib-manifests/dib_arguments:1: DIB_PASSWORD=(not shown)'],
  },
  {
    rule: 'no-secrets-in-configuration',
    title: "a broker's address with its password",
    break: image => {
      image.inventory.secrets.assignments.push(
        located('/etc/trove/trove.conf', 12, 'an address with a password: rabbit://10.0.0.1'),
      )
    },
    evidence: ['/etc/trove/trove.conf:12: an address with a password: rabbit://10.0.0.1'],
  },
  {
    rule: 'no-environment-dump',
    title: "DIB's element manifests",
    break: image => {
      image.inventory.secrets.environmentDumps.push('/etc/dib-manifests/dib_environment')
    },
    evidence: ['/etc/dib-manifests/dib_environment is in the image'],
  },
  {
    rule: 'no-shell-history',
    title: 'somebody worked in the image by hand',
    break: image => {
      image.inventory.secrets.histories.push('/root/.bash_history')
    },
    evidence: ['/root/.bash_history is not empty'],
  },
  {
    rule: 'no-build-journal',
    title: 'the journal of a boot',
    break: image =>
      image.addFile('/var/log/journal/4f1c0a7e5b2d4c3e9a8b7c6d5e4f3a2b', { type: 'folder', mode: '2755' }),
    evidence: ['/var/log/journal/4f1c0a7e5b2d4c3e9a8b7c6d5e4f3a2b is left'],
  },
  {
    rule: 'no-proxies',
    title: "apt's proxy of the build",
    break: image => {
      image.inventory.proxies.push(
        located('/etc/apt/apt.conf.d/60img-proxy', 0, 'Acquire::http::Proxy "http://cache.example.org:3142"'),
      )
    },
    evidence: ['/etc/apt/apt.conf.d/60img-proxy: Acquire::http::Proxy "http://cache.example.org:3142"'],
  },
  {
    rule: 'no-files-writable-by-all',
    title: 'a program that everybody may change',
    break: image => {
      image.file('/usr/sbin/iptables').mode = '0777'
      image.file('/usr/sbin/iptables').type = 'file'
    },
    evidence: ['/usr/sbin/iptables has mode 0777'],
  },
  {
    rule: 'no-files-writable-by-all',
    title: "the agent's code, in a folder that is not listed",
    break: image => image.addFile('/usr/lib/python3/dist-packages/trove/cmd/guest.py', { mode: '0666' }),
    evidence: ['/usr/lib/python3/dist-packages/trove/cmd/guest.py has mode 0666'],
  },
]
