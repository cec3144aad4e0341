import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { canonicalJson, sha256 } from '../system/documents.ts'
import type { ElementFile } from './element.ts'

/**
 * Digest of an element's content: names, the executable bit (all that git keeps of a mode) and bytes. A copy elsewhere
 * has the same digest.
 */
export function elementDigest(files: readonly ElementFile[]): string {
  return sha256(
    canonicalJson(files.map(file => [file.path, file.executable, file.content === null ? null : sha256(file.content)])),
  )
}

/** Digest of DIB's own code, without its elements (they have digests of their own), its tests and what Python compiles. */
export function codeDigest(packageFolder: string): string {
  const files: [string, string][] = []
  const walk = (folder: string) => {
    for (const entry of readdirSync(join(packageFolder, folder)).toSorted()) {
      const path = folder === '' ? entry : `${folder}/${entry}`
      if (entry === '__pycache__' || entry.endsWith('.pyc') || path === 'elements' || entry === 'tests') continue
      const full = join(packageFolder, path)
      if (statSync(full).isDirectory()) walk(path)
      else files.push([path, sha256(readFileSync(full))])
    }
  }
  walk('')
  return sha256(canonicalJson(files))
}
