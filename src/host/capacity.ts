import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileSystemOf, freeBytes } from '../system/space.ts'
import type { Finding } from './finding.ts'

/** Bytes that will lie at a place at the same time. */
export interface SpaceNeed {
  readonly use: string
  readonly path: string
  readonly bytes: number
}

const mebibyte = 1024 ** 2
const gibibyte = 1024 ** 3

export interface SpaceQuestion {
  readonly imageSizeBytes: number
  readonly formats: readonly ('qcow2' | 'raw')[]
  /** A root file system as it is usually built. */
  readonly treeBytes: number
  readonly cacheFolder: string
  readonly outputFolder: string
  /** What setup itself will bring. */
  readonly bringsPackages: boolean
  readonly bringsEnvironment: boolean
}

/**
 * What building and proving an image writes. The working folder lies in the cache: DIB's tree and its copy, the archive, the
 * unpacked tree and the disk are never all there at once, three trees and what apt fetches are; a raw disk in the
 * output is as large as its tree, the rest is a hole.
 */
export function spaceNeeds(question: SpaceQuestion): SpaceNeed[] {
  const { treeBytes, imageSizeBytes } = question
  const work = 3 * treeBytes + 700 * mebibyte + Math.ceil(imageSizeBytes / 1000)
  return [
    { use: 'the working folder and the cache', path: question.cacheFolder, bytes: work + 200 * mebibyte },
    ...(question.bringsEnvironment
      ? [{ use: 'the private environment', path: question.cacheFolder, bytes: 350 * mebibyte }]
      : []),
    { use: 'the output folder', path: question.outputFolder, bytes: question.formats.length * treeBytes },
    { use: "the broker's folder", path: '/var/tmp', bytes: 100 * mebibyte },
    ...(question.bringsPackages ? [{ use: 'packages', path: '/usr', bytes: 2 * gibibyte }] : []),
  ]
}

/** A file system and what is asked of it. */
export interface SpaceState {
  readonly fileSystem: string
  readonly freeBytes: number
  readonly needs: readonly SpaceNeed[]
}

/** Needs on the same file system add up. */
export async function probeSpace(needs: readonly SpaceNeed[]): Promise<Finding[]> {
  const byDevice = Map.groupBy(needs, ({ path }) => statSync(nearestExisting(path)).dev)
  const findings: Finding[] = []
  for (const [first, ...others] of byDevice.values()) {
    if (first === undefined) continue
    const { device, mountPoint } = await fileSystemOf(first.path)
    findings.push(
      judgeSpace({
        fileSystem: `${device} on ${mountPoint}`,
        freeBytes: freeBytes(first.path),
        needs: [first, ...others],
      }),
    )
  }
  return findings
}

export function judgeSpace({ fileSystem, freeBytes: free, needs }: SpaceState): Finding {
  const needed = needs.reduce((sum, { bytes }) => sum + bytes, 0)
  const parts = needs.map(({ use, bytes }) => `${use} ${gibibytes(bytes)}`).join(', ')
  const finding = {
    subject: 'free disk',
    found: `${gibibytes(free)} on ${fileSystem}`,
    needed: `${gibibytes(needed)}: ${parts}`,
  }
  if (free >= needed) return { ...finding, status: 'ok' }
  return {
    ...finding,
    status: 'missing',
    remedy: `free ${gibibytes(needed - free)} there, or use other folders: --output, and XDG_CACHE_HOME for the cache`,
  }
}

/** The virtual machine of the smoke test has 2 GiB; QEMU itself, the broker and this program come on top. */
export const memoryNeedBytes = 2.5 * gibibyte

/** Memory that new work can have: the kernel's estimate, or less where a control group bounds it. */
export function judgeMemory(memInfo: string, limitBytes: number | undefined, usedBytes: number): Finding {
  const kibibytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(memInfo)?.[1] ?? 0)
  const available = (kibibytes('MemAvailable') + kibibytes('SwapFree')) * 1024
  const bounded = limitBytes === undefined ? available : Math.min(available, limitBytes - usedBytes)
  const finding = {
    subject: 'memory',
    found: `${gibibytes(bounded)} available${bounded < available ? ' (control group)' : ''}`,
    needed: `${gibibytes(memoryNeedBytes)}: the virtual machine of the smoke test has 2.0 GiB`,
  }
  if (bounded >= memoryNeedBytes) return { ...finding, status: 'ok' }
  return { ...finding, status: 'missing', remedy: 'end other programs, add swap, or use a larger machine' }
}

export function probeMemory(): Finding {
  const read = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8').trim() : '')
  const group = /^0::(\/.*)$/m.exec(read('/proc/self/cgroup'))?.[1] ?? '/'
  const number = (name: string) => {
    const text = read(`/sys/fs/cgroup${group}/${name}`) || read(`/sys/fs/cgroup/${name}`)
    return /^\d+$/.test(text) ? Number(text) : undefined
  }
  const inactive = Number(/^inactive_file (\d+)$/m.exec(read(`/sys/fs/cgroup${group}/memory.stat`))?.[1] ?? 0)
  return judgeMemory(read('/proc/meminfo'), number('memory.max'), (number('memory.current') ?? 0) - inactive)
}

function gibibytes(bytes: number): string {
  return `${(bytes / gibibyte).toFixed(1)} GiB`
}

function nearestExisting(path: string): string {
  let folder = path
  while (!existsSync(folder)) folder = dirname(folder)
  return folder
}
