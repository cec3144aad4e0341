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
      const grants = subject.inventory.sudoers.grants.filter(
        grant => names.has(grant.who) && grant.commands.includes('ALL'),
      )
      // sudo takes the last entry that fits.
      const last = grants.at(-1)
      if (last === undefined) return [`sudoers grants ${subject.guestUser} nothing`]
      return last.noPassword ? [] : [`${last.file}:${last.line}: ${last.who} has to give a password`]
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

function groupsText(subject: Subject): string {
  if (!subject.inventory.groups.some(group => group.name === 'docker')) return 'there is no group docker'
  return `${subject.guestUser} is in ${subject.groupsOf(subject.guestUser).join(', ') || 'no group'}`
}
