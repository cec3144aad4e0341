import type { Grant } from '../inventory/index.ts'
import type { Rule } from './rule.ts'
import type { Subject } from './subject.ts'

const folders = ['/etc/trove', '/etc/trove/conf.d', '/var/log/trove', '/var/lib/trove', '/opt/trove-guestagent']

/** The user that the agent runs as and that Trove gives injected files to. */
export const guestUserRules: readonly Rule[] = [
  {
    id: 'guest-user-exists',
    title: 'The guest user exists in the image.',
    why:
      'cloud-init writes injected files before it makes users; without their owner no configuration arrives ' +
      '(Trove stories 2010021 and 2010231).',
    remedy:
      'Add the element trove-guest, or make the user in the image. If your Trove gives injected files to another user ' +
      '(injected_config_owner), name that one with guest-user.',
    check: subject => (subject.user(subject.guestUser) ? [] : [`/etc/passwd has no user ${subject.guestUser}`]),
  },
  {
    id: 'guest-user-sudo',
    title: 'The guest user may run every command as root without a password.',
    why: 'The unprivileged agent calls groupadd, useradd, mkfs, mount and chown by sudo, without a terminal.',
    remedy:
      'Put "USER ALL=(ALL:ALL) NOPASSWD: ALL" into a file of mode 0440 under /etc/sudoers.d (element trove-guest does).',
    check: subject => {
      const names = new Set([
        subject.guestUser,
        'ALL',
        ...subject.groupsOf(subject.guestUser).map(group => `%${group}`),
      ])
      const { grants, requireTty } = subject.inventory.sudoers
      const own = grants.filter(({ who }) => names.has(who))
      const terminal = requireTty
        .filter(
          ({ scope, value }) => ['', `:${subject.guestUser}`].includes(scope) || (value && !scope.startsWith(':')),
        )
        .at(-1)
      return [
        ...(own.length === 0 ? [`sudoers grants ${subject.guestUser} nothing`] : limitsOf(own)),
        ...(terminal?.value ? ['Defaults requiretty: the agent has no terminal'] : []),
      ]
    },
  },
  {
    id: 'sudoers-valid',
    title: 'Every sudoers file is readable to sudo: it parses, belongs to root, and only root may write it.',
    why: 'sudo ignores a file that others may write and complains about one that does not parse; the agent then has no root.',
    remedy: 'Check with "visudo --check" in the image; set owner root and mode 0440.',
    check: ({ inventory, tree }) => [
      ...(inventory.sudoers.files.length === 0 ? ['/etc/sudoers is missing: sudo is not installed'] : []),
      ...inventory.sudoers.faults.map(fault => `${fault.file}:${fault.line}: ${fault.text}`),
      ...inventory.sudoers.files.flatMap(file => {
        const entry = tree.resolve(file)
        if (entry === undefined) return [`${file} was read but is not in the list of files`]
        const faults = entry.uid === 0 ? [] : [`${file} belongs to uid ${entry.uid}`]
        return (Number.parseInt(entry.mode, 8) & 0o337) === 0 ? faults : [...faults, `${file} has mode ${entry.mode}`]
      }),
    ],
  },
  {
    id: 'guest-user-in-docker-group',
    title: 'The guest user is in group docker.',
    why: "The agent opens the Docker daemon's socket as that user: PermissionError without the group.",
    remedy: 'Run "usermod --append --groups docker USER" in the image (element trove-docker does).',
    check: subject => (subject.groupsOf(subject.guestUser).includes('docker') ? [] : [groupsText(subject)]),
  },
  {
    id: 'guest-user-home',
    title: "The guest user's home exists and belongs to them.",
    why: "The agent's unit has WorkingDirectory=~; systemd does not start a unit whose folder is missing.",
    remedy: 'Create the home folder with the user (useradd --create-home).',
    check: subject => {
      const user = subject.user(subject.guestUser)
      if (user === undefined) return []
      const home = subject.tree.resolve(user.home)
      if (home?.type !== 'folder') return [`${user.home} is missing`]
      return home.uid === user.uid ? [] : [`${user.home} belongs to uid ${home.uid}, ${user.name} is ${user.uid}`]
    },
  },
  {
    id: 'trove-folders-owned',
    title: "Trove's folders exist, belong to the guest user and are writable by them.",
    why: 'The agent writes its configuration, log and markers there; injected files are put there for it to read.',
    remedy: `Create ${folders.join(', ')} owned by the guest user (element trove-guest does).`,
    check: subject => {
      const user = subject.user(subject.guestUser)
      if (user === undefined) return []
      return folders.flatMap(path => {
        const entry = subject.tree.resolve(path)
        if (entry?.type !== 'folder') return [`${path} is missing`]
        if (entry.uid !== user.uid) return [`${path} belongs to uid ${entry.uid}, ${user.name} is ${user.uid}`]
        return (Number.parseInt(entry.mode, 8) & 0o700) === 0o700 ? [] : [`${path} has mode ${entry.mode}`]
      })
    },
  },
  {
    id: 'database-ids-free',
    title: 'User and group id 1001 are free, or belong to "database".',
    why: 'The agent makes group and user "database" with id 1001 (database_service_uid) and tolerates no other owner.',
    remedy: 'Give the other user or group another id.',
    check: ({ inventory }) => [
      ...inventory.users
        .filter(user => user.uid === 1001 && user.name !== 'database')
        .map(user => `user ${user.name} has uid 1001`),
      ...inventory.groups
        .filter(group => group.gid === 1001 && group.name !== 'database')
        .map(group => `group ${group.name} has gid 1001`),
    ],
  },
]

/**
 * What a user's grants, in the order of sudoers, keep them from: of the entries that fit a command the last one counts
 * (sudoers(5)), so that a grant of all commands as root on all hosts without a password makes up for whatever stood before it.
 */
function limitsOf(grants: readonly Grant[]): string[] {
  let limits: string[] | undefined
  const elsewhere: string[] = []
  for (const { file, line, who, hosts, runAs, noPassword, commands } of grants) {
    const at = `${file}:${line}: ${who}`
    const isPlain = (names: readonly string[], ...wanted: string[]) =>
      names.some(name => wanted.includes(name)) && !names.some(name => name.startsWith('!'))
    const users = (runAs.split(':')[0] ?? '').split(',').map(name => name.trim())
    // An entry for other users or for some hosts neither gives nor takes what is asked for.
    if (!isPlain(users, 'ALL', 'root', '#0')) elsewhere.push(`${at} is for commands as ${runAs || 'oneself'}`)
    else if (!isPlain(hosts, 'ALL')) elsewhere.push(`${at} is for the hosts ${hosts.join(', ')}`)
    else {
      if (noPassword && commands.includes('ALL')) limits = []
      const refused = commands.filter(command => command.startsWith('!'))
      const asked = noPassword ? [] : commands.filter(command => !command.startsWith('!'))
      const found = [
        ...asked.map(command => `${at} has to give a password for ${command}`),
        ...refused.map(command => `${at} may not run ${command.slice(1)}`),
      ]
      limits?.push(...found)
      if (limits === undefined) elsewhere.push(...found)
    }
  }
  return limits ?? ['no entry grants every command as root on all hosts without a password', ...elsewhere]
}

function groupsText(subject: Subject): string {
  if (!subject.inventory.groups.some(group => group.name === 'docker')) return 'there is no group docker'
  return `${subject.guestUser} is in ${subject.groupsOf(subject.guestUser).join(', ') || 'no group'}`
}
