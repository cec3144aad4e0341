import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { GuestfsSession } from '../guestfs/index.ts'
import { InputError, ToolError } from '../system/errors.ts'
import { efiLabel, rootLabel } from './layout.ts'

/** The disk and its partitions as libguestfs' commands name them. */
const disk = '/dev/sda'
const efiPartition = '/dev/sda2'
const rootPartition = '/dev/sda3'

/** What the tree must hold so that GRUB can be installed with the tree's own programs. */
const needed = ['usr/sbin/grub-install', 'usr/sbin/grub-mkconfig', 'usr/lib/grub/i386-pc', 'usr/lib/grub/x86_64-efi']

/** @throws InputError when the tree has no GRUB, before an appliance is started for nothing */
export function requireGrub(tree: string): void {
  const missing = needed.filter(path => !existsSync(join(tree, path)))
  if (missing.length === 0) return
  throw new InputError(
    `the root file system has no ${missing.map(path => `/${path}`).join(', ')}, so no boot loader can be installed: ` +
      'the element trove-boot-loader brings them',
  )
}

/**
 * For sed -E on grub.cfg: the hints of a search name the first disk. `--hint-bios=hd1,gpt3 --hint-baremetal=ahci1,gpt3` is what
 * grub-mkconfig writes when the kernel happened to call the disk sdb (prepare_grub_to_access_device in grub-mkconfig_lib).
 */
export const firstDiskHints = String.raw`/^[[:space:]]*search /s/(--hint[a-z-]*=[^[:space:]0-9]*)[0-9]+,/\10,/g`

/**
 * GRUB twice, for BIOS and for UEFI's removable path, and its configuration at the same time: that takes as long as both
 * installations under emulation, and needs neither. No firmware variables: a guest's firmware has never seen this disk.
 *
 * The kernel may name the disk otherwise than libguestfs does, because disks are found in any order (libguestfs translates
 * the names of its own commands only): the disk is the one that / is on, and in a guest it is the first. grub-mkconfig guesses
 * the hints of its search commands from the kernel's name and asks no device.map for them, so they are set right afterwards.
 */
const installGrub = [
  'mkdir -p /boot/grub',
  'disk=$(grub-probe --target=disk /) || exit 1',
  'echo "(hd0) $disk" >/boot/grub/device.map',
  'grub-mkconfig -o /boot/grub/grub.cfg & configuration=$!',
  'grub-install --target=i386-pc --no-floppy "$disk" && ' +
    'grub-install --target=x86_64-efi --efi-directory=/boot/efi --removable --no-nvram',
  'installed=$?',
  'wait "$configuration" || exit 1',
  `sed -E -i "${firstDiskHints}" /boot/grub/grub.cfg || exit 1`,
  'rm -f /boot/grub/device.map',
  'exit "$installed"',
].join('; ')

/**
 * Installs GRUB for BIOS and for UEFI (removable path, no firmware variables) with the programs of the guest itself, so that
 * modules and configuration have one version. Everything happens inside libguestfs' appliance: nothing of the host, neither
 * a device nor a mount, can get into grub.cfg.
 */
export async function installBootLoader(session: GuestfsSession): Promise<void> {
  // The appliance may have looked at the disk before the root file system was written into it.
  for (const device of [disk, efiPartition, rootPartition]) await session.command('blockdev-flushbufs', [device])
  await session.command('mkfs', ['vfat', efiPartition, `label:${efiLabel}`])
  await session.command('mount', [rootPartition, '/'])
  await session.command('mount', [efiPartition, '/boot/efi'])
  await session.command('sh', [installGrub], 900)
  checkGrubConfiguration((await session.command('cat', ['/boot/grub/grub.cfg'])).join('\n'))
  await session.command('umount-all')
}

/**
 * The mistakes of a boot loader that is made away from its machine, found before anybody boots it.
 *
 * @throws ToolError when grub.cfg starts no kernel, finds its root by another name than our label or an UUID, or names a
 *   device
 */
export function checkGrubConfiguration(text: string): void {
  const refuse = (what: string): never => {
    throw new ToolError(
      `grub-mkconfig wrote a /boot/grub/grub.cfg that would not boot elsewhere: ${what}. ` +
        'Look at /etc/default/grub and /etc/grub.d of the root file system',
      'grub-mkconfig',
      null,
    )
  }
  const kernels = text.split('\n').filter(line => /^\s*linux(16|efi)?\s/.test(line))
  if (kernels.length === 0) refuse('it starts no kernel; the root file system has none under /boot')
  for (const line of kernels) {
    const root = /\sroot=(\S+)/.exec(line)?.[1]
    if (root !== `LABEL=${rootLabel}` && !root?.startsWith('UUID=')) {
      refuse(`the root of "${line.trim()}" is ${root ?? 'not given'}, expected LABEL=${rootLabel}`)
    }
  }
  if (!kernels.some(line => /\sconsole=ttyS0\b/.test(line))) {
    refuse('no kernel has its console on the serial line (console=ttyS0)')
  }
  const device = /\/dev\/(?:sd|hd|vd|xvd|nvme|loop|mapper|dm-|nbd)[\w/-]*/.exec(text)?.[0]
  if (device !== undefined) refuse(`it names the device ${device}`)
  const drive = /\b(?:hd|ahci)[1-9]\d*,/.exec(text)?.[0]
  if (drive !== undefined) refuse(`it looks for the root on another disk than the first (${drive})`)
}
