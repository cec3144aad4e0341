import { namesFileSystem } from '../inventory/index.ts'
import type { Rule } from './rule.ts'

const gibibyte = 2 ** 30
const growable = ['ext4', 'xfs', 'btrfs']
const virtual = ['proc', 'sysfs', 'tmpfs', 'devpts', 'swap', 'cgroup', 'cgroup2', 'debugfs', 'none', 'efivarfs']

/** Partitions and file systems. */
export const diskRules: readonly Rule[] = [
  {
    id: 'fstab-file-systems-exist',
    title: 'fstab names file systems that the image has.',
    why: 'systemd waits 90 s for a device that never comes and then offers an emergency shell.',
    remedy: "Correct the label or UUID in /etc/fstab, or add the option 'nofail'.",
    check: ({ inventory }) =>
      inventory.fstab
        .filter(
          ({ device, type, options }) =>
            /^(PART)?(LABEL|UUID)=/.test(device) && !virtual.includes(type) && !options.includes('nofail'),
        )
        .filter(({ device }) => !inventory.disk.fileSystems.some(found => namesFileSystem(device, found)))
        .map(({ line, device, mountPoint }) => `/etc/fstab:${line}: ${device} for ${mountPoint} does not exist`),
  },
  {
    id: 'fstab-mounts-root',
    title: 'fstab mounts the root file system by the label or UUID that it has.',
    why: 'systemd-remount-fs and the growth of the file system at first boot go by this line.',
    remedy: 'Write "LABEL=... / ext4 defaults 0 1" into /etc/fstab, with the label of the file system.',
    check: ({ inventory }) => {
      const root = inventory.disk.fileSystems.find(({ mountPoint }) => mountPoint === '/')
      const line = inventory.fstab.find(({ mountPoint }) => mountPoint === '/')
      if (line === undefined) return ['/etc/fstab does not name /']
      if (root !== undefined && namesFileSystem(line.device, root)) return []
      return [`/etc/fstab:${line.line}: / is ${line.device}, the file system has label "${root?.label ?? ''}"`]
    },
  },
  {
    id: 'fstab-no-build-devices',
    title: 'fstab names no device.',
    why: 'A device name is that of the machine that built the image, or changes with the bus of the guest.',
    remedy: 'Use LABEL= or UUID= in /etc/fstab.',
    check: ({ inventory }) =>
      inventory.fstab
        .filter(({ device, type }) => device.startsWith('/dev/') && !virtual.includes(type))
        .map(({ line, device }) => `/etc/fstab:${line}: ${device}`),
  },
  {
    id: 'root-partition-last',
    title: 'The root partition is the last one on the disk.',
    why: "Only the last partition can grow into a flavour's larger disk.",
    remedy: 'Put the root partition behind all others.',
    check: ({ inventory: { disk } }) => {
      const root = disk.fileSystems.find(({ mountPoint }) => mountPoint === '/')
      const last = disk.partitions.at(-1)
      if (disk.partitionTable === 'none' || last === undefined) return []
      return root?.partition === last.number
        ? []
        : [`root is partition ${root?.partition ?? 0}, the last one is ${last.number}`]
    },
  },
  {
    id: 'root-file-system-growable',
    title: 'The root file system can grow while it is mounted.',
    why: 'cloud-init grows ext4, XFS and Btrfs; others stay at the size of the image.',
    remedy: 'Use ext4, with the feature resize_inode.',
    check: ({ inventory: { disk, rootFileSystem } }) => {
      const type = disk.fileSystems.find(({ mountPoint }) => mountPoint === '/')?.type ?? ''
      if (!growable.includes(type)) return [`it is ${type || 'of an unknown type'}`]
      const { features } = rootFileSystem
      return type === 'ext4' && !features.includes('resize_inode') && !features.includes('meta_bg')
        ? ['ext4 without resize_inode']
        : []
    },
  },
  {
    id: 'root-grows-at-boot',
    title: 'Root partition and file system grow at first boot.',
    why: "Otherwise the guest keeps the image's size on every flavour, and its root fills up.",
    remedy:
      'Install cloud-guest-utils and fdisk; leave growpart and resizefs among cloud_init_modules and switched on.',
    check: subject => {
      const tools = [['growpart'], ['sfdisk', 'sgdisk'], ['resize2fs', 'xfs_growfs', 'btrfs']]
      const mode = subject.cloudInit('growpart', 'mode')
      return [
        ...tools
          .filter(names => !names.some(name => subject.hasProgram(name)))
          .map(names => `no ${names.join(' or ')}`),
        ...['growpart', 'resizefs']
          .filter(name => !subject.runsModule(name, ['cloud_init_modules']))
          .map(name => `cloud_init_modules lacks ${name}`),
        ...(mode === 'off' || mode === false ? ['growpart.mode is off'] : []),
        ...(subject.cloudInit('resize_rootfs') === false ? ['resize_rootfs is false'] : []),
        ...(subject.tree.exists('/etc/growroot-disabled') &&
        subject.cloudInit('growpart', 'ignore_growroot_disabled') !== true
          ? ['/etc/growroot-disabled exists']
          : []),
      ]
    },
  },
  {
    id: 'root-file-system-clean',
    title: 'The root file system was unmounted cleanly.',
    why: 'A file system that was copied while in use may be damaged.',
    remedy: 'Run e2fsck on the file system before the image is made.',
    check: ({ inventory: { disk, rootFileSystem } }) => {
      const type = disk.fileSystems.find(({ mountPoint }) => mountPoint === '/')?.type ?? ''
      if (rootFileSystem.state !== '') {
        return rootFileSystem.state === 'clean' ? [] : [`its state is "${rootFileSystem.state}"`]
      }
      return /^ext[234]$/.test(type) ? { unknown: [`${type} did not tell its state`] } : []
    },
  },
  {
    id: 'root-has-space',
    title: 'At least 2 GiB are free on the root file system.',
    why: 'The database container and its layers lie there, and the smallest flavour is as large as the image.',
    remedy: 'Set a larger image-size in the recipe.',
    check: ({ inventory: { rootFileSystem } }) =>
      rootFileSystem.freeBytes >= 2 * gibibyte
        ? []
        : [
            `${(rootFileSystem.freeBytes / gibibyte).toFixed(2)} GiB of ${(rootFileSystem.sizeBytes / gibibyte).toFixed(2)} GiB are free`,
          ],
  },
]
