import { expect, test } from 'vitest'
import { kernelPackages } from '../../../src/host/kernel.ts'

test.each([
  [
    'Debian 12',
    'Package: linux-image-cloud-amd64\nDepends: linux-image-6.1.0-56-cloud-amd64 (= 6.1.192-2)\n',
    ['linux-image-6.1.0-56-cloud-amd64'],
  ],
  [
    'Debian 13',
    'Package: linux-image-cloud-amd64\nDepends: linux-image-6.12.117+deb13-cloud-amd64 (= 6.12.117-1)\n',
    ['linux-image-6.12.117+deb13-cloud-amd64'],
  ],
  [
    'a Debian kernel, which holds its modules itself',
    'Depends: kmod, linux-base (>= 4.3~), initramfs-tools (>= 0.120+deb8u2) | linux-initramfs-tool\n',
    [],
  ],
  [
    'Ubuntu 24.04',
    'Package: linux-image-virtual\nDepends: linux-image-6.8.0-60-generic, linux-modules-6.8.0-60-generic\n',
    ['linux-image-6.8.0-60-generic', 'linux-modules-6.8.0-60-generic'],
  ],
  [
    'an Ubuntu kernel, whose modules are a package of their own',
    'Pre-Depends: linux-base\nDepends: kmod, linux-base (>= 4.5), linux-modules-6.8.0-60-generic\nRecommends: grub-pc\n',
    ['linux-modules-6.8.0-60-generic'],
  ],
])('%s', (_, stanza, expected) => {
  expect(kernelPackages(stanza)).toEqual(expected)
})
