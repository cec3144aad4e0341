import { resolve } from 'node:path'
import { z } from 'zod'
import {
  bringKernel,
  type Change,
  changesOf,
  describeChange,
  type Finding,
  type FreedFolder,
  findingTable,
  finishDpkg,
  installPackages,
  makeCheckoutEnvironment,
  openKvm,
  type PackageEvent,
  probeHost,
  removeSdks,
} from '../host/index.ts'
import type { Platform } from '../platform.ts'
import { readRecipe } from '../recipe/index.ts'
import { defineStage, type StageResult } from '../stage.ts'
import { EnvironmentError, InputError } from '../system/errors.ts'
import { privateEnvironment } from '../system/home.ts'
import { checkDibInputs, readDibCheckout } from './chosen-dib.ts'
import { bringEnvironment } from './private-environment.ts'
import { recipeInputs } from './recipe-inputs.ts'

/** Probes what building and proving an image needs, and brings what is missing. */
export const setupHost = defineStage({
  name: 'setup-host',
  command: 'setup',
  aliases: {
    doctor: {
      fixed: { dryRun: true },
      summary: 'Shows what this machine has and lacks for a recipe; changes nothing.',
    },
  },
  summary: 'Probes what this machine needs to build and prove an image, and brings what is missing.',
  positional: 'recipe',
  inputs: z.object({
    ...recipeInputs,
    output: z.string().default('out').describe('Folder that the image will be written to; its free space is probed.'),
    freeDiskSpace: z
      .boolean()
      .default(false)
      .describe(
        'On a GitHub-hosted runner whose disk is too small: removes development kits such as Android and .NET until there is room.',
      ),
    cache: z
      .boolean()
      .default(true)
      .describe(
        "On GitHub, takes the private environment from the repository's cache when the very same one is there, and keeps a new one there.",
      ),
    dryRun: z.boolean().default(false).describe('Shows what was found and what would be changed, and changes nothing.'),
  }),
  outputs: z.object({
    environment: z.string().describe('Path of the private environment; empty while a dry run has changes to show.'),
  }),
  check: checkDibInputs,
  async run(inputs, platform, signal) {
    const { recipe } = readRecipe(inputs.recipe, inputs.set)
    if (inputs.freeDiskSpace && !platform.disposable) refuseToFree()
    const disposable = platform.disposable ? { freeDiskSpace: inputs.freeDiskSpace } : undefined
    const checkout = await readDibCheckout(inputs)
    const dibCheckout =
      checkout === null || inputs.dibCheckout === undefined ? null : { folder: resolve(inputs.dibCheckout), checkout }
    const probe = () =>
      probeHost({ recipe, dib: inputs.dib, dibCheckout, outputFolder: inputs.output, disposable, signal })
    const findings = await platform.group('Probe the host', () => probe())
    const changes = changesOf(findings)
    const missing = findings.filter(finding => finding.status === 'missing')
    if (inputs.dryRun || changes.length > 0 || missing.length > 0) showTable(findings, platform)
    refuseMissing(missing)
    if (changes.length === 0) return ready(`nothing to bring for ${recipe.name}`)
    for (const change of changes) platform.log.info(`  ${describeChange(change)}`)
    if (inputs.dryRun) {
      const text = `${changes.length} to make, listed above: run trove-image setup`
      return { outputs: { environment: '' }, lines: [{ label: 'changes', text }] }
    }
    if (
      !(await platform.confirm(`Make ${changes.length === 1 ? 'this change' : `these ${changes.length} changes`}?`))
    ) {
      throw new EnvironmentError('nothing was changed; the machine still lacks what is listed above')
    }
    for (const change of changes) {
      signal.throwIfAborted()
      await platform.group(firstUpper(describeChange(change)), () => make(change, inputs.cache, platform, signal))
    }
    await confirmDone(await probe(), platform)
    return ready(`brought ${changes.map(nounOf).join(', ')}`)
  },
})

function ready(text: string): StageResult<{ environment: string }> {
  return { outputs: { environment: privateEnvironment() }, lines: [{ label: 'setup', text }] }
}

