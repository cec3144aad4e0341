import { accessSync, chmodSync, constants, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Accelerator } from '../system/accelerator.ts'
import { EnvironmentError } from '../system/errors.ts'
import { cacheFolder } from '../system/home.ts'
import { asRoot, isRoot } from '../system/privilege.ts'

/** A kernel that libguestfs' appliance can run: the file, and the version whose modules lie under /lib/modules. */
export interface HostKernel {
  readonly file: string
  readonly version: string
  readonly readable: boolean
}

/** Where kernels are looked for; other folders in tests. */
export interface KernelPlaces {
  readonly boot: string
  readonly modules: string
}

const hostPlaces: KernelPlaces = { boot: '/boot', modules: '/lib/modules' }

/** Where setup unpacks a kernel for a machine that has none of its own, such as a container. */
export function privateKernelFolder(): string {
  return join(cacheFolder(), 'kernel')
}

/** The kernels in {@link privateKernelFolder}. */
export function privateKernels(): HostKernel[] {
  const folder = privateKernelFolder()
  return hostKernels({ boot: join(folder, 'boot'), modules: join(folder, 'lib/modules') })
}

/**
 * The environment of guestfish: no libvirt, files in the run's own folder, and emulation by name where KVM does not
 * work (libguestfs does not fall back by itself: rhbz#1605071). The appliance is cached below this project's cache.
 *
 * @throws EnvironmentError when there is no kernel, or none that can be made readable
 */
export async function applianceEnvironment(
  accelerator: Accelerator,
  workFolder: string,
): Promise<Record<string, string>> {
  const cache = join(cacheFolder(), 'appliance')
  mkdirSync(cache, { recursive: true, mode: 0o755 })
  return {
    LIBGUESTFS_BACKEND: 'direct',
    ...(accelerator === 'tcg' ? { LIBGUESTFS_BACKEND_SETTINGS: 'force_tcg' } : {}),
    LIBGUESTFS_CACHEDIR: cache,
    LIBGUESTFS_TMPDIR: workFolder,
    ...(await chooseKernel(cache)),
  }
}

async function chooseKernel(cache: string): Promise<Record<string, string>> {
  const own = hostKernels()
  const [fetched] = own.length === 0 ? privateKernels() : []
  if (fetched === undefined) return kernelEnvironment(own, cache)
  return superminEnvironment(fetched.file, join(privateKernelFolder(), 'lib/modules', fetched.version), fetched.version)
}

/** Kernels with modules, newest first. */
export function hostKernels(places = hostPlaces): HostKernel[] {
  if (!existsSync(places.boot)) return []
  return readdirSync(places.boot)
    .filter(name => name.startsWith('vmlinuz-'))
    .map(name => ({ file: join(places.boot, name), version: name.slice('vmlinuz-'.length) }))
    .filter(({ version }) => existsSync(join(places.modules, version, 'modules.dep')))
    .toSorted((left, right) => right.version.localeCompare(left.version, 'en', { numeric: true }))
    .map(kernel => ({ ...kernel, readable: isReadable(kernel.file) }))
}

/**
 * Tells supermin which kernel to use when it could not read the newest one itself: Ubuntu gives /boot/vmlinuz-* mode 0600
 * (Launchpad bug 759725). The copy is made as root once; /boot stays as it is.
 */
async function kernelEnvironment(kernels: readonly HostKernel[], cache: string): Promise<Record<string, string>> {
  const [kernel] = kernels
  if (kernel === undefined) {
    throw new EnvironmentError(
      'libguestfs needs a kernel to run its appliance, and there is none: no /boot/vmlinuz-VERSION with modules under ' +
        "/lib/modules/VERSION. Run 'trove-image setup', or install the package linux-image-amd64 (Debian) or " +
        'linux-image-generic (Ubuntu).',
    )
  }
  if (kernel.readable) return {}
  const copy = join(cache, `vmlinuz-${kernel.version}`)
  if (!isReadable(copy)) {
    const user = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`
    try {
      if (isRoot()) throw new Error(`root cannot read ${kernel.file}`)
      // Preserved times: supermin rebuilds its appliance when the kernel is newer.
      await asRoot('cp', ['--preserve=timestamps', kernel.file, copy])
      await asRoot('chown', [user, copy])
      chmodSync(copy, 0o644)
    } catch (error) {
      throw new EnvironmentError(
        `libguestfs needs to read ${kernel.file}, which only root may, and a copy could not be made by sudo. ` +
          `Give this user passwordless sudo, or run: sudo install -m 0644 ${kernel.file} ${copy}`,
        { cause: error },
      )
    }
  }
  return superminEnvironment(copy, join(hostPlaces.modules, kernel.version), kernel.version)
}

function superminEnvironment(kernel: string, modules: string, version: string): Record<string, string> {
  return { SUPERMIN_KERNEL: kernel, SUPERMIN_MODULES: modules, SUPERMIN_KERNEL_VERSION: version }
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK)
    return true
  } catch {
    return false
  }
}
