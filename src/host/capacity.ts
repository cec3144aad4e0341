import { existsSync, readFileSync } from 'node:fs'
import { type BuildSpace, buildSpaceNeeds } from '../dib/index.ts'
import { type SpaceNeed, type SpaceState, spaceStates } from '../system/space.ts'
import type { Finding } from './finding.ts'
import { removableSdks } from './sdks.ts'

const mebibyte = 1024 ** 2
const gibibyte = 1024 ** 3

export interface SpaceQuestion extends BuildSpace {
  /** What setup itself will bring. */
  readonly bringsPackages: boolean
  readonly bringsEnvironment: boolean
}

/** What setup, a build and the smoke test write. */
export function spaceNeeds(question: SpaceQuestion): SpaceNeed[] {
  return [
    ...buildSpaceNeeds(question),
    { use: "the broker's folder", path: '/var/tmp', bytes: 100 * mebibyte },
    ...(question.bringsEnvironment
      ? [{ use: 'the private environment', path: question.cacheFolder, bytes: 350 * mebibyte }]
      : []),
    ...(question.bringsPackages ? [{ use: 'packages', path: '/usr', bytes: 2 * gibibyte }] : []),
  ]
}

/** Development kits on a hosted runner: whether they may be removed, and those that lie on the file system at hand. */
export interface Kits {
  readonly mayRemove: boolean
  readonly folders: readonly string[]
}

/** One finding for each file system; `mayRemoveKits` is undefined where there are none, which is off hosted runners. */
export async function probeSpace(needs: readonly SpaceNeed[], mayRemoveKits?: boolean): Promise<Finding[]> {
  const states = await spaceStates(needs)
  return states.map(state =>
    mayRemoveKits === undefined
      ? judgeSpace(state)
      : judgeSpace(state, { mayRemove: mayRemoveKits, folders: removableSdks(state.mountPoint) }),
  )
}

export function judgeSpace(state: SpaceState, kits?: Kits): Finding {
  const { device, mountPoint, freeBytes: free, neededBytes: needed, needs } = state
  const parts = needs.map(({ use, bytes }) => `${use} ${gibibytes(bytes)}`).join(', ')
  const finding = {
    subject: 'free disk',
    found: `${gibibytes(free)} on ${device} on ${mountPoint}`,
    needed: `${gibibytes(needed)}: ${parts}`,
  }
  if (free >= needed) return { ...finding, status: 'ok' }
  const hasKits = kits !== undefined && kits.folders.length > 0
  if (hasKits && kits.mayRemove) {
    const change = { kind: 'kits', path: mountPoint, wantedBytes: needed, folders: kits.folders } as const
    return { ...finding, status: 'mend', changes: [change] }
  }
  const offer = hasKits ? 'set free-disk-space: true on this step, ' : ''
  const others = 'or use other folders: --output, and XDG_CACHE_HOME for the cache'
  return { ...finding, status: 'missing', remedy: `${offer}free ${gibibytes(needed - free)} there, ${others}` }
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
  return bytes < 0.1 * gibibyte ? `${Math.ceil(bytes / 1024 ** 2)} MiB` : `${(bytes / gibibyte).toFixed(1)} GiB`
}
