import { keyFolders } from '../inventory/index.ts'
import type { Rule } from './rule.ts'

/** What must not be the same in two guests, or must not be known to whoever has the image. */
export const leakageRules: readonly Rule[] = [
  {
    id: 'machine-id-empty',
    title: '/etc/machine-id exists and is empty.',
    why:
      'Filled, all guests have one identity (and one DHCP lease); missing, there is no DHCP identifier and systemd may not ' +
      'boot from a read-only root (kubernetes-sigs/image-builder#2164).',
    remedy: 'Truncate /etc/machine-id and remove /var/lib/dbus/machine-id.',
    check: ({ inventory: { machineId } }) => [
      ...(machineId.state === 'absent' ? ['/etc/machine-id is missing'] : []),
      ...(machineId.state === 'filled' ? ['/etc/machine-id is filled'] : []),
      ...(machineId.dbus === 'filled' ? ['/var/lib/dbus/machine-id is filled'] : []),
    ],
  },
  {
    id: 'no-random-seed',
    title: 'No random seed is in the image.',
    why: 'Guests that start from one seed make guessable keys.',
    remedy: 'Remove /var/lib/systemd/random-seed and credential.secret.',
    check: ({ tree }) =>
      ['/var/lib/systemd/random-seed', '/var/lib/systemd/credential.secret', '/var/lib/urandom/random-seed']
        .filter(path => tree.resolve(path) !== undefined)
        .map(path => `${path} is in the image`),
  },
  {
    id: 'no-host-keys',
    title: 'No SSH host key is in the image.',
    why: 'Whoever has the image can pose as every guest.',
    remedy: 'Remove /etc/ssh/ssh_host_*; cloud-init or ssh-keygen -A makes new ones at first boot.',
    check: ({ inventory }) => inventory.ssh.hostKeys.map(path => `${path} is in the image`),
  },
  {
    id: 'no-authorized-keys',
    title: 'No SSH key lets anybody in.',
    why: 'The key of whoever built the image opens every guest.',
    remedy: 'Remove the authorized_keys files; Nova injects the key pair of the instance.',
    check: ({ inventory }) =>
      inventory.ssh.authorizedKeys.map(({ file, keys }) =>
        keys === null
          ? `${file} could hold keys and was not read`
          : `${file} holds ${keys} ${keys === 1 ? 'key' : 'keys'}`,
      ),
  },
  {
    id: 'no-private-keys',
    title: `No private key is under ${keyFolders.map(folder => `/${folder}`).join(', ')} or on another file system.`,
    why: "Upstream's development images hold the builder's key; a snake-oil certificate is the same in every guest.",
    remedy: 'Remove the file, or make the key at first boot.',
    check: ({ inventory }) =>
      inventory.secrets.privateKeys
        .filter(path => !inventory.ssh.hostKeys.includes(path))
        .map(path => `${path} is a private key`),
  },
  {
    id: 'no-password-equal-to-name',
    title: 'No password is the name of its user.',
    why: "Upstream's element gives user ubuntu the password ubuntu, and sudo.",
    remedy: 'Lock the password: "usermod --lock USER".',
    check: ({ inventory }) => {
      const known = inventory.users
        .filter(user => user.passwordIsName === 'yes')
        .map(user => `${user.name} has its name as password`)
      const unknown = inventory.users
        .filter(user => user.passwordIsName === 'unknown')
        .map(user => `password of ${user.name}: ${user.passwordNote ?? 'not known'}`)
      return known.length === 0 && unknown.length > 0 ? { unknown } : known
    },
  },
  {
    id: 'no-empty-password',
    title: 'No user gets in without a password.',
    why: 'An empty password opens the console, and sshd with PermitEmptyPasswords.',
    remedy: 'Lock the password: "usermod --lock USER".',
    check: ({ inventory }) =>
      inventory.users.filter(user => user.password === 'empty').map(user => `${user.name} has an empty password`),
  },
  {
    id: 'root-locked',
    title: 'root has no password.',
    why: 'A password of root is known to whoever has the recipe.',
    remedy: 'Run "usermod --lock root", and leave out the element root-passwd.',
    check: ({ inventory }) =>
      inventory.users
        .filter(user => user.uid === 0 && user.password === 'set')
        .map(user => `${user.name} has a password`),
  },
  {
    id: 'ssh-no-root-password',
    title: 'The SSH server lets root in by key only.',
    why: "DIB's root-passwd and upstream's element switch password login of root on.",
    remedy: 'Set "PermitRootLogin prohibit-password" and "PermitEmptyPasswords no".',
    check: ({ inventory: { ssh } }) => {
      const open = [
        ...(ssh.server.permitrootlogin?.toLowerCase() === 'yes' ? ['PermitRootLogin yes'] : []),
        ...(ssh.server.permitemptypasswords?.toLowerCase() === 'yes' ? ['PermitEmptyPasswords yes'] : []),
      ]
      // Whom a condition holds for only sshd can tell.
      const unknown = ssh.conditional
        .filter(({ text }) => /\syes$/i.test(text))
        .map(({ file, line, text }) => `${file}:${line}: ${text}`)
      return open.length === 0 && unknown.length > 0 ? { unknown } : open
    },
  },
  {
    id: 'no-secrets-in-logs',
    title: 'Logs of the build hold no secret.',
    why: 'Passwords on command lines end up in logs, which are in every guest.',
    remedy: 'Empty /var/log in a finalise.d hook.',
    check: ({ inventory }) =>
      inventory.secrets.assignments
        .filter(({ file }) => file.startsWith('/var/log/'))
        .map(({ file, line, text }) => `${file}:${line}: ${text}`),
  },
  {
    id: 'no-secrets-in-manifests',
    title: "DIB's manifests hold no secret.",
    why: "DIB's element manifests stores arguments and variables of the build, DIB_PASSWORD among them.",
    remedy: 'Remove the files under /etc/dib-manifests in a cleanup.d hook (element trove-image-sources does).',
    check: ({ inventory }) =>
      inventory.secrets.assignments
        .filter(({ file }) => file.startsWith('/etc/dib-manifests/'))
        .map(({ file, line, text }) => `${file}:${line}: ${text}`),
  },
  {
    id: 'no-secrets-in-configuration',
    title: 'Configuration and home folders hold no secret of the build.',
    why: 'A token or an address with a password in it is known to whoever has the image.',
    remedy: 'Remove the line; secrets of a guest are injected at boot.',
    check: ({ inventory }) =>
      inventory.secrets.assignments
        .filter(({ file }) => !/^\/(var\/log|etc\/dib-manifests)\//.test(file))
        .map(({ file, line, text }) => `${file}:${line}: ${text}`),
  },
  {
    id: 'no-environment-dump',
    title: "DIB's dump of its environment is not in the image.",
    why: 'It tells mirrors, proxies and folders of the build host, and every DIB_* variable.',
    remedy: 'Remove /etc/dib-manifests/dib_environment in a cleanup.d hook (element trove-image-sources does).',
    check: ({ inventory }) => inventory.secrets.environmentDumps.map(path => `${path} is in the image`),
  },
  {
    id: 'no-shell-history',
    title: 'No history of commands is in the image.',
    why: 'It tells what was done by hand, with passwords now and then.',
    remedy: 'Remove the file.',
    check: ({ inventory }) => inventory.secrets.histories.map(path => `${path} is not empty`),
  },
  {
    id: 'no-build-journal',
    title: 'No journal of another machine is in the image.',
    why: 'It tells of the machine that ran it, and belongs to no guest.',
    remedy: 'Remove the folders below /var/log/journal.',
    check: ({ tree }) => tree.within('/var/log/journal').map(entry => `${entry.path} is left`),
  },
  {
    id: 'no-proxies',
    title: 'No proxy of the build is left.',
    why: 'Guests cannot reach it, or it reads what they say.',
    remedy: 'Set proxies in the environment of the build only, never in files of the image.',
    check: ({ inventory }) =>
      inventory.proxies.map(({ file, line, text }) => `${file}${line > 0 ? `:${line}` : ''}: ${text}`),
  },
  {
    id: 'no-files-writable-by-all',
    title:
      'Nothing outside of the temporary folders is writable by everybody, what Docker keeps of containers left aside.',
    why: 'Any process of a guest, a container that got out among them, could change it.',
    remedy: 'Take the write permission away: "chmod o-w".',
    check: ({ inventory }) =>
      inventory.files
        .filter(({ type, mode }) => {
          const bits = Number.parseInt(mode, 8)
          return (type === 'file' && (bits & 0o002) !== 0) || (type === 'folder' && (bits & 0o1002) === 0o002)
        })
        .map(({ path, mode }) => `${path} has mode ${mode}`),
  },
]
