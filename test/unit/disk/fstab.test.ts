import { describe, expect, test } from 'vitest'
import { guestFstab } from '../../../src/disk/fstab.ts'

const root = 'LABEL=cloudimg-rootfs / ext4 defaults 0 1'

describe('what becomes of an fstab', () => {
  test("DIB's gets the EFI system partition, without which a guest boots all the same", () => {
    expect(guestFstab(`${root}\n`)).toBe(`${root}\nLABEL=EFI /boot/efi vfat umask=0077,nofail 0 0\n`)
  })

  test('one that mounts it already stays as it is', () => {
    const text = `# comment\n${root}\nLABEL=MKFS_ESP /boot/efi vfat defaults 0 2\n`
    expect(guestFstab(text)).toBe(text)
  })

  test.each([
    ['UUID=1-2 / ext4 defaults 0 1\n', 'mounts / from UUID=1-2'],
    ['# empty\n', 'mounts / from nothing'],
    [`${root}\n/dev/sdb1 /srv ext4 defaults 0 2\n`, 'names the device /dev/sdb1 for /srv'],
  ])('refused: %j', (text, words) => {
    expect(() => guestFstab(text)).toThrow(words)
  })
})
