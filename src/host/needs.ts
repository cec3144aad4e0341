import { archives } from '../base/index.ts'
import type { DibSource } from '../dib/index.ts'
import type { Recipe } from '../recipe/index.ts'
import type { KnownHost } from './distribution.ts'

/** Something that a package brings, found by what it is and not by the package's name. */
export interface Need {
  /** What is shown: the program, or a word for the file. */
  readonly name: string
  /** Programs of which each must be found, or files of which one must exist. */
  readonly probe: { readonly programs: readonly string[] } | { readonly files: readonly string[] }
  readonly use: string
  /** The package, where it is the same everywhere, or by host. */
  readonly package: string | Readonly<Record<KnownHost, string>>
}

const always: readonly Need[] = [
  need('sudo', 'diskimage-builder calls it for every privileged step, even as root', 'sudo'),
  need('losetup', 'diskimage-builder makes the root file system on a loop device', 'mount'),
  need('debootstrap', 'makes the first root file system', 'debootstrap'),
  need('mmdebstrap', 'the same, several times faster', 'mmdebstrap'),
  need('gpgv', "verifies the package archive's signature", 'gpgv'),
  need('fstrim', 'diskimage-builder trims the file system', 'util-linux'),
  need('sfdisk', 'partitions the disk', 'fdisk'),
  need('mke2fs', 'makes the file system of the disk', 'e2fsprogs'),
  need('qemu-img', 'converts and describes disk images', 'qemu-utils'),
  need('guestfish', 'installs the boot loader and inspects images without mounting them', {
    'debian-12': 'guestfish',
    'debian-13': 'guestfish',
    'ubuntu-24.04': 'libguestfs-tools',
  }),
  need('qemu-system-x86_64', 'boots the image, and the appliance of libguestfs', 'qemu-system-x86'),
  need('xorriso', 'makes the config drive of the smoke test', 'xorriso'),
  need('journalctl', "reads the guest's journal after a smoke test", 'systemd'),
  {
    name: 'OVMF',
    probe: { files: ['/usr/share/OVMF/OVMF_CODE_4M.fd', '/usr/share/OVMF/OVMF_CODE.fd'] },
    use: 'firmware for a boot by UEFI',
    package: 'ovmf',
  },
  {
    name: 'RabbitMQ',
    probe: { files: ['/usr/lib/rabbitmq/bin/rabbitmq-server'] },
    use: 'the message broker of the smoke test; never run as a service',
    package: 'rabbitmq-server',
  },
]

const forDibsDisk: readonly Need[] = [
  need('kpartx', "maps the partitions of diskimage-builder's own disk (disk: dib)", 'kpartx'),
  need('dmsetup', 'the same', 'dmsetup'),
  need('sgdisk', 'partitions it', 'gdisk'),
  need('mkfs.vfat', 'makes its EFI system partition', 'dosfstools'),
]

const forCheckouts: readonly Need[] = [need('git', 'reads the checkout that something is built from', 'git')]

const forSystemDib: readonly Need[] = [
  {
    name: 'disk-image-create',
    probe: { files: ['/usr/bin/disk-image-create'] },
    use: "the distribution's diskimage-builder (dib: system)",
    package: 'python3-diskimage-builder',
  },
]

/** What a host needs to build and prove a recipe's image. */
export function needsOf(
  recipe: Pick<Recipe, 'distribution' | 'disk' | 'agent'>,
  dib: DibSource,
  usesDibCheckout = false,
): readonly Need[] {
  const archive = archives[recipe.distribution]
  return [
    ...always,
    {
      name: `${archive.keyringPackage.replace(/-keyring$/, '')} keys`,
      probe: { files: archive.keyrings },
      use: `verifies the ${archive.title}`,
      package: archive.keyringPackage,
    },
    ...(dib === 'system' ? forSystemDib : []),
    ...(recipe.disk === 'dib' ? forDibsDisk : []),
    ...(recipe.agent === 'local' || usesDibCheckout ? forCheckouts : []),
  ]
}

/** The package that brings a need on a host; on one that was never tried, Debian's newest name. */
export function packageOf(need: Need, host: KnownHost | undefined): string {
  return typeof need.package === 'string' ? need.package : need.package[host ?? 'debian-13']
}

function need(program: string, use: string, packageName: Need['package']): Need {
  return { name: program, probe: { programs: [program] }, use, package: packageName }
}