function refuseToFree(): never {
  throw new InputError(
    'input "free-disk-space": what is installed is only removed from a GitHub-hosted runner (RUNNER_ENVIRONMENT is ' +
      'github-hosted there), which is thrown away after the job. Leave it out, and free some space yourself if setup asks for it',
  )
}

/** What only the user can bring is said before anything is changed. */
function refuseMissing(missing: readonly Finding[]): void {
  if (missing.length === 0) return
  const lines = missing.map(
    ({ subject, found, needed, remedy }) => `  ${subject}: found ${found}; needed: ${needed}. What to do: ${remedy}`,
  )
  throw new EnvironmentError(`this machine lacks what setup does not bring:\n${lines.join('\n')}`)
}

async function confirmDone(after: readonly Finding[], platform: Platform): Promise<void> {
  const open = after.filter(({ status }) => status === 'missing' || status === 'mend' || status === 'later')
  if (open.length === 0) return
  showTable(after, platform)
  refuseMissing(open.filter(({ status }) => status === 'missing'))
  const names = open.map(({ subject, found }) => `${subject} (found ${found})`).join(', ')
  throw new EnvironmentError(`after all changes were made, this is still missing: ${names}`)
}

async function make(change: Change, useCache: boolean, platform: Platform, signal: AbortSignal): Promise<void> {
  switch (change.kind) {
    case 'dpkg':
      return finishDpkg(event => report(event, platform))
    case 'kits':
      return removeSdks({ ...change, signal, onFreed: freed => platform.log.info(describeFreed(freed)) })
    case 'kvm':
      return openKvm()
    case 'packages':
      return installPackages(change.names, { signal, onEvent: event => report(event, platform) })
    case 'kernel':
      return bringKernel(change.package, signal)
    case 'environment':
      return bringEnvironment({ version: change.version, useCache }, platform, signal)
    case 'checkout-environment':
      return makeCheckoutEnvironment(change.source, { signal, onLine: line => platform.log.info(line) })
  }
}

function report(event: PackageEvent, platform: Platform): void {
  const isWarning = event.kind === 'lists-not-updated' || (event.kind === 'policy-kept' && !event.policy.forbidsStarts)
  if (isWarning) platform.log.warning(describeEvent(event))
  else platform.log.info(describeEvent(event))
}

function describeEvent(event: PackageEvent): string {
  switch (event.kind) {
    case 'lists-not-updated':
      return `the package lists could not be updated, going on with those there are: ${event.reason}`
    case 'waiting-for-lock':
      return 'another program updates the package lists; waiting for it'
    case 'installing':
      return 'fetched; installing (an interruption takes effect when apt-get has ended)'
    case 'units-disabled':
      return `not started and not enabled: ${event.units.join(' ')}`
    case 'policy-kept': {
      const { file, forbidsStarts } = event.policy
      return forbidsStarts
        ? `${file} is not of this program and stays as it is; it forbids services to start`
        : `${file} is not of this program and stays as it is; it lets services start: those that the packages enable may run ` +
            'for a moment, and are stopped and disabled when the packages are installed'
    }
  }
}

function describeFreed({ folder, bytes }: FreedFolder): string {
  return `removed ${folder}: ${(bytes / 1024 ** 3).toFixed(1)} GiB freed`
}

function nounOf(change: Change): string {
  switch (change.kind) {
    case 'kits':
      return 'room on the disk'
    case 'kvm':
      return 'access to /dev/kvm'
    case 'dpkg':
      return 'the end of an interrupted dpkg'
    case 'packages':
      return `${change.names.length} package${change.names.length === 1 ? '' : 's'} with what they depend on`
    case 'kernel':
      return 'a kernel for libguestfs'
    case 'environment':
      return `diskimage-builder ${change.version}`
    case 'checkout-environment':
      return `diskimage-builder ${change.source.checkout.describe} of a checkout`
  }
}

function showTable(findings: readonly Finding[], platform: Platform): void {
  for (const line of findingTable(findings)) platform.log.info(line)
}

function firstUpper(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
