import { namesFileSystem } from '../inventory/index.ts'
import type { Rule } from './rule.ts'
import type { Subject } from './subject.ts'

/** Partition type of GRUB's BIOS boot partition on a GPT disk. */
const biosBootType = '21686148-6449-6e6f-744e-656564454649'

/** Name of the loader at the removable path, by Debian's architecture (UEFI specification, 3.5.1.1). */
const efiLoaders: Record<string, string> = { amd64: 'BOOTX64.EFI', arm64: 'BOOTAA64.EFI', i386: 'BOOTIA32.EFI' }

/** From firmware to kernel. */
export const bootRules: readonly Rule[] = [
  {
    id: 'kernel-complete',
    title: 'There is a kernel, with its initrd and modules.',
    why: 'Without an initrd the root file system is not found by its label; without modules Docker has no overlay and no bridge.',
    remedy: 'Install a kernel package, and run update-initramfs in the image.',
    check: ({ inventory }) => {
      if (inventory.kernels.length === 0) return ['no /boot/vmlinuz-*']
      return inventory.kernels.flatMap(({ version, initrd, modules }) => [
        ...(initrd ? [] : [`kernel ${version} has no initrd`]),
        ...(modules ? [] : [`kernel ${version} has no modules.dep`]),
      ])
    },
  },
  {
    id: 'grub-starts-existing-kernel',
    title: "GRUB's entries start a kernel and an initrd that exist.",
    why: 'A grub.cfg from before the last kernel change boots into an error message.',
    remedy: 'Run update-grub in the image after the last change of a kernel.',
    check: subject => {
      const { grub } = subject.inventory
      if (grub === null) return ['there is no /boot/grub/grub.cfg']
      if (grub.entries.length === 0) return [`${grub.file} starts no kernel`]
      return grub.entries.flatMap(entry => [
        ...(entry.initrds.length === 0 ? [`"${entry.title}" loads no initrd`] : []),
        ...[entry.linux, ...entry.initrds]
          .filter(path => !bootFileExists(subject, path))
          .map(path => `"${entry.title}" loads ${path}, which is missing`),
      ])
    },
  },
  {
    id: 'grub-root-by-name',
    title: "The kernel's root= names the image's root file system by label or UUID.",
    why: 'A device name is that of the machine that built the image; a label that no file system has ends in an emergency shell.',
    remedy: 'Set GRUB_DEVICE=LABEL=... in /etc/default/grub, and run update-grub.',
    check: subject => {
      const root = subject.inventory.disk.fileSystems.find(({ mountPoint }) => mountPoint === '/')
      return (subject.inventory.grub?.entries ?? []).flatMap(entry => {
        const value = entry.arguments.find(argument => argument.startsWith('root='))?.slice('root='.length)
        if (value === undefined) return [`"${entry.title}" has no root=`]
        return root && namesFileSystem(value, root) ? [] : [`"${entry.title}" has root=${value}`]
      })
    },
  },
  {
    id: 'grub-no-build-devices',
    title: 'grub.cfg names no device.',
    why: 'update-grub writes the loop device or disk of the build host when it cannot see through it.',
    remedy: 'Run update-grub where no device of the host is visible, with GRUB_DISABLE_OS_PROBER=true.',
    check: ({ inventory }) => (inventory.grub?.devices ?? []).map(({ file, line, text }) => `${file}:${line}: ${text}`),
  },
  {
    id: 'grub-searches-existing-file-systems',
    title: 'GRUB searches for file systems that the image has.',
    why: 'A UUID from another build leaves GRUB in its rescue shell.',
    remedy: 'Run update-grub after the file systems were made.',
    check: ({ inventory }) =>
      (inventory.grub?.searches ?? [])
        .filter(({ by, value }) => {
          if (by === 'file') return false
          return !inventory.disk.fileSystems.some(
            found => (by === 'uuid' ? found.uuid : found.label).toLowerCase() === value.toLowerCase(),
          )
        })
        .map(({ by, value }) => `it searches for ${by} ${value}, which no file system has`),
  },
  {
    id: 'serial-console',
    title: "The kernel's console is on the serial line.",
    why: "Nova's console log and this project's smoke test read nothing else.",
    remedy: 'Add console=ttyS0,115200 to GRUB_CMDLINE_LINUX in /etc/default/grub, and run update-grub.',
    check: ({ inventory }) =>
      (inventory.grub?.entries ?? [])
        .filter(entry => !entry.arguments.some(argument => /^console=tty(S|AMA)0\b/.test(argument)))
        .map(entry => `"${entry.title}" has no console=ttyS0`),
  },
  {
    id: 'kernel-arguments-harmless',
    title: 'No argument of the kernel keeps the system or cloud-init from starting.',
    why:
      'cloud-init=disabled leaves the guest without its configuration; init=, systemd.unit= and single end in a shell where ' +
      'no agent runs. No file of the image shows it.',
    remedy: 'Take the argument out of GRUB_CMDLINE_LINUX in /etc/default/grub and its drop-ins, and run update-grub.',
    check: ({ inventory }) =>
      (inventory.grub?.entries ?? [])
        // The menu's entries for recovery are made to end in a shell; what boots by itself is not one of them.
        .filter(({ title }, index) => index === 0 || !/\(recovery mode\)$/.test(title))
        .flatMap(({ title, arguments: words }) =>
          words.filter(word => isHarmful(word)).map(word => `"${title}" has ${word}`),
        ),
  },
  {
    id: 'boots-by-bios',
    title: 'The disk boots by BIOS.',
    why: "Nova's default firmware is BIOS.",
    remedy: 'Run grub-install for i386-pc; on a GPT disk it needs a BIOS boot partition.',
    check: ({ inventory: { disk, system } }) => {
      if (system.architecture === 'arm64') return []
      const needsPartition = disk.partitionTable === 'gpt' && !disk.partitions.some(({ type }) => type === biosBootType)
      return [
        ...(disk.grubBootCode ? [] : ['the first sector has no GRUB']),
        ...(needsPartition ? ['the GPT has no BIOS boot partition'] : []),
      ]
    },
  },
  {
    id: 'boots-by-uefi',
    title: 'The disk boots by UEFI, without firmware variables.',
    why: 'A new guest has empty firmware variables: only the loader at the removable path is found.',
    remedy: 'Make an EFI system partition, and run grub-install with --removable and --no-nvram.',
    check: ({ inventory: { disk, system } }) => {
      const wanted = efiLoaders[system.architecture]
      if (wanted === undefined)
        return { unknown: [`the loader's name for ${system.architecture || 'an unknown architecture'} is not known`] }
      const found = disk.efiLoaders.some(path => path.toUpperCase() === `EFI/BOOT/${wanted}`)
      return found ? [] : [`no EFI/BOOT/${wanted} on an EFI system partition`]
    },
  },
]

