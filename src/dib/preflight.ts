import { EnvironmentError } from '../system/errors.ts'
import { asRoot, requirePrivilege, sudoFault } from '../system/privilege.ts'
import { requireSpace, type SpaceNeed } from '../system/space.ts'
import type { DibPlan } from './dib-plan.ts'

/** What decides how much a build writes, and where. */
export interface BuildSpace {
  /** Root file system of the last build, or a guess. */
  readonly treeBytes: number
  readonly imageSizeBytes: number
  readonly formats: number
  readonly workFolder: string
  readonly cacheFolder: string
  readonly outputFolder: string
}

/** A root file system with Docker and the agent, when none has been built yet: 1.1 GB measured with Debian 13. */
export const usualTreeBytes = 1536 * 1024 ** 2

/**
 * What disk-image-create would find missing only when most of the time is gone.
 *
 * @throws EnvironmentError that says what was probed and how
 */
export async function requireDibCanRun(
  plan: DibPlan,
  space: Omit<BuildSpace, 'imageSizeBytes' | 'formats'>,
): Promise<void> {
  await requirePrivilege()
  await requireSudo()
  await requireLoop()
  if (plan.image.disk === 'dib') await requireDeviceMapper()
  const { sizeBytes, formats } = plan.image
  await requireSpace(buildSpaceNeeds({ ...space, imageSizeBytes: sizeBytes, formats: formats.length }))
}

/**
 * The most that lies about at one time: DIB's tree and the image it copies the tree to; or the archive, the unpacked tree
 * and the disk. A file of every format goes to the output folder, a raw one with holes.
 */
export function buildSpaceNeeds(space: BuildSpace): SpaceNeed[] {
  const downloads = 700 * 1024 ** 2
  // The disk is a sparse file, but the file system's own structures are written.
  const structures = Math.ceil(space.imageSizeBytes / 1000)
  return [
    { use: 'the working folder', path: space.workFolder, bytes: 3 * space.treeBytes + downloads + structures },
    { use: 'the cache', path: space.cacheFolder, bytes: 100 * 1024 ** 2 },
    { use: 'the output folder', path: space.outputFolder, bytes: space.formats * space.treeBytes },
  ]
}

async function requireSudo(): Promise<void> {
  const fault = await sudoFault()
  if (fault === undefined) return
  throw new EnvironmentError(
    `diskimage-builder calls sudo for every privileged step, even as root, and ${fault}. ` +
      "Run 'trove-image setup', or install the package sudo",
  )
}

async function requireLoop(): Promise<void> {
  const probe = await asRoot('losetup', ['--find'], { allowedExitStatuses: 'any' }).catch(() => undefined)
  if (probe?.exitStatus === 0) return
  throw new EnvironmentError(
    'diskimage-builder mounts the root file system from a loop device, and there is none: "losetup --find" ' +
      `${probe ? `said: ${probe.stderr.trim()}` : 'could not be run'}. ` +
      'Load the kernel module loop; in a container use --privileged and the host’s /dev',
  )
}

async function requireDeviceMapper(): Promise<void> {
  const probe = await asRoot('dmsetup', ['version'], { allowedExitStatuses: 'any' }).catch(() => undefined)
  if (probe?.exitStatus === 0) return
  throw new EnvironmentError(
    "the recipe's disk is dib: diskimage-builder's element vm partitions the disk through device-mapper, and " +
      `"dmsetup version" ${probe ? `failed: ${(probe.stderr || probe.stdout).trim()}` : 'could not be run'}. ` +
      'Use disk: own (the default), which needs no device-mapper; or load the kernel module dm-mod and install dmsetup ' +
      'and kpartx',
  )
}
