import { existsSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { buildMirrorsOf, lockSchema } from '../base/index.ts'
import { type BuildMirrors, type Inspection, inspect, inspectionSchema, parseWaivers } from '../contract/index.ts'
import { planSchema } from '../elements/index.ts'
import { GuestfsSession, probeImage } from '../guestfs/index.ts'
import {
  type ComparedInventory,
  collectInventory,
  comparedInventorySchema,
  differenceBetween,
  type Inventory,
  inventorySchema,
} from '../inventory/index.ts'
import type { Platform } from '../platform.ts'
import {
  contractSection,
  differenceSection,
  differenceWords,
  formatJunit,
  inspectionCounts,
  inspectionTable,
} from '../report/index.ts'
import { defineStage } from '../stage.ts'
import { measureAccelerator } from '../system/accelerator.ts'
import { readDocument, writeDocument } from '../system/documents.ts'
import { sha256OfFile } from '../system/hash.ts'
import { makeOutputFolder } from '../system/output-folder.ts'
import { together } from '../system/together.ts'
import { failureLogsField } from './failure-logs-field.ts'
import { checkImageInputs, imageFields, requireImage, takeImage } from './image-input.ts'

/** Reads an image without booting it and judges it against the contract. */
export const inspectImage = defineStage({
  name: 'inspect-image',
  command: 'inspect',
  summary:
    'Lists what is in an image, without booting or changing it, and judges it against the contract of a Trove guest.',
  positional: 'image',
  inputs: z.object({
    image: z
      .string()
      .optional()
      .describe('Path of the image, qcow2 or raw; one that another tool built is welcome. Or give image-artifact.'),
    ...imageFields,
    output: z
      .string()
      .default('out')
      .describe(
        'Folder that inventory.json, inspection.json and inspection.xml are written to; it is made when it is absent.',
      ),
    guestUser: z
      .string()
      .default('ubuntu')
      .describe("The user that the agent runs as, by default ubuntu; your Trove's injected_config_owner."),
    waive: z
      .array(z.string())
      .default([])
      .describe('Exceptions, each "RULE YYYY-MM-DD REASON"; after the day the rule counts again. By default none.'),
    lock: z
      .string()
      .optional()
      .describe('Path of the lock.json that the image was built with: its mirrors must not be in the image. Optional.'),
    plan: z
      .string()
      .optional()
      .describe(
        'Path of plan.json, whose image-sources are mirrors that guests may use; by default the one beside the lock.',
      ),
    previous: z
      .string()
      .optional()
      .describe(
        "An earlier image's inventory.json, or the folder that holds it: the summary tells what has changed since. Optional.",
      ),
    ...failureLogsField,
  }),
  outputs: z.object({
    inventory: z.string().describe('Path of inventory.json.'),
    inspection: z.string().describe('Path of inspection.json; inspection.xml is beside it.'),
  }),
  check(inputs) {
    checkImageInputs(inputs)
    requireImage(inputs.image ?? inputs.imageArtifact)
    parseWaivers(inputs.waive)
  },
  failureFiles: ({ output }) => ['inspection.json', 'inspection.xml'].map(name => join(output, name)),
  async run(inputs, platform, signal) {
    const waivers = parseWaivers(inputs.waive)
    const buildMirrors = readBuildMirrors(inputs.lock, inputs.plan)
    const previous = inputs.previous === undefined ? undefined : readPrevious(inputs.previous)
    const image = requireImage(await takeImage(inputs, platform, signal))
    const startedAt = performance.now()
    const inventory = await platform.group('Read the image', () => readImage(image, platform, signal))
    const inspection = inspect(inventory, { guestUser: inputs.guestUser, buildMirrors, waivers, now: new Date() })

    makeOutputFolder(inputs.output)
    const file = (name: string) => join(inputs.output, name)
    writeDocument(file('inventory.json'), inventorySchema, inventory)
    writeDocument(file('inspection.json'), inspectionSchema, inspection)
    writeFileSync(file('inspection.xml.new'), formatJunit(inspection, (performance.now() - startedAt) / 1000))
    renameSync(file('inspection.xml.new'), file('inspection.xml'))

    if (buildMirrors === null) platform.log.info('no-build-mirror: without --lock there is no mirror to compare with')
    for (const line of inspectionTable(inspection)) logLine(platform, line)
    const text = inspectionCounts(inspection)
    await platform.summary(contractSection(inspection, 3))
    const difference = previous && differenceBetween(previous, inventory)
    if (difference) await platform.summary(differenceSection(difference))
    return {
      outputs: { inventory: file('inventory.json'), inspection: file('inspection.json') },
      lines: [
        { label: 'inspect', text },
        ...(difference ? [{ label: 'changes', text: differenceWords(difference) }] : []),
      ],
      verdict: { status: inspection.status, text: verdictText(inspection, text) },
    }
  },
})

/** What the lock and the plan beside it tell of mirrors; null without a lock. */
function readBuildMirrors(lock: string | undefined, plan: string | undefined): BuildMirrors | null {
  if (lock === undefined) return null
  const beside = join(dirname(lock), 'plan.json')
  const file = plan ?? (existsSync(beside) ? beside : undefined)
  const imageSources = file === undefined ? [] : (readDocument(file, planSchema).recipe.imageSources ?? [])
  return buildMirrorsOf(readDocument(lock, lockSchema), imageSources)
}

/** The inventory of an earlier image, of which only packages and sizes are read: it may be of an older version of this tool. */
function readPrevious(path: string): ComparedInventory {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
  return readDocument(isFolder ? join(path, 'inventory.json') : path, comparedInventorySchema)
}

/** Probes, digests and reads the image; the digest is made while the appliance starts. */
async function readImage(path: string, platform: Platform, signal: AbortSignal): Promise<Inventory> {
  const image = await probeImage(path, signal)
  const { accelerator, reason } = await measureAccelerator(signal)
  platform.log.debug(`accelerator of the appliance: ${accelerator}, ${reason}`)
  platform.progress({ text: `starting libguestfs' appliance (${accelerator})` })
  const [sha256, session] = await together(signal, [
    linked => sha256OfFile(image.path, linked),
    linked =>
      GuestfsSession.open({
        image: image.path,
        format: image.format,
        access: 'read-only',
        accelerator,
        signal: linked,
        onTrace: platform.debugging ? line => platform.log.debug(line) : undefined,
        onCommand: ({ command, seconds }) => platform.log.debug(`guestfish ${seconds.toFixed(2)} s  ${command}`),
      }),
  ])
  platform.progress({ text: 'reading packages, units, users, files' })
  const facts = {
    name: basename(path),
    sha256,
    format: image.format,
    sizeBytes: image.sizeBytes,
    virtualSizeBytes: image.virtualSizeBytes,
  }
  const inventory = await collectInventory(session, facts, signal).finally(() => session.close())
  const { packages, units, files, system } = inventory
  platform.log.info(
    `${system.name}, ${packages.length} packages, ${units.length} units, ${files.length} files that matter`,
  )
  return inventory
}

function logLine(platform: Platform, line: string): void {
  if (line.startsWith('failed') || line.startsWith('unknown')) platform.log.error(line)
  else if (line.startsWith('waived')) platform.log.warning(line)
  else platform.log.info(line)
}

function verdictText(inspection: Inspection, counts: string): string {
  const first = inspection.results.find(({ status }) => status === 'failed' || status === 'unknown')
  return first === undefined ? counts : `${counts}; first: ${first.rule} (${first.evidence[0] ?? first.title})`
}
