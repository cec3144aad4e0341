import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checkGrubConfiguration, requireGrub } from '../../../src/disk/boot-loader.ts'

const good = `set root='hd0,gpt3'
search --no-floppy --fs-uuid --set=root --hint-bios=hd0,gpt3 9a111d73-e2ad-43a7-832f-8372fbb951c7
	linux	/boot/vmlinuz-6.12 root=LABEL=cloudimg-rootfs ro console=tty0 console=ttyS0,115200
	initrd	/boot/initrd.img-6.12
	linux	/boot/vmlinuz-6.12 root=UUID=9a111d73-e2ad-43a7-832f-8372fbb951c7 ro single
`

describe('grub.cfg', () => {
  test('one that boots anywhere', () => {
    expect(() => checkGrubConfiguration(good)).not.toThrow()
  })

  test.each([
    ['no kernel', good.replaceAll('linux\t', '# '), 'it starts no kernel'],
    ['root by device', good.replace('LABEL=cloudimg-rootfs', '/dev/sda3'), 'the root of "linux'],
    ['another label', good.replace('LABEL=cloudimg-rootfs', 'LABEL=root'), 'is LABEL=root, expected'],
    ['no root', good.replace('root=LABEL=cloudimg-rootfs ', ''), 'not given'],
    ['no serial console', good.replace('console=ttyS0,115200', ''), 'serial line'],
    ['a device elsewhere', `${good}set x=/dev/loop0p3\n`, 'names the device /dev/loop0p3'],
    ['another disk', good.replaceAll('hd0,', 'hd1,'), 'another disk than the first (hd1,)'],
    ['device-mapper', `${good}# /dev/mapper/loop2p2\n`, 'names the device /dev/mapper/loop2p2'],
  ])('refused: %s', (_name, text, words) => {
    expect(() => checkGrubConfiguration(text)).toThrow(words)
  })
})

test('a tree without GRUB is refused with what is missing', () => {
  const tree = mkdtempSync(join(tmpdir(), 'tree-'))
  try {
    mkdirSync(join(tree, 'usr/sbin'), { recursive: true })
    mkdirSync(join(tree, 'usr/lib/grub/i386-pc'), { recursive: true })
    writeFileSync(join(tree, 'usr/sbin/grub-install'), '')
    writeFileSync(join(tree, 'usr/sbin/grub-mkconfig'), '')
    expect(() => requireGrub(tree)).toThrow('the root file system has no /usr/lib/grub/x86_64-efi,')
    mkdirSync(join(tree, 'usr/lib/grub/x86_64-efi'))
    expect(() => requireGrub(tree)).not.toThrow()
  } finally {
    rmSync(tree, { recursive: true })
  }
})
