import { join, resolve } from 'node:path'
import { type Agent, type AgentPlaces, agentPlacesOf } from '../agent/index.ts'
import type { Lock } from '../base/index.ts'
import type { Checkout } from '../checkout/index.ts'
import { checkDibBuilds, type DibInstallation } from '../dib/index.ts'
import type { Recipe } from '../recipe/index.ts'
import { sizeInBytes } from '../recipe/index.ts'
import { canonicalJson, sha256 } from '../system/documents.ts'
import { InputError } from '../system/errors.ts'
import { projectRoot, projectVersion } from '../system/home.ts'
import { codeDigest, elementDigest } from './digest.ts'
import { type Catalogue, type ElementPath, type ElementWithFiles, readCatalogue, readElementFiles } from './element.ts'
import { lintElement } from './element-lint.ts'
import { dibEnvironment, placeEnvironment } from './environment.ts'
import { type Finding, findingText } from './finding.ts'
import { hooksOf } from './hooks.ts'
import { lintPackageInstalls } from './package-lint.ts'
import type { Plan } from './plan.ts'
import { requestersOf, resolveElements, withDefaults } from './resolution.ts'
import { lintSet, wordResolution, wordUnstable } from './set-lint.ts'
import { dibVariables, elementVariables } from './variables.ts'

/** What a plan is made from. */
export interface PlanRequest {
  readonly recipe: Recipe
  /** The recipe's relative paths start here. */
  readonly recipeFolder: string
  readonly dib: DibInstallation
  /** What that was made of; null when it is a release. */
  readonly dibCheckout: Checkout | null
  readonly agent: Agent
  readonly lock: Lock | null
  /** The lock's file relative to the plan's folder. */
  readonly lockFile: string | null
}

/** A plan, and what its elements gave cause to warn of. */
export interface AssembledPlan {
  readonly plan: Plan
  readonly findings: readonly Finding[]
}

/**
 * Resolves the elements as DIB will, checks and digests them, and writes down all that a build will do. Reads files, never
 * the network.
 *
 * @throws InputError for what cannot be built, every fault named with file and line
 */
export function assemblePlan(request: PlanRequest): AssembledPlan {
  const { recipe, dib } = request
  checkDibBuilds(dib, recipe.distribution, recipe.release)
  const paths = elementPathsOf(recipe, request.recipeFolder)
  const catalogue = readCatalogue([...paths, { folder: dib.elementsFolder, origin: 'dib' }])
  const elements = resolvedElements(recipe, catalogue)
  return makePlan({
    recipe,
    lock: request.lock,
    lockFile: request.lockFile,
    elements,
    elementPaths: paths.map(path => path.folder),
    dib: {
      version: dib.version,
      from: dib.from,
      checkout: request.dibCheckout,
      codeDigest: codeDigest(dib.packageFolder),
    },
    agent: request.agent,
    agentPlaces: agentPlacesOf(recipe, request.recipeFolder),
    dibVariables: dibVariables(dib.packageFolder),
    projectVersion: projectVersion(),
  })
}

/** The elements' names as they stand on DIB's command line, in order. */
export function typedElementsOf(recipe: Recipe): string[] {
  const layout = recipe.elements.find(name => name.startsWith('block-device-')) ?? 'block-device-efi'
  const disk = recipe.disk === 'dib' ? ['vm', layout] : ['trove-boot-loader']
  const own = ['debian-minimal', 'trove-guest', 'trove-docker', 'trove-guest-agent', ...disk, 'trove-image-sources']
  return [...new Set([...own, ...recipe.elements])]
}

function elementPathsOf(recipe: Recipe, recipeFolder: string): ElementPath[] {
  return [
    ...recipe.elementPaths.map((path): ElementPath => ({ folder: resolve(recipeFolder, path), origin: 'recipe' })),
    { folder: join(projectRoot(), 'elements'), origin: 'project' },
  ]
}

/**
 * The resolved elements with their files, sorted by name.
 *
 * @throws InputError with the reason in the recipe's terms
 */
export function resolvedElements(recipe: Recipe, catalogue: Catalogue): ElementWithFiles[] {
  const typed = withDefaults(typedElementsOf(recipe), recipe.architecture)
  const { resolution, stable } = resolveElements(typed, catalogue)
  if (resolution.fault) throw faultOf([wordResolution(resolution.fault, typed, catalogue)])
  if (!stable) throw faultOf([wordUnstable(typed, catalogue)])
  return resolution.names.flatMap(name => {
    const element = catalogue.get(name)
    return element ? [{ ...element, files: readElementFiles(element.folder) }] : []
  })
}

