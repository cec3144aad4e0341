import type { Rule } from './rule.ts'

/** What the agent calls by sudo (trove/guestagent/volume.py, common/operating_system.py, cmd/guest.py). */
const agentTools = [
  'groupadd',
  'useradd',
  'blockdev',
  'blkid',
  'mkfs.ext4',
  'e2fsck',
  'dumpe2fs',
  'resize2fs',
  'mount',
  'umount',
  'chown',
  'install',
  'ip',
]

const timeServices = [
  'systemd-timesyncd.service',
  'chrony.service',
  'chronyd.service',
  'ntpsec.service',
  'ntp.service',
  'ntpd.service',
]

/** The operating system around the agent. */
export const systemRules: readonly Rule[] = [
  {
    id: 'agent-tools-under-sudo',
    title: "The programs that the agent calls are found under sudo's secure_path.",
    why:
      'From 2026.1 on any failure of dumpe2fs, a missing program too, is taken as "not formatted", and the agent formats the ' +
      'volume: data is lost when an image is upgraded.',
    remedy: 'Install e2fsprogs, util-linux, passwd, mount and iproute2, and leave secure_path at its default.',
    check: subject => {
      const path = subject.inventory.sudoers.securePath ?? undefined
      return agentTools
        .filter(name => !subject.hasProgram(name, path === '' ? undefined : path))
        .map(name => `${name} is not in ${path ?? "sudo's default path"}`)
    },
  },
  {
    id: 'mount-table-readable',
    title: '/etc/mtab leads to the mounted file systems.',
    why: 'The agent and mkfs read it to tell whether a volume is mounted.',
    remedy: 'Link /etc/mtab to ../proc/self/mounts.',
    check: ({ tree }) => {
      const entry = tree.entry('/etc/mtab')
      if (entry === undefined) return ['/etc/mtab is missing']
      return entry.type === 'link' && /proc\/(self\/)?mounts$/.test(entry.target ?? '')
        ? []
        : ['/etc/mtab is not a link to /proc/self/mounts']
    },
  },
  {
    id: 'time-synchronised',
    title: 'A time service starts at boot.',
    why: 'Trove takes a guest whose heartbeats bear another time for dead, and TLS fails with a wrong clock.',
    remedy: 'Install and enable systemd-timesyncd or chrony.',
    check: ({ boot }) =>
      timeServices.some(name => boot.starts(name)) ? [] : [`none of ${timeServices.slice(0, 4).join(', ')} starts`],
  },
  {
    id: 'ssh-enabled',
    title: 'The SSH server starts at boot.',
    why: 'An operator looks into a guest through it; without host keys in the image it makes its own.',
    remedy: 'Install openssh-server and enable ssh.service.',
    check: ({ boot }) =>
      ['ssh.service', 'ssh.socket', 'sshd.service', 'sshd.socket'].some(name => boot.starts(name))
        ? []
        : ['neither ssh.service nor ssh.socket starts'],
  },
  {
    id: 'journal-persistent',
    title: 'The journal survives a reboot.',
    why: 'A guest that fails is looked at afterwards.',
    remedy: 'Set Storage=persistent for journald, or make the folder /var/log/journal.',
    check: ({ inventory: { journal } }) => {
      const storage = journal.settings.Storage ?? 'auto'
      if (storage === 'persistent' || (storage === 'auto' && journal.persistentFolder)) return []
      return [storage === 'auto' ? 'Storage=auto and there is no /var/log/journal' : `Storage=${storage}`]
    },
  },
  {
    id: 'no-automatic-upgrades',
    title: 'Packages of a guest do not change by themselves.',
    why: 'An upgrade of Docker stops the database, and what runs is no longer what was tested.',
    remedy: 'Remove unattended-upgrades or mask apt-daily-upgrade.timer; leave package_upgrade of cloud-init off.',
    check: subject => {
      const { settings } = subject.inventory.packageSources
      const last = (name: string) => settings.filter(entry => entry.name.toLowerCase() === name).at(-1)?.value
      const runs =
        subject.hasPackage('unattended-upgrades') &&
        subject.boot.starts('apt-daily-upgrade.timer') &&
        !['0', 'false'].includes(last('apt::periodic::enable') ?? '1') &&
        !['0', 'false'].includes(last('apt::periodic::unattended-upgrade') ?? '0')
      return [
        ...(runs ? ['unattended-upgrades is installed and apt-daily-upgrade.timer starts it'] : []),
        ...['package_upgrade', 'package_update']
          .filter(key => subject.cloudInit(key) === true)
          .map(key => `cloud-init has ${key}: true`),
      ]
    },
  },
  {
    id: 'packages-consistent',
    title: 'Every package is completely installed.',
    why: 'A package that was not configured lacks its users, units or links.',
    remedy: 'Run "dpkg --audit" and "dpkg --configure --pending" in the image.',
    check: ({ inventory }) =>
      inventory.packages
        .filter(({ state }) => !['installed', 'config-files', 'not-installed'].includes(state))
        .map(({ name, state }) => `${name} is ${state}`),
  },
  {
    id: 'temporary-folders-empty',
    title: '/tmp and /var/tmp are empty.',
    why: 'What a build leaves there is in every guest.',
    remedy: 'Remove the files in a finalise.d or cleanup.d hook.',
    check: ({ inventory }) => inventory.temporaryFiles.map(path => `${path} is left`),
  },
]
