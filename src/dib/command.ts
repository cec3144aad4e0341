import { join } from 'node:path'
import type { DibPlan } from './dib-plan.ts'
import type { DibInstallation } from './installation.ts'

/** Where one run of disk-image-create works. All absolute. */
export interface DibFolders {
  /** TMPDIR: everything that DIB makes and mounts is below it. */
  readonly temporary: string
  /** HOME of DIB and of its hooks outside the chroot. */
  readonly home: string
  /** DIB_IMAGE_CACHE: one per distribution, release and architecture, because DIB's own keys do not tell them apart. */
  readonly cache: string
  /** Gets the result; DIB puts its manifests beside it. */
  readonly result: string
}

/** A call of disk-image-create. */
export interface DibCommand {
  readonly program: string
  readonly args: readonly string[]
  /** The whole environment: whatever is in it reaches every hook. */
  readonly environment: Readonly<Record<string, string>>
  /** The file that DIB will write. */
  readonly resultFile: string
}

const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/**
 * The call for a plan. One output only: with several, DIB drops compression and some of the outputs without a word. With
 * the plan's own disk DIB writes a root file system as tar, else a whole raw disk.
 */
export function dibCommand(
  plan: DibPlan,
  dib: DibInstallation,
  folders: DibFolders,
  userName: string,
  trace = false,
): DibCommand {
  const type = plan.image.disk === 'own' ? 'tar' : 'raw'
  const result = join(folders.result, plan.image.name)
  const size = plan.image.disk === 'own' ? [] : ['--image-size', String(plan.image.sizeBytes / 1024 ** 3)]
  const packages = plan.packages.length > 0 ? ['-p', plan.packages.join(',')] : []
  return {
    program: join(dib.binFolder, 'disk-image-create'),
    args: [
      // Raises DIB_DEBUG_TRACE, which hooks look at.
      ...(trace ? ['-x'] : []),
      ...['-a', plan.recipe.architecture, '-t', type, '-o', result, '--no-tmpfs'],
      ...size,
      ...packages,
      ...plan.typedElements,
    ],
    environment: {
      ...plan.environment,
      ...plan.placeEnvironment,
      PATH: `${dib.binFolder}:${systemPath}`,
      HOME: folders.home,
      // A tar is given to $USER; without the variable it stays root's.
      USER: userName,
      TMPDIR: folders.temporary,
      PYTHONHASHSEED: '0',
      DIB_IMAGE_CACHE: folders.cache,
      // An entry that is no folder is fatal, and so is an empty one: without paths of ours the variable must be absent.
      ...(plan.elementPaths.length > 0 ? { ELEMENTS_PATH: plan.elementPaths.join(':') } : {}),
    },
    resultFile: `${result}.${type}`,
  }
}

/** Below the user's cache: DIB caches by file names that two releases share. */
export function dibCacheName(plan: DibPlan): string {
  const { distribution, release, architecture } = plan.recipe
  return `${distribution}-${release}-${architecture}`
}

/** What a build would tell disk-image-create, for people: working folders, which a build makes for itself, are left out. */
export function describeCommand(plan: DibPlan, dib: DibInstallation): string[] {
  const folders = { temporary: 'TMPDIR', home: 'HOME', cache: 'CACHE', result: 'RESULT' }
  const { program, args, environment } = dibCommand(plan, dib, folders, 'USER')
  const ofThisRun = new Set(['HOME', 'USER', 'TMPDIR', 'DIB_IMAGE_CACHE'])
  const variables = Object.entries(environment).filter(([name]) => !ofThisRun.has(name))
  return [
    'environment:',
    ...variables.toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([name, value]) => `  ${name}=${value}`),
    'command:',
    `  ${[program, ...args].join(' ')}`,
  ]
}