/** Units that a whole system comes up with (systemd.special(7)). */
const wholeTargets = ['default.target', 'multi-user.target', 'graphical.target']
const realInits = ['/sbin/init', '/usr/sbin/init', '/lib/systemd/systemd', '/usr/lib/systemd/systemd', '/bin/systemd']

/**
 * Whether an argument stops the boot short or takes cloud-init's sources away (systemd(1), kernel-command-line(7),
 * initramfs-tools(7), cloud-init's kernel command line).
 */
function isHarmful(argument: string): boolean {
  const word = argument.replaceAll('"', '')
  const equals = word.indexOf('=')
  const [name, value] = equals < 0 ? [word, ''] : [word.slice(0, equals), word.slice(equals + 1)]
  switch (name) {
    case 'cloud-init':
    case 'network-config':
      return value === 'disabled'
    case 'ds':
    case 'ci.ds':
    case 'ci.datasource':
      return !/^(configdrive|openstack)\b/i.test(value)
    case 'init':
      return !realInits.includes(value)
    case 'systemd.unit':
      return !wholeTargets.includes(value)
    case 'rdinit':
    case 'rd.systemd.unit':
    case 'rd.break':
    case 'break':
    case 'systemd.mask':
    case 'systemd.run':
    case 'single':
    case 'rescue':
    case 'emergency':
    case 's':
    case 'S':
    case '1':
    case '-s':
    case '-b':
      return true
    default:
      return false
  }
}

/** GRUB's paths begin at the root of the file system that it searched for: /boot may be one of its own. */
function bootFileExists(subject: Subject, path: string): boolean {
  return subject.tree.exists(path) || subject.tree.exists(`/boot${path}`)
}
