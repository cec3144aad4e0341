import { expect, test } from 'vitest'
import { names, parseFstab } from '../../../src/inventory/fstab.ts'
import { parseAssignments, parseGrubConfiguration } from '../../../src/inventory/grub.ts'
import { readKernels } from '../../../src/inventory/kernels.ts'
import { fileTree } from '../../support/file-tree.ts'

test('grub.cfg as grub-mkconfig of a build host wrote it', () => {
  const text = `# set root='hd0,gpt1' /dev/sda9
search --no-floppy --fs-uuid --set=root ac9c3838-2d83-8317-987c-4a348980043c
if [ -s $prefix/grubenv ]; then load_env; fi
menuentry 'Debian GNU/Linux, it'\\''s 13' --class debian {
\tsearch --no-floppy --fs-uuid --set=root ac9c3838-2d83-8317-987c-4a348980043c
\techo\t'Loading Linux 6.12 ...' >/dev/null
\tlinux\t/boot/vmlinuz-6.12 root=/dev/mapper/loop0p3 ro console=ttyS0,115200
\tinitrd\t/boot/early.img /boot/initrd.img-6.12
}
submenu 'Advanced' {
\tmenuentry "recovery" {
\t\tsearch --label cloudimg-rootfs --set root
\t\tlinuxefi /vmlinuz-6.12 root=LABEL=cloudimg-rootfs single
\t\tinitrdefi /initrd.img-6.12
\t}
}
`
  expect(parseGrubConfiguration(text, '/boot/grub/grub.cfg')).toEqual({
    file: '/boot/grub/grub.cfg',
    entries: [
      {
        title: "Debian GNU/Linux, it's 13",
        linux: '/boot/vmlinuz-6.12',
        arguments: ['root=/dev/mapper/loop0p3', 'ro', 'console=ttyS0,115200'],
        initrds: ['/boot/early.img', '/boot/initrd.img-6.12'],
      },
      {
        title: 'recovery',
        linux: '/vmlinuz-6.12',
        arguments: ['root=LABEL=cloudimg-rootfs', 'single'],
        initrds: ['/initrd.img-6.12'],
      },
    ],
    searches: [
      { by: 'uuid', value: 'ac9c3838-2d83-8317-987c-4a348980043c' },
      { by: 'label', value: 'root' },
    ],
    devices: [{ file: '/boot/grub/grub.cfg', line: 7, text: '/dev/mapper/loop0p3' }],
  })
})

test('assignments of /etc/default/grub, os-release and ds-identify.cfg', () => {
  const text = `GRUB_DEFAULT=0
GRUB_CMDLINE_LINUX="console=tty0 console=ttyS0,115200"
export NAME='Debian GNU/Linux'
# COMMENTED=1
datasource: ConfigDrive
ESCAPED="a \\"b\\""
`
  expect(parseAssignments(text)).toEqual({
    GRUB_DEFAULT: '0',
    GRUB_CMDLINE_LINUX: 'console=tty0 console=ttyS0,115200',
    NAME: 'Debian GNU/Linux',
    datasource: 'ConfigDrive',
    ESCAPED: 'a "b"',
  })
})

test('fstab: comments, escaped blanks, options left out', () => {
  expect(
    parseFstab('# root\n\nLABEL=cloudimg-rootfs / ext4 defaults,discard 0 1\n/dev/vdb /my\\040data xfs\nbroken\n'),
  ).toEqual([
    { line: 3, device: 'LABEL=cloudimg-rootfs', mountPoint: '/', type: 'ext4', options: ['defaults', 'discard'] },
    { line: 4, device: '/dev/vdb', mountPoint: '/my data', type: 'xfs', options: ['defaults'] },
  ])
})

test.each([
  ['LABEL=cloudimg-rootfs', true],
  ['LABEL="cloudimg-rootfs"', true],
  ['LABEL=other', false],
  ['UUID=AC9C3838-2d83-8317-987c-4a348980043c', true],
  ['PARTLABEL=root', true],
  ['PARTUUID=dd7afc5e-5f35-8c97-9fe8-9b493d90fcd6', true],
  ['/dev/sda3', false],
])('%s names the root file system: %s', (device, expected) => {
  const root = {
    partition: 3,
    type: 'ext4',
    label: 'cloudimg-rootfs',
    uuid: 'ac9c3838-2d83-8317-987c-4a348980043c',
    partitionLabel: 'root',
    partitionUuid: 'dd7afc5e-5f35-8c97-9fe8-9b493d90fcd6',
    mountPoint: '/',
  }
  expect(names(device, root)).toBe(expected)
})

test('kernels, newest first, with what belongs to them', () => {
  const { tree } = fileTree({
    '/boot/vmlinuz-6.1.0-9-amd64': 'x',
    '/boot/vmlinuz-6.1.0-10-amd64': 'x',
    '/boot/initrd.img-6.1.0-10-amd64': 'x',
    '/usr/lib/modules/6.1.0-9-amd64/modules.dep': '',
    '/boot/System.map-6.1.0-10-amd64': 'x',
  })
  expect(readKernels(tree)).toEqual([
    { version: '6.1.0-10-amd64', initrd: true, modules: false },
    { version: '6.1.0-9-amd64', initrd: false, modules: true },
  ])
})
