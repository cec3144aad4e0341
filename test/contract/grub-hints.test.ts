import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { checkGrubConfiguration, firstDiskHints } from '../../src/disk/boot-loader.ts'

/** As grub-mkconfig 2.12 of Debian 13 wrote it in an appliance whose kernel had called the disk sdb. */
const written = `set root='hd0,gpt3'
if [ x$feature_platform_search_hint = xy ]; then
  search --no-floppy --fs-uuid --set=root --hint-bios=hd1,gpt3 --hint-efi=hd1,gpt3 --hint-baremetal=ahci1,gpt3  9a111d73-e2ad-43a7-832f-8372fbb951c7
else
  search --no-floppy --fs-uuid --set=root 9a111d73-e2ad-43a7-832f-8372fbb951c7
fi
	linux	/boot/vmlinuz-6.12 root=LABEL=cloudimg-rootfs ro console=tty0 console=ttyS0,115200
`

test('the hints of grub.cfg name the first disk, by the very sed that the appliance runs', () => {
  const right = execFileSync('sed', ['-E', firstDiskHints], { input: written, encoding: 'utf8' })
  expect(right).toBe(written.replaceAll('hd1,', 'hd0,').replace('ahci1,', 'ahci0,'))
  expect(() => checkGrubConfiguration(written)).toThrow('another disk than the first (hd1,)')
  expect(() => checkGrubConfiguration(right)).not.toThrow()
})
