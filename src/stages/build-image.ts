import { existsSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import { compareArchive, type Lock, lockSchema } from '../base/index.ts'
import {
  BuildProgress,
  type BuildRecord,
  buildRecordSchema,
  DibError,
  type DibInstallation,
  type DibResult,
  describeCommand,
  findCheckoutDib,
  findDib,
  partsOf,
  readTimings,
  requireDibCanRun,
  runDib,
  usualTreeBytes,
  writeTimings,
} from '../dib/index.ts'
import { buildDisk, buildImages, type DiskResult, keepCopy, requireCompression, requireRoom } from '../disk/index.ts'
import { type Plan, planSchema, requirePlanHolds } from '../elements/index.ts'
import type { Platform } from '../platform.ts'
import { buildSection } from '../report/index.ts'
import { defineStage } from '../stage.ts'
import { measureAccelerator } from '../system/accelerator.ts'
import { readDocument, writeDocument } from '../system/documents.ts'
import { sha256OfFile } from '../system/hash.ts'
import { cacheFolder, projectVersion } from '../system/home.ts'
import { workFolderPlace } from '../system/journal.ts'
import { holdOutputFolder } from '../system/output-folder.ts'
import { BuildNarrator } from './build-narrator.ts'
import { toolVersions } from './build-tools.ts'
import { failureLogsField } from './failure-logs-field.ts'

const buildInputs = z.object({
  plan: z.string().default('out/plan.json').describe('Path of plan.json, written by assemble-elements.'),
  output: z
    .string()
    .default('out')
    .describe('Folder for the image, image.json and build.log (the whole log of diskimage-builder); made when absent.'),
  timeoutMinutes: z
    .int()
    .min(1)
    .max(24 * 60)
    .default(60)
    .describe('After so many minutes diskimage-builder is stopped and the hook that was running is named.'),
  keepRootFileSystem: z
    .boolean()
    .default(false)
    .describe("Also keeps the root file system as a tar beside the image; with the recipe's disk dib there is none."),
  dryRun: z
    .boolean()
    .default(false)
    .describe('Checks that the plan can be built here and shows what diskimage-builder would be told; builds nothing.'),
  ...failureLogsField,
})
type Inputs = z.output<typeof buildInputs>

/** Runs a plan: diskimage-builder makes the root file system, then it becomes a bootable disk image. */
export const buildImage = defineStage({
  name: 'build-image',
  command: 'build-image',
  summary: 'Builds the root file system of a plan with diskimage-builder and makes a bootable disk image of it.',
  positional: 'plan',
  inputs: buildInputs,
  outputs: z.object({
    image: z
      .string()
      .describe('Path of the image: the qcow2 file, or the raw one when only that is built; empty after a dry run.'),
    record: z.string().describe('Path of image.json, the build record; empty after a dry run.'),
  }),
  failureFiles: ({ output }) => [join(output, 'build.log')],
  run: (inputs, platform, signal) => runBuild(inputs, platform, signal),
})

/** What the stage asks of the world; other ones in tests. */
const realDoors = { findDib: findPlanned, preflight, toolVersions, runDib, makeDisk }

/** The stage's work. */
export async function runBuild(inputs: Inputs, platform: Platform, signal: AbortSignal, doors = realDoors) {
  const plan = readDocument(inputs.plan, planSchema)
  const output = resolve(inputs.output)
  const dib = doors.findDib(plan.dib)
  await requirePlanHolds(plan, dib)
  const history = readTimings(plan.image.name)
  await doors.preflight(plan, output, history?.treeBytes)
  const tools = await doors.toolVersions(plan)
  if (inputs.dryRun) return dryRun(plan, dib, platform)
  holdOutputFolder(output)

  const builtAt = new Date().toISOString()
  const narrator = new BuildNarrator(platform, new BuildProgress(history))
  const root = await narrator.follow(() =>
    doors
      .runDib({
        plan,
        dib,
        logFile: join(output, 'build.log'),
        timeoutSeconds: inputs.timeoutMinutes * 60,
        history,
        signal,
        trace: platform.debugging,
        onEvent: event => narrator.dib(event),
      })
      .catch(error => {
        if (error instanceof DibError) annotateHook(platform, error)
        throw error
      }),
  )
  if (inputs.keepRootFileSystem && plan.image.disk === 'own') {
    await keepCopy(root.file, join(output, `${plan.image.name}.tar`))
  }
  const disk = await narrator.follow(() => doors.makeDisk(plan, root, output, narrator, traceOf(platform), signal))
  // The stages that follow need the space.
  rmSync(root.file, { force: true })

  const archive = compareArchive(lockOf(plan, inputs.plan), root.archiveStates)
  if (archive.moved.length > 0) platform.log.warning(wordMovedArchive(archive.moved, root.archiveStates.length))
  const file = join(output, 'image.json')
  const document = await recordOf(plan, root, disk, output, builtAt, tools)
  const record = { ...document, archiveStates: [...archive.states] }
  writeDocument(file, buildRecordSchema, record)
  await platform.summary(buildSection(record))
  const diskParts = Object.fromEntries(disk.steps.map(step => [`disk/${step.name}`, step.seconds]))
  writeTimings(plan.image.name, {
    parts: { ...partsOf(root.phases), ...diskParts },
    ...(disk.tree.bytes > 0 ? { treeBytes: disk.tree.bytes } : {}),
  })
  return { outputs: { image: imageOf(disk, output), record: file }, lines: linesOf(inputs.output, root, disk) }
}

function findPlanned({ from, version, checkout }: Plan['dib']): DibInstallation {
  if (checkout !== null) return findCheckoutDib(checkout.contentDigest)
  return findDib(from === 'system' ? 'system' : 'private', version)
}

async function dryRun(plan: Plan, dib: DibInstallation, platform: Platform) {
  await platform.group('What diskimage-builder would be told', async () => {
    for (const line of describeCommand(plan, dib)) platform.log.info(line)
  })
  const text = `would build ${plan.image.name} of ${plan.elements.length} elements; nothing was done`
  return { outputs: { image: '', record: '' }, lines: [{ label: 'build', text }] }
}

async function preflight(plan: Plan, output: string, lastTreeBytes: number | undefined): Promise<void> {
  if (plan.image.disk === 'own') requireRoom(plan.image.sizeBytes)
  await requireDibCanRun(plan, {
    treeBytes: lastTreeBytes ?? usualTreeBytes,
    workFolder: workFolderPlace(),
    cacheFolder: cacheFolder(),
    outputFolder: output,
  })
  if (plan.image.formats.includes('qcow2')) await requireCompression(plan.image.compression)
}

async function makeDisk(
  plan: Plan,
  root: DibResult,
  output: string,
  narrator: BuildNarrator,
  onTrace: ((line: string) => void) | undefined,
  signal: AbortSignal,
): Promise<DiskResult> {
  const request = {
    name: plan.image.name,
    formats: plan.image.formats,
    compression: plan.image.compression,
    outputFolder: output,
    timeoutSeconds: 30 * 60,
    signal,
    onEvent: narrator.disk.bind(narrator),
    onTrace,
  }
  if (plan.image.disk === 'dib') {
    return { ...(await buildImages(request, root.file)), tree: { bytes: 0, inodes: 0 }, packages: 0, freeBytes: 0 }
  }
  const { accelerator } = await measureAccelerator(signal)
  return buildDisk({
    ...request,
    archive: root.file,
    sizeBytes: plan.image.sizeBytes,
    seed: plan.digest ?? new Date().toISOString(),
    accelerator,
  })
}

function traceOf(platform: Platform): ((line: string) => void) | undefined {
  return platform.debugging ? line => platform.log.debug(line) : undefined
}

async function recordOf(
  plan: Plan,
  root: DibResult,
  disk: DiskResult,
  output: string,
  builtAt: string,
  tools: Record<string, string>,
): Promise<Omit<BuildRecord, 'archiveStates'>> {
  const files: BuildRecord['files'] = []
  for (const file of disk.files) files.push({ ...file, sha256: await sha256OfFile(join(output, file.name)) })
  return {
    schemaVersion: 1,
    recipe: plan.recipe.name,
    planDigest: plan.digest,
    projectVersion: projectVersion(),
    dibVersion: plan.dib.version,
    dibCheckout: plan.dib.checkout,
    agent: plan.agent,
    builtAt,
    architecture: plan.recipe.architecture,
    distribution: plan.recipe.distribution,
    release: plan.recipe.release,
    files,
    rootFileSystem: { sizeBytes: disk.tree.bytes, packages: disk.packages },
    phases: root.phases.map(({ name, seconds, hooks }) => ({ name, seconds, hooks: [...hooks] })),
    diskSteps: [...disk.steps],
    seconds: { rootFileSystem: root.seconds, disk: disk.seconds },
    tools,
  }
}

/** Undefined when the plan has none, or it has been moved away since. */
function lockOf(plan: Plan, planFile: string): Lock | undefined {
  if (plan.lockFile === null) return undefined
  const file = resolve(dirname(planFile), plan.lockFile)
  return existsSync(file) ? readDocument(file, lockSchema) : undefined
}

function wordMovedArchive(moved: readonly string[], told: number): string {
  return told === 0
    ? 'the build did not tell which state of the package archive it used, so it cannot be held against the lock'
    : `the package archive has moved since the lock was written (${moved.join(', ')}): the image holds newer packages than the lock names; ` +
        'image.json has the states that were used'
}

/** A remark on the element's file where DIB failed; DIB itself says nothing about it. */
function annotateHook(platform: Platform, error: DibError): void {
  if (error.hook?.file === undefined) return
  platform.annotate({
    level: 'error',
    message: error.message.split('\n')[0] ?? error.message,
    file: error.hook.file,
    ...(error.hook.line === undefined ? {} : { line: error.hook.line }),
  })
}

function imageOf(disk: DiskResult, output: string): string {
  const file = disk.files.find(({ format }) => format === 'qcow2') ?? disk.files[0]
  return join(output, file?.name ?? '')
}

function linesOf(folder: string, root: DibResult, disk: DiskResult) {
  const gigabytes = (disk.tree.bytes / 1e9).toFixed(1)
  const tree = disk.tree.bytes > 0 ? `root file system ${gigabytes} GB, ${disk.packages} packages` : 'whole disk by DIB'
  const files = disk.files.map(({ name, sizeBytes }) => `${join(folder, name)}  ${Math.round(sizeBytes / 1e6)} MB`)
  return [
    { label: 'build', text: tree, seconds: root.seconds },
    { label: 'disk', text: files.join(', '), seconds: disk.seconds },
  ]
}
