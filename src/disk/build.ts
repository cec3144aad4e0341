import { closeSync, ftruncateSync, mkdirSync, openSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { GuestfsSession } from '../guestfs/index.ts'
import type { Accelerator } from '../system/accelerator.ts'
import { makeWorkFolder } from '../system/journal.ts'
import { asRoot } from '../system/privilege.ts'
import { run } from '../system/run.ts'
import { explainingNoSpace } from '../system/space.ts'
import { together } from '../system/together.ts'
import { installBootLoader, requireGrub } from './boot-loader.ts'
import { type Compression, convertToQcow2, describeImage, type ImageFormat, moveRaw } from './convert.ts'
import { makeFileSystem } from './file-system.ts'
import { type DiskIdentity, type DiskLayout, diskIdentity, diskLayout, partitionTable } from './layout.ts'
import { requireRoom, type TreeSize } from './room.ts'
import { countPackages, measureTree, mendTree, unpackTree } from './tree.ts'

export type DiskStep = 'unpack' | 'mend' | 'file-system' | 'appliance' | 'boot-loader' | 'convert'

/** What the disk step reports while it works. */
export type DiskEvent =
  | { readonly kind: 'step-started'; readonly step: DiskStep }
  | { readonly kind: 'step-finished'; readonly step: DiskStep; readonly seconds: number }

export interface ImageRequest {
  /** File name without extension. */
  readonly name: string
  readonly formats: readonly ImageFormat[]
  readonly compression: Compression
  readonly outputFolder: string
  /** For each single step. */
  readonly timeoutSeconds: number
  readonly signal?: AbortSignal | undefined
  readonly onEvent: (event: DiskEvent) => void
  /** Has libguestfs trace what it does, and gets its lines. */
  readonly onTrace?: ((line: string) => void) | undefined
}

export interface DiskRequest extends ImageRequest {
  /** DIB's root file system. */
  readonly archive: string
  readonly sizeBytes: number
  /** Names on the disk are derived from it. */
  readonly seed: string
  readonly accelerator: Accelerator
}

export interface ImageFile {
  /** Below the output folder. */
  readonly name: string
  readonly format: ImageFormat
  readonly sizeBytes: number
  readonly virtualSizeBytes: number
}

export interface TimedStep {
  readonly name: DiskStep
  readonly seconds: number
}

export interface DiskResult {
  readonly files: readonly ImageFile[]
  readonly steps: readonly TimedStep[]
  readonly tree: TreeSize
  readonly packages: number
  /** What the guest can write before its disk grows. */
  readonly freeBytes: number
  /** Steps overlap: less than their sum. */
  readonly seconds: number
}

/**
 * Makes a bootable disk image of DIB's root file system: no loop device, no mount, one start of libguestfs' appliance, which
 * comes up while the file system is being written.
 *
 * @throws InputError when the tree does not fit, has no boot loader's programs, or an fstab that cannot work
 * @throws EnvironmentError when space runs out
 */
export async function buildDisk(request: DiskRequest): Promise<DiskResult> {
  const work = makeWorkFolder('disk')
  const clock = new Clock(request.onEvent)
  const places = [
    { use: 'the working folder', path: work },
    { use: 'the output folder', path: request.outputFolder },
  ]
  return explainingNoSpace(places, async () => {
    const disk = join(work, 'disk.raw')
    const layout = diskLayout(request.sizeBytes)
    const identity = diskIdentity(request.seed)
    await partition(disk, layout, identity)
    const [tree, session] = await together<[TreeFacts, GuestfsSession]>(request.signal, [
      signal => fillDisk(request, work, disk, layout, identity, clock, signal),
      signal => clock.time('appliance', () => openAppliance(request, disk, signal)),
    ])
    const [files] = await together<[readonly ImageFile[], unknown]>(request.signal, [
      async signal => {
        await clock.time('boot-loader', () => useAppliance(session))
        return writeImages({ ...request, signal }, disk, clock)
      },
      // The tree is on the disk now; its many files go while the emulated appliance is busy.
      () => asRoot('rm', ['-rf', '--one-file-system', '--', join(work, 'tree')]),
    ])
    return { files, steps: clock.steps, seconds: clock.seconds(), ...tree }
  })
}

/** Makes the requested files of a raw disk that another has made (DIB's element `vm`). The disk is used up. */
export async function buildImages(
  request: ImageRequest,
  disk: string,
): Promise<Pick<DiskResult, 'files' | 'steps' | 'seconds'>> {
  const clock = new Clock(request.onEvent)
  const places = [{ use: 'the output folder', path: request.outputFolder }]
  const files = await explainingNoSpace(places, () => writeImages(request, disk, clock))
  return { files, steps: clock.steps, seconds: clock.seconds() }
}

type TreeFacts = Pick<DiskResult, 'tree' | 'packages' | 'freeBytes'>

async function fillDisk(
  request: DiskRequest,
  work: string,
  disk: string,
  layout: DiskLayout,
  identity: DiskIdentity,
  clock: Clock,
  signal: AbortSignal,
): Promise<TreeFacts> {
  const limits = { timeoutSeconds: request.timeoutSeconds, signal }
  const folder = join(work, 'tree')
  mkdirSync(folder, { mode: 0o755 })
  await clock.time('unpack', () => unpackTree(request.archive, folder, limits))
  const facts = await clock.time('mend', async () => {
    requireGrub(folder)
    await mendTree(folder)
    const tree = await measureTree(folder, limits)
    const { freeBytes } = requireRoom(request.sizeBytes, tree)
    return { tree, packages: countPackages(folder), freeBytes }
  })
  await clock.time('file-system', () => makeFileSystem(layout, identity, folder, disk, limits))
  return facts
}

async function useAppliance(session: GuestfsSession): Promise<void> {
  try {
    await installBootLoader(session)
  } finally {
    await session.close()
  }
}

async function openAppliance(request: DiskRequest, disk: string, signal: AbortSignal): Promise<GuestfsSession> {
  return GuestfsSession.open({
    image: disk,
    format: 'raw',
    access: 'read-write',
    accelerator: request.accelerator,
    signal,
    onTrace: request.onTrace,
  })
}

async function partition(disk: string, layout: DiskLayout, identity: DiskIdentity): Promise<void> {
  const descriptor = openSync(disk, 'wx')
  ftruncateSync(descriptor, layout.sizeBytes)
  closeSync(descriptor)
  await run('sfdisk', ['--quiet', '--no-reread', '--no-tell-kernel', disk], { input: partitionTable(layout, identity) })
}

async function writeImages(request: ImageRequest, disk: string, clock: Clock): Promise<ImageFile[]> {
  const limits = { timeoutSeconds: request.timeoutSeconds, signal: request.signal }
  const folder = resolve(request.outputFolder)
  mkdirSync(folder, { recursive: true })
  return clock.time('convert', async () => {
    const files: ImageFile[] = []
    // Raw last: it uses the disk up.
    for (const format of (['qcow2', 'raw'] as const).filter(wanted => request.formats.includes(wanted))) {
      const name = `${request.name}.${format}`
      const target = join(folder, name)
      if (format === 'qcow2') await convertToQcow2(disk, target, request.compression, limits)
      else await moveRaw(disk, target, limits)
      files.push({ name, format, ...(await describeImage(target, format)) })
    }
    rmSync(disk, { force: true })
    return files
  })
}

/** Times the steps and reports them. */
class Clock {
  readonly steps: TimedStep[] = []
  readonly #startedAt = performance.now()
  readonly #onEvent: (event: DiskEvent) => void

  constructor(onEvent: (event: DiskEvent) => void) {
    this.#onEvent = onEvent
  }

  seconds(): number {
    return (performance.now() - this.#startedAt) / 1000
  }

  async time<T>(step: DiskStep, work: () => Promise<T>): Promise<T> {
    const startedAt = performance.now()
    this.#onEvent({ kind: 'step-started', step })
    const result = await work()
    const seconds = (performance.now() - startedAt) / 1000
    this.steps.push({ name: step, seconds })
    this.#onEvent({ kind: 'step-finished', step, seconds })
    return result
  }
}
