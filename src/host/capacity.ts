import { existsSync, readFileSync } from 'node:fs'
import { type BuildSpace, buildSpaceNeeds } from '../dib/index.ts'
import { type SpaceNeed, type SpaceState, spaceStates } from '../system/space.ts'
import type { Finding } from './finding.ts'

const mebibyte = 1024 ** 2
const gibibyte = 1024 ** 3

export interface SpaceQuestion extends Omit<BuildSpace, 'workFolder'> {
  /** What setup itself will bring. */
  readonly bringsPackages: boolean
  readonly bringsEnvironment: boolean
}

/** What setup, a build and the smoke test write. The working folder lies in the cache. */
export function spaceNeeds(question: SpaceQuestion): SpaceNeed[] {
  return [
    ...buildSpaceNeeds({ ...question, workFolder: question.cacheFolder }),
    { use: "the broker's folder", path: '/var/tmp', bytes: 100 * mebibyte },
    ...(question.bringsEnvironment
      ? [{ use: 'the private environment', path: question.cacheFolder, bytes: 350 * mebibyte }]
      : []),
    ...(question.bringsPackages ? [{ use: 'packages', path: '/usr', bytes: 2 * gibibyte }] : []),
  ]
}

/** One finding for each file system. */
export async function probeSpace(needs: readonly SpaceNeed[]): Promise<Finding[]> {
  return (await spaceStates(needs)).map(judgeSpace)
}

export function judgeSpace({ device, mountPoint, freeBytes: free, neededBytes: needed, needs }: SpaceState): Finding {
  const parts = needs.map(({ use, bytes }) => `${use} ${gibibytes(bytes)}`).join(', ')
  const finding = {
    subject: 'free disk',
    found: `${gibibytes(free)} on ${device} on ${mountPoint}`,
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