/** Everything that decides what a plan says. */
export interface PlanInputs {
  readonly recipe: Recipe
  readonly lock: Lock | null
  readonly lockFile: string | null
  readonly elements: readonly ElementWithFiles[]
  readonly elementPaths: readonly string[]
  readonly dib: Plan['dib']
  readonly agent: Agent
  readonly agentPlaces: AgentPlaces | null
  readonly dibVariables: ReadonlySet<string>
  readonly projectVersion: string
}

/**
 * Makes a plan of resolved elements. Pure.
 *
 * @throws InputError when the lock is not the recipe's, or an element has a fault that DIB would hide
 */
export function makePlan(inputs: PlanInputs): AssembledPlan {
  const { recipe, lock, elements } = inputs
  if (recipe.base === 'local') {
    throw new InputError(
      'base: local can be fetched and checked, but this version cannot build from it yet: use base: minimal',
    )
  }
  if (lock) checkLock(recipe, lock)
  const environment = dibEnvironment(recipe, inputs.agent, lock)
  const context = {
    architecture: recipe.architecture,
    variables: new Set([...inputs.dibVariables, ...Object.keys(environment), ...elementVariables(elements)]),
  }
  const findings = [
    ...elements.flatMap(element => [...lintElement(element), ...lintPackageInstalls(element, context)]),
    ...lintSet(elements),
  ]
  if (findings.some(finding => finding.level === 'error')) {
    throw faultOf(findings.filter(finding => finding.level === 'error'))
  }
  const typed = typedElementsOf(recipe)
  const defaults = withDefaults(typed, recipe.architecture)
  const content = {
    schemaVersion: 1 as const,
    projectVersion: inputs.projectVersion,
    recipe,
    dib: inputs.dib,
    agent: inputs.agent,
    typedElements: typed,
    elements: elements.map(element => ({
      name: element.name,
      origin: element.origin,
      digest: elementDigest(element.files),
      requestedBy: requestersOf(element.name, typed, defaults, elements),
    })),
    environment,
    packages: recipe.packages,
    hooks: hooksOf(elements, environment),
    lockDigest: lock === null ? null : lockDigest(lock),
    image: {
      name: `trove-guest-${recipe.name}-${recipe.architecture}`,
      sizeBytes: sizeInBytes(recipe.imageSize),
      formats: recipe.formats,
      compression: recipe.compression,
      disk: recipe.disk,
    },
  }
  const plan: Plan = {
    ...content,
    digest: lock === null ? null : sha256(canonicalJson({ ...content, recipe: withoutPlaces(recipe) })),
    elementPaths: [...inputs.elementPaths],
    agentPlaces: inputs.agentPlaces,
    placeEnvironment: placeEnvironment(inputs.agentPlaces),
    lockFile: inputs.lockFile,
    warnings: findings.map(findingText),
  }
  return { plan, findings }
}

/** The recipe without where the agent's source lies: `agent` has what is there. */
export function withoutPlaces(recipe: Recipe): Partial<Recipe> {
  const { agentSource: _source, constraintsFile: _constraints, ...content } = recipe
  return content
}

/** Digest of what a lock holds, without the time of its writing and places on this machine. */
export function lockDigest(lock: Lock): string {
  const { base } = lock
  const content =
    base.source === 'minimal'
      ? { source: base.source, sources: base.sources, suites: base.suites }
      : { source: base.source, format: base.format, sizeBytes: base.sizeBytes, sha256: base.sha256 }
  const { distribution, release, architecture } = lock
  return sha256(canonicalJson({ distribution, release, architecture, base: content }))
}

function checkLock(recipe: Recipe, lock: Lock): void {
  const stale = (what: string, has: string, wants: string) =>
    new InputError(
      `the lock has ${what} ${has}, but the recipe asks for ${wants}: run 'trove-image fetch' for this recipe again`,
    )
  for (const key of ['distribution', 'release', 'architecture'] as const) {
    if (lock[key] !== recipe[key]) throw stale(key, lock[key], recipe[key])
  }
  if (lock.base.source !== recipe.base) throw stale('base', lock.base.source, recipe.base)
  if (lock.base.source !== 'minimal') return
  for (const key of ['mirror', 'securityMirror'] as const) {
    const wanted = recipe[key]?.replace(/\/+$/, '')
    if (wanted !== undefined && wanted !== lock.base[key]) throw stale(key, lock.base[key], wanted)
  }
}

function faultOf(findings: readonly Finding[]): InputError {
  return new InputError(findings.map(findingText).join('\n'))
}
