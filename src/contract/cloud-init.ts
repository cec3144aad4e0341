import type { Rule } from './rule.ts'
import type { Subject } from './subject.ts'

/** Units of cloud-init's stages, by version: from 24.3 on a single process with shims (the second list). */
const stages: readonly (readonly string[])[] = [
  ['cloud-init-local.service', 'cloud-init.service', 'cloud-config.service', 'cloud-final.service'],
  [
    'cloud-init-main.service',
    'cloud-init-local.service',
    'cloud-init-network.service',
    'cloud-config.service',
    'cloud-final.service',
  ],
]

/** cloud-init, which brings the configuration into the guest. */
export const cloudInitRules: readonly Rule[] = [
  {
    id: 'cloud-init-enabled',
    title: 'All stages of cloud-init start at boot.',
    why: "Trove's configuration for the agent arrives by cloud-init alone (Nova's personality files are gone).",
    remedy:
      'Install cloud-init (element cloud-init), enable its units one by one, remove /etc/cloud/cloud-init.disabled.',
    check: ({ inventory, boot }) => {
      if (inventory.cloudInit.disabledBy !== null) return [`${inventory.cloudInit.disabledBy} switches cloud-init off`]
      const missing = stages.map(units => units.filter(name => !boot.starts(name)))
      const [fewest = []] = missing.toSorted((left, right) => left.length - right.length)
      return fewest.map(name => `${name} does not start at boot`)
    },
  },
  {
    id: 'cloud-init-configuration-valid',
    title: "cloud-init's configuration parses.",
    why: 'cloud-init leaves out a file that it cannot read, and goes on with its defaults.',
    remedy: 'Correct the YAML of the file.',
    check: ({ inventory }) => inventory.cloudInit.faults.map(fault => `${fault.file}:${fault.line}: ${fault.text}`),
  },
  {
    id: 'cloud-init-datasources',
    title: 'cloud-init looks for ConfigDrive and OpenStack.',
    why:
      "A config drive or the metadata service carries the configuration; with a list that lacks them (DIB's element ubuntu " +
      'leaves Ec2 alone) the guest waits 240 s and ignores its user data.',
    remedy:
      'Set datasource_list to [ConfigDrive, OpenStack, None] under /etc/cloud/cloud.cfg.d (DIB_CLOUD_INIT_DATASOURCES).',
    check: subject => {
      const list = subject.cloudInit('datasource_list')
      const names: unknown[] = Array.isArray(list) ? list : []
      // Without a list cloud-init knows all datasources, and ds-identify chooses.
      const missing = list === undefined ? [] : ['ConfigDrive', 'OpenStack'].filter(name => !names.includes(name))
      const fixed = subject.inventory.cloudInit.dsIdentify.datasource
      return [
        ...missing.map(name => `datasource_list [${names.join(', ')}] lacks ${name}`),
        ...(fixed === undefined || ['ConfigDrive', 'OpenStack'].includes(fixed)
          ? []
          : [`/etc/cloud/ds-identify.cfg allows only ${fixed}`]),
      ]
    },
  },
  {
    id: 'cloud-init-writes-files',
    title: "cloud-init's module write-files runs before the agent starts.",
    why:
      "Trove's user data is write_files and nothing else; the agent starts after cloud-config.target, which is reached before " +
      'the modules of the stages config and final run.',
    remedy: 'Put write-files back into cloud_init_modules.',
    check: subject => {
      if (subject.runsModule('write-files', ['cloud_init_modules'])) return []
      return [
        subject.runsModule('write-files')
          ? 'write-files runs in a later stage than cloud_init_modules'
          : 'no stage lists the module write-files',
      ]
    },
  },
  {
    id: 'cloud-init-users-exist',
    title: 'The users that cloud-init would make exist already.',
    why: 'A user that cloud-init makes at boot gets the next free id, which is 1001: the agent then cannot make "database".',
    remedy: "Set system_info.default_user.name to the guest user, and leave 'users' at [default].",
    check: subject => {
      const users = subject.cloudInit('users')
      if (!subject.runsModule('users-groups') || !Array.isArray(users)) return []
      return users
        .map(user => nameOf(user, subject))
        .filter(name => name !== undefined && subject.user(name) === undefined)
        .map(name => `cloud-init makes the user ${name} at first boot`)
    },
  },
  {
    id: 'ephemeral-disk-not-mounted',
    title: 'cloud-init leaves an ephemeral disk to the agent.',
    why:
      "cloud-init's default mounts the ephemeral disk on /mnt; the agent finds the device mounted and does not mount it " +
      "where the database's files go.",
    remedy: 'Set "mounts: [[ephemeral0, null]]" under /etc/cloud/cloud.cfg.d.',
    check: subject => {
      const mounts = subject.cloudInit('mounts')
      const isOff = (entry: unknown) => Array.isArray(entry) && entry[0] === 'ephemeral0' && entry[1] === null
      if (!subject.runsModule('mounts') || (Array.isArray(mounts) && mounts.some(isOff))) return []
      return ['ephemeral0 is not taken out of mounts, so cloud-init mounts it on /mnt']
    },
  },
  {
    id: 'hostname-resolvable',
    title: "The guest's own host name resolves.",
    why: "sudo complains about and waits for a name that does not resolve ('unable to resolve host').",
    remedy: 'Set "manage_etc_hosts: localhost" under /etc/cloud/cloud.cfg.d (DIB_CLOUD_INIT_ETC_HOSTS).',
    check: subject => {
      const managed = subject.cloudInit('manage_etc_hosts')
      const isOn = managed === true || managed === 'localhost' || managed === 'template'
      if (isOn && subject.runsModule('update-etc-hosts')) return []
      // libnss-myhostname answers for the own name, too.
      if (subject.hasPackage('libnss-myhostname')) return []
      return [`manage_etc_hosts is ${managed === undefined ? 'not set' : JSON.stringify(managed)}`]
    },
  },
  {
    id: 'cloud-init-not-run',
    title: 'cloud-init has not run in the image.',
    why: 'State of an earlier instance makes cloud-init skip what it does once per instance.',
    remedy: 'Run "cloud-init clean --logs" in the image before it is closed.',
    check: ({ tree }) =>
      ['/var/lib/cloud/instance', '/var/lib/cloud/instances', '/var/lib/cloud/data']
        .filter(path => tree.entry(path)?.type === 'link' || tree.within(path).length > 0)
        .map(path => `${path} holds the state of a run`),
  },
]

/** The name of an entry of `users`; undefined for what makes nobody. */
function nameOf(user: unknown, subject: Subject): string | undefined {
  if (user === 'default') {
    const name = subject.cloudInit('system_info', 'default_user', 'name')
    return typeof name === 'string' ? name : undefined
  }
  if (typeof user === 'string') return user
  if (typeof user === 'object' && user !== null && 'name' in user && typeof user.name === 'string') return user.name
  return undefined
}
