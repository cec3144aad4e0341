import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { hostKernels, privateKernelFolder, privateKernels } from '../guestfs/index.ts'
import { EnvironmentError, ToolError } from '../system/errors.ts'
import { makeWorkFolder } from '../system/journal.ts'
import { type RunResult, run } from '../system/run.ts'
import type { KnownHost } from './distribution.ts'
import type { Finding } from './finding.ts'

/** Packages whose first dependency is a small kernel with the drivers of virtual machines. */
const packages: Readonly<Record<KnownHost, string>> = {
  'debian-12': 'linux-image-cloud-amd64',
  'debian-13': 'linux-image-cloud-amd64',
  'ubuntu-24.04': 'linux-image-virtual',
}

/** A kernel for libguestfs' appliance: the machine's own, or one in the user's cache. */
export function probeKernel(host: KnownHost | undefined, canInstall: boolean): Finding {
  const base = { subject: 'kernel', needed: 'libguestfs runs its appliance with it' }
  const [own] = hostKernels()
  if (own !== undefined) {
    const found = own.readable ? own.file : `${own.file}, which only root may read: a copy is made in the cache`
    return { ...base, found, status: 'ok' }
  }
  const [fetched] = privateKernels()
  if (fetched !== undefined) return { ...base, found: fetched.file, status: 'ok' }
  if (canInstall && host !== undefined) {
    return { ...base, found: 'none in /boot', status: 'mend', changes: [{ kind: 'kernel', package: packages[host] }] }
  }
  return {
    ...base,
    found: 'none in /boot with modules in /lib/modules',
    status: 'missing',
    remedy: 'install a kernel package (linux-image-amd64 on Debian, linux-image-generic on Ubuntu)',
  }
}

/** The packages that hold the kernel and its modules, in what `apt-cache show` says of a package. */
export function kernelPackages(stanza: string): string[] {
  const depends = /^(?:Pre-)?Depends: (.*)$/gm
  const names = [...stanza.matchAll(depends)].flatMap(([, list = '']) => list.split(/[,|]/).map(entry => entry.trim()))
  return names
    .map(entry => entry.split(' ')[0] ?? '')
    .filter(name => /^linux-(image|modules)-(unsigned-)?\d/.test(name))
}

/**
 * Fetches a kernel by the machine's own package manager and unpacks it below the cache, instead of installing it: an
 * installation would write to /boot and set the boot loader up.
 *
 * @throws EnvironmentError with apt's words
 */
export async function bringKernel(metaPackage: string, signal: AbortSignal): Promise<void> {
  const work = makeWorkFolder('kernel')
  const tree = join(work, 'tree')
  try {
    const [image, ...others] = kernelPackages(await show(metaPackage))
    if (image === undefined) throw new EnvironmentError(`the package ${metaPackage} depends on no kernel`)
    const names = [...new Set([image, ...others, ...kernelPackages(await show(image))])]
    await longRun('apt-get', ['download', ...names], signal, work)
    for (const file of readdirSync(work).filter(name => name.endsWith('.deb'))) {
      await longRun('dpkg-deb', ['--extract', join(work, file), tree], signal)
    }
  } catch (error) {
    if (!(error instanceof ToolError)) throw error
    throw new EnvironmentError(`no kernel for libguestfs could be fetched: ${error.message}`, { cause: error })
  }
  await tidy(tree)
  const [version] = readdirSync(join(tree, 'lib/modules'))
  if (version === undefined) throw new EnvironmentError(`the package ${metaPackage} brought no kernel modules`)
  await longRun('depmod', ['--basedir', tree, version], signal)
  await rm(privateKernelFolder(), { recursive: true, force: true })
  await rename(tree, privateKernelFolder())
}

/** Newer packages keep modules below /usr/lib; what is not boot or modules is not needed. */
async function tidy(tree: string): Promise<void> {
  if (!existsSync(join(tree, 'lib/modules'))) {
    mkdirSync(join(tree, 'lib'), { recursive: true })
    await rename(join(tree, 'usr/lib/modules'), join(tree, 'lib/modules'))
  }
  for (const name of readdirSync(tree)) {
    if (name !== 'boot' && name !== 'lib') await rm(join(tree, name), { recursive: true, force: true })
  }
}

async function show(name: string): Promise<string> {
  return (await run('apt-cache', ['show', '--no-all-versions', name])).stdout
}

function longRun(program: string, args: readonly string[], signal: AbortSignal, cwd?: string): Promise<RunResult> {
  const options = { supervised: true, timeoutSeconds: 900, signal } as const
  return run(program, args, cwd === undefined ? options : { ...options, cwd })
}
