import { existsSync, statSync } from 'node:fs'
import { asRoot } from '../system/privilege.ts'
import { freeBytes } from '../system/space.ts'

/**
 * Development kits that GitHub puts on its runners and that nothing here uses, about the largest first
 * (actions/runner-images). Nothing else is ever removed to make room, and never by apt: its removals fail when one package is gone.
 */
export const sdkFolders: readonly string[] = [
  '/usr/local/lib/android',
  '/usr/share/dotnet',
  '/usr/lib/dotnet',
  '/usr/local/.ghcup',
  '/opt/ghc',
  '/opt/hostedtoolcache/CodeQL',
  '/usr/share/swift',
  '/usr/share/miniconda',
  '/usr/lib/google-cloud-sdk',
  '/opt/google/chrome',
  '/opt/microsoft/msedge',
  '/usr/local/julia',
  '/usr/local/share/chromium',
  '/usr/local/share/powershell',
]

export interface FreedFolder {
  readonly folder: string
  readonly bytes: number
}

export interface FreeRequest {
  /** Of the file system that must get room. */
  readonly path: string
  /** Ends as soon as so much is free there. */
  readonly wantedBytes: number
  readonly signal: AbortSignal
  readonly onFreed: (freed: FreedFolder) => void
  /** Others in tests. */
  readonly folders?: readonly string[]
  readonly free?: (path: string) => number
}

/** The kits that lie on the file system of a path: removing the others would not help. */
export function removableSdks(path: string, folders = sdkFolders): string[] {
  const device = statSync(path).dev
  return folders.filter(folder => existsSync(folder) && statSync(folder).dev === device)
}

/** Removes kits, one after the other, until there is room. */
export async function removeSdks(request: FreeRequest): Promise<void> {
  const { path, wantedBytes, signal, onFreed, free = freeBytes } = request
  for (const folder of removableSdks(path, request.folders)) {
    const before = free(path)
    if (before >= wantedBytes) return
    await asRoot('rm', ['-rf', '--one-file-system', '--', folder], { supervised: true, timeoutSeconds: 600, signal })
    onFreed({ folder, bytes: Math.max(0, free(path) - before) })
  }
}
