import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type DibInstallation, findDib } from '../../src/dib/index.ts'
import { readRecipe } from '../../src/recipe/index.ts'

/** The diskimage-builder of the default recipe with its Python, or why tests against the real one cannot run. */
export interface RealDib extends DibInstallation {
  readonly python: string
}

/** Undefined where `trove-image setup` has not been run; tests are then skipped, which CI counts as failed. */
export const realDib: RealDib | undefined = find()

function find(): RealDib | undefined {
  try {
    const dib = findDib('private', readRecipe('debian-trixie').recipe.dibVersion)
    const python = join(dib.binFolder, 'python3')
    return existsSync(python) ? { ...dib, python } : undefined
  } catch {
    return undefined
  }
}
