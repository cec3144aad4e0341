import { InputError } from '../system/errors.ts'
import { efiLabel, rootLabel } from './layout.ts'

/**
 * The guest's fstab: DIB's, checked, with the EFI system partition added, so that an update of GRUB in the guest reaches it.
 * `nofail`: a guest must boot without it.
 *
 * @throws InputError when the root is not mounted by our label or a line names a device of whoever built the image
 */
export function guestFstab(text: string): string {
  const entries = text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => line.split(/\s+/))
  const root = entries.find(([, mountPoint]) => mountPoint === '/')
  if (root?.[0] !== `LABEL=${rootLabel}`) {
    throw new InputError(
      `/etc/fstab of the root file system mounts / from ${root?.[0] ?? 'nothing'}; ` +
        `the disk's root file system is found by LABEL=${rootLabel}, the label that DIB uses by default`,
    )
  }
  const foreign = entries.find(([device]) => device?.startsWith('/dev/'))
  if (foreign) {
    throw new InputError(
      `/etc/fstab of the root file system names the device ${foreign[0]} for ${foreign[1]}: ` +
        'a device name is not the same in a guest; use LABEL= or UUID=',
    )
  }
  if (entries.some(([, mountPoint]) => mountPoint === '/boot/efi')) return text
  return `${text.trimEnd()}\nLABEL=${efiLabel} /boot/efi vfat umask=0077,nofail 0 0\n`
}
