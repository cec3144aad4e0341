import { existsSync, readdirSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { EnvironmentError, ToolError } from '../system/errors.ts'
import { forget, recordFile } from '../system/journal.ts'
import { asRoot, rootShell } from '../system/privilege.ts'
import { disableNewUnits, unitFiles } from './services.ts'

export type PackageEvent =
  | { readonly kind: 'lists-not-updated'; readonly reason: string }
  | { readonly kind: 'waiting-for-lock' }
  /** apt-get works; until it has ended an interruption waits, because half an installation is worse than a late end. */
  | { readonly kind: 'installing'; readonly packages: number }
  | { readonly kind: 'units-disabled'; readonly units: readonly string[] }

export interface PackageOptions {
  readonly signal: AbortSignal
  readonly onEvent: (event: PackageEvent) => void
}

/** Asked by invoke-rc.d and deb-systemd-invoke before every start of a service; 101 forbids it. */
const policyFile = '/usr/sbin/policy-rc.d'
const lockSeconds = 300
const installSeconds = 3600

/** The options under which apt-get never asks, never removes, keeps the administrator's configuration files. */
export function installArguments(names: readonly string[], downloadOnly: boolean): string[] {
  return [
    ...['install', '--yes', '--quiet', '--no-install-recommends', '--no-remove'],
    ...(downloadOnly ? ['--download-only'] : []),
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
 * Installs packages. No service that they bring runs or is enabled afterwards; what ran before runs on.
 *
 * @throws EnvironmentError with apt's words
 */
export async function installPackages(names: readonly string[], { signal, onEvent }: PackageOptions): Promise<void> {
  await updateLists(signal, onEvent)
  const before = unitFiles()
  await withoutServiceStarts(async () => {
    await apt(installArguments(names, true), signal)
    signal.throwIfAborted()
    onEvent({ kind: 'installing', packages: names.length })
    await apt(installArguments(names, false))
  })
  const units = await disableNewUnits(before)
  if (units.length > 0) onEvent({ kind: 'units-disabled', units })
}

/** Whether dpkg was killed in the middle: apt-get refuses to work until it has been told to go on. */
export function dpkgWasInterrupted(folder = '/var/lib/dpkg/updates'): boolean {
  return existsSync(folder) && readdirSync(folder).some(name => /^\d+$/.test(name))
}

export async function finishDpkg(): Promise<void> {
  await withoutServiceStarts(async () => {
    await asRoot('dpkg', ['--configure', '-a', '--force-confdef', '--force-confold'], {
      env: environment,
      supervised: true,
      timeoutSeconds: installSeconds,
    })
  })
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

async function apt(args: readonly string[], signal?: AbortSignal): Promise<void> {
  try {
    await asRoot('apt-get', args, {
      env: environment,
      supervised: true,
      timeoutSeconds: installSeconds,
      signal,
    })
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

/** An administrator's own policy-rc.d stays in force. */
async function withoutServiceStarts(work: () => Promise<void>): Promise<void> {
  if (existsSync(policyFile)) return work()
  recordFile(policyFile)
  await rootShell('printf "#!/bin/sh\\nexit 101\\n" >"$1" && chmod 0755 "$1"', [policyFile])
  try {
    await work()
  } finally {
    await rootShell('rm -f -- "$1"', [policyFile])
    forget({ kind: 'file', path: policyFile })
  }
}
