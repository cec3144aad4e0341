import { existsSync, readdirSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { EnvironmentError, ToolError } from '../system/errors.ts'
import { forget, recordUnits } from '../system/journal.ts'
import { asRoot } from '../system/privilege.ts'
import { run } from '../system/run.ts'
import { disableUnitsOf, enabledUnits } from '../system/units.ts'
import { type ForeignPolicy, withoutServiceStarts } from './service-policy.ts'

export type PackageEvent =
  | { readonly kind: 'lists-not-updated'; readonly reason: string }
  | { readonly kind: 'waiting-for-lock' }
  /** apt-get works; until it has ended an interruption waits, because half an installation is worse than a late end. */
  | { readonly kind: 'installing'; readonly packages: number }
  | { readonly kind: 'units-disabled'; readonly units: readonly string[] }
  /** Somebody else's policy-rc.d decides whether services start meanwhile. */
  | { readonly kind: 'policy-kept'; readonly policy: ForeignPolicy }

export interface PackageOptions {
  readonly signal: AbortSignal
  readonly onEvent: (event: PackageEvent) => void
}

const lockSeconds = 300
const installSeconds = 3600

/** The options under which apt-get never asks, never removes, keeps the administrator's configuration files. */
export function installArguments(names: readonly string[], step: 'simulate' | 'download' | 'install'): string[] {
  const options = { simulate: ['--simulate'], download: ['--download-only'], install: [] }
  return [
    ...['install', '--yes', '--quiet', '--no-install-recommends', '--no-remove'],
    ...options[step],
    ...['-o', `DPkg::Lock::Timeout=${lockSeconds}`],
    ...['-o', 'Dpkg::Use-Pty=0'],
    ...['-o', 'Dpkg::Options::=--force-confdef', '-o', 'Dpkg::Options::=--force-confold'],
    ...['-o', 'APT::Keep-Downloaded-Packages=false'],
    ...names,
  ]
}

const environment = {
  DEBIAN_FRONTEND: 'noninteractive',
  APT_LISTCHANGES_FRONTEND: 'none',
  // Ubuntu's needrestart would restart services that use an upgraded library.
  NEEDRESTART_SUSPEND: '1',
}

/**
 * Installs packages. No service that they bring runs or is enabled afterwards, also when the installation fails half-way;
 * what ran before runs on.
 *
 * @throws EnvironmentError with apt's words
 */
export async function installPackages(names: readonly string[], { signal, onEvent }: PackageOptions): Promise<void> {
  await updateLists(signal, onEvent)
  const packages = simulatedPackages(await apt(installArguments(names, 'simulate'), signal))
  await withoutNewServices(packages, onEvent, async () => {
    await apt(installArguments(names, 'download'), signal)
    signal.throwIfAborted()
    onEvent({ kind: 'installing', packages: names.length })
    await apt(installArguments(names, 'install'))
  })
}

/** The packages that apt-get's simulation would unpack or configure; one of another architecture bears it. */
export function simulatedPackages(simulation: string): string[] {
  const names = [...simulation.matchAll(/^(?:Inst|Conf) (\S+) /gm)].map(([, name = '']) => name)
  return [...new Set(names)].toSorted()
}

/** Whether dpkg was killed in the middle: apt-get refuses to work until it has been told to go on. */
export function dpkgWasInterrupted(folder = '/var/lib/dpkg/updates'): boolean {
  return existsSync(folder) && readdirSync(folder).some(name => /^\d+$/.test(name))
}

/** Finishes what an interrupted dpkg has begun, whoever began it, under the same rule: no service is started or enabled. */
export async function finishDpkg(onEvent: PackageOptions['onEvent']): Promise<void> {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: this is dpkg-query's own template.
  const form = '${db:Status-Abbrev} ${binary:Package}\\n'
  const { stdout } = await run('dpkg-query', ['--show', `--showformat=${form}`], { allowedExitStatuses: 'any' })
  await withoutNewServices(unfinishedPackages(stdout), onEvent, async () => {
    await asRoot('dpkg', ['--configure', '-a', '--force-confdef', '--force-confold'], {
      env: environment,
      supervised: true,
      timeoutSeconds: installSeconds,
    })
  })
}

/** The packages between "unpacked" and "installed"; second letter of dpkg's abbreviated state, see dpkg-query(1). */
export function unfinishedPackages(list: string): string[] {
  return list.split('\n').flatMap(line => {
    const name = /^.[HUFWt]. +(\S+)$/.exec(line)?.[1]
    return name === undefined ? [] : [name]
  })
}

/** The journal knows what to disable when the work is killed; when it only fails, it is done at once. */
async function withoutNewServices(
  packages: readonly string[],
  onEvent: PackageOptions['onEvent'],
  work: () => Promise<void>,
): Promise<void> {
  const enabledBefore = enabledUnits()
  const entry = recordUnits(packages, enabledBefore)
  const takeBack = async () => {
    const units = await disableUnitsOf(packages, enabledBefore)
    forget(entry)
    if (units.length > 0) onEvent({ kind: 'units-disabled', units })
  }
  try {
    await withoutServiceStarts(work, policy => onEvent({ kind: 'policy-kept', policy }))
  } catch (error) {
    // What went wrong first is what counts; the journal tries once more at the end of the run.
    await takeBack().catch(() => undefined)
    throw error
  }
  await takeBack()
}

/** A fresh cloud machine updates its lists by itself just when we want to: their lock is waited for. */
async function updateLists(signal: AbortSignal, onEvent: PackageOptions['onEvent']): Promise<void> {
  const deadline = performance.now() + lockSeconds * 1000
  for (;;) {
    const result = await asRoot('apt-get', ['update', '--quiet', '--quiet'], {
      env: environment,
      supervised: true,
      timeoutSeconds: 600,
      signal,
      allowedExitStatuses: 'any',
    })
    if (result.exitStatus === 0) return
    if (!/could not get lock/i.test(result.stderr) || performance.now() > deadline) {
      onEvent({ kind: 'lists-not-updated', reason: result.stderr.trim() })
      return
    }
    onEvent({ kind: 'waiting-for-lock' })
    await pause(5000, undefined, { signal })
  }
}

async function apt(args: readonly string[], signal?: AbortSignal): Promise<string> {
  try {
    const { stdout } = await asRoot('apt-get', args, {
      env: environment,
      supervised: true,
      timeoutSeconds: installSeconds,
      signal,
    })
    return stdout
  } catch (error) {
    if (!(error instanceof ToolError)) throw error
    throw new EnvironmentError(`packages could not be installed. ${aptHint(error.message)}\n${error.message}`, {
      cause: error,
    })
  }
}

/** What to do about the faults that apt-get reports most. */
export function aptHint(words: string): string {
  if (/Unable to locate package|has no installation candidate/.test(words)) {
    return 'A package is not in the configured archives: on Ubuntu enable "universe", on Debian the component main'
  }
  if (/Could not get lock|dpkg frontend lock/.test(words)) return 'Another package manager is at work: try again later'
  if (/Could not resolve|Failed to fetch|Connection (failed|timed out)/.test(words)) {
    return 'The package archive cannot be reached: check the network, a proxy, /etc/apt'
  }
  if (/held broken packages|Packages need to be removed/.test(words)) {
    return 'They do not go together with what is installed; nothing is ever removed to make room'
  }
  if (/No space left/.test(words)) return 'The disk is full'
  return 'The last lines of apt-get tell why'
}
