import { realpathSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { buildRecordSchema } from '../dib/index.ts'
import { probeImage } from '../guestfs/index.ts'
import type { Platform } from '../platform.ts'
import {
  checkAllowed,
  collectEvidence,
  type Evidence,
  type Proof,
  type PublishEvent,
  proofFaults,
  proofLevels,
  proofOf,
  publishToFolder,
  requireProof,
} from '../publish/index.ts'
import { formatReport, publicationSection } from '../report/index.ts'
import { defineStage } from '../stage.ts'
import { readDocument } from '../system/documents.ts'
import { InputError } from '../system/errors.ts'
import { sha256OfFile } from '../system/hash.ts'
import { checkImageInputs, imageFields, takeDocuments, takeImage } from './image-input.ts'
import { nothingUploaded, uploadChoices, uploadPublication, willUpload } from './publication-upload.ts'

/** Puts an image with its documents into a folder, when these show that it may be published. */
export const publishImage = defineStage({
  name: 'publish-image',
  command: 'publish',
  summary: 'Puts a tested image with checksums, its documents and a report with the commands for it into a folder.',
  positional: 'image',
  inputs: z.object({
    image: z
      .string()
      .optional()
      .describe('The image file; by default the first one that image.json in the output folder names.'),
    ...imageFields,
    documentsArtifact: z
      .string()
      .optional()
      .describe(
        'On GitHub: number or name of the artifact with the documents that an earlier job has uploaded; they are downloaded into the output folder, where newer ones stay.',
      ),
    output: z
      .string()
      .default('out')
      .describe("Folder to publish into, made when it is absent; the image's own folder is published without a copy."),
    inspection: z
      .string()
      .optional()
      .describe('Path of inspection.json; by default the one beside the image or in the output folder that names it.'),
    smokeTest: z
      .string()
      .optional()
      .describe('Path of smoke-test.json; by default the one beside the image or in the output folder that names it.'),
    record: z
      .string()
      .optional()
      .describe('Path of image.json; by default the one beside the image or in the output folder that names it.'),
    allow: z
      .array(z.string())
      .default([])
      .describe(`What may be wrong with the image, each by name: ${Object.keys(proofFaults).join(', ')}.`),
    upload: z
      .enum(uploadChoices)
      .default('auto')
      .describe(
        'Whether the image and its documents are also uploaded, as two artifacts of the workflow run; auto does it on GitHub.',
      ),
    retentionDays: z
      .int()
      .min(0)
      .max(90)
      .default(0)
      .describe(
        "Days until the artifacts are deleted, 1 to 90; 0 takes the repository's own setting, which is the most.",
      ),
    dryRun: z
      .boolean()
      .default(false)
      .describe('Checks that the image may be published and shows what would be written where; writes nothing.'),
  }),
  outputs: z.object({
    publication: z.string().describe('Path of publication.json; empty after a dry run.'),
    level: z.enum(proofLevels).describe('The level that was reached: none, inspected or registered.'),
    sha256: z.string().describe('SHA-256 of the image; a job that takes the image is given it and verifies it.'),
    imageArtifact: z
      .string()
      .describe("Name of the image's artifact, which is its file name; empty when nothing was uploaded."),
    imageArtifactId: z.string().describe("Number of the image's artifact; its digest is that of the image."),
    documentsArtifact: z.string().describe('Name of the artifact with the documents, the checksums and the report.'),
    documentsArtifactId: z.string().describe("Number of the documents' artifact."),
    documentsArtifactDigest: z.string().describe("SHA-256 of the documents' artifact, a zip archive."),
  }),
  check(inputs) {
    checkImageInputs(inputs)
    checkAllowed(inputs.allow)
    if (inputs.dryRun && (inputs.imageArtifact ?? inputs.documentsArtifact) !== undefined) {
      throw new InputError('dry-run writes nothing, so it cannot download an artifact: leave one of them out')
    }
  },
  async run(inputs, platform, signal) {
    const isUploaded = willUpload(inputs.upload, platform)
    const taken = await takeImage(inputs, platform, signal)
    // Before the image is looked for: the build record among them may be what names it.
    await takeDocuments(inputs.documentsArtifact, inputs.output, platform, signal)
    const image = resolveImage(taken, inputs.output)
    const name = basename(image)
    platform.progress({ text: `reading ${name}` })
    const sha256 = await sha256OfFile(image, signal)
    const evidence = collectEvidence(sha256, {
      folders: [...new Set([dirname(image), inputs.output])],
      inspection: inputs.inspection,
      smokeTest: inputs.smokeTest,
      record: inputs.record,
    })
    const proof = proofOf(sha256, evidence.inspection, evidence.smokeTest)
    const allowed = requireProof(name, proof, inputs.allow)
    if (inputs.dryRun) return dryRun(name, sha256, inputs.output, proof.level, evidence, platform)
    const publishedAt = new Date()
    const documents = {
      image: await describeImage(image, sha256, evidence, signal),
      level: proof.level,
      allowed: allowed.map(fault => ({ name: fault, meaning: proofFaults[fault] })),
      publishedAt,
      record: evidence.record,
      inventory: evidence.inventory,
      inspection: evidence.inspection?.image.sha256 === sha256 ? evidence.inspection : undefined,
      smokeTest: evidence.smokeTest?.image.sha256 === sha256 ? evidence.smokeTest : undefined,
      documentNames: evidence.files.map(file => file.name),
    }
    const report = formatReport(documents)
    const publication = await publishToFolder(
      {
        image,
        imageSha256: sha256,
        folder: inputs.output,
        recipe: evidence.record?.recipe ?? null,
        level: proof.level,
        allowed,
        documents: evidence.files,
        report,
        publishedAt,
      },
      event => tell(event, inputs.output, platform),
      signal,
    )
    for (const fault of allowed) platform.log.warning(`published although ${fault}: ${proofFaults[fault]}`)
    await platform.summary(publicationSection(documents))
    const published = { publication, image: join(inputs.output, name), folder: inputs.output }
    const uploaded = isUploaded
      ? await uploadPublication(published, inputs.retentionDays, platform, signal)
      : nothingUploaded
    // The JUnit files say once more what the documents say.
    const documentNames = evidence.files.map(file => file.name).filter(file => !file.endsWith('.xml'))
    const files = ['SHA256SUMS', ...documentNames, 'report.md'].join(' ')
    return {
      outputs: { publication: join(inputs.output, 'publication.json'), level: proof.level, sha256, ...uploaded },
      lines: [{ label: 'publish', text: `${inputs.output.replace(/\/*$/, '/')}  level: ${proof.level}   ${files}` }],
    }
  },
})

function dryRun(
  image: string,
  sha256: string,
  output: string,
  level: Proof['level'],
  evidence: Evidence,
  platform: Platform,
) {
  const names = [image, ...evidence.files.map(file => file.name), 'report.md', 'SHA256SUMS', 'publication.json']
  platform.log.info(`would write to ${output}: ${names.join(' ')}`)
  return {
    outputs: { publication: '', level, sha256, ...nothingUploaded },
    lines: [{ label: 'publish', text: `would publish to ${output}  level: ${level}; nothing was done` }],
  }
}

/** The absolute path of the image's file itself, whatever links lead to it. */
function resolveImage(given: string | undefined, output: string): string {
  const path = given ?? builtImage(output)
  try {
    const real = realpathSync(path)
    if (statSync(real).isFile()) return real
  } catch (error) {
    throw new InputError(`image ${path} cannot be read: ${(error as Error).message}`)
  }
  throw new InputError(`image ${path} is not a regular file; name the image file itself`)
}

function builtImage(output: string): string {
  const path = join(output, 'image.json')
  let record: z.infer<typeof buildRecordSchema>
  try {
    record = readDocument(path, buildRecordSchema)
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    throw new InputError(`no image is named, and ${error.message}; name one: trove-image publish IMAGE`)
  }
  const [first] = record.files
  if (first === undefined) throw new InputError(`${path} names no image; name one: trove-image publish IMAGE`)
  return join(output, first.name)
}

/** Format and virtual size as the build or the inspection wrote them down; an image without either is looked at. */
async function describeImage(image: string, sha256: string, { record, inventory }: Evidence, signal: AbortSignal) {
  const known = record?.files.find(file => file.sha256 === sha256) ?? inventory?.image
  const { format, virtualSizeBytes } = known ?? (await probeImage(image, signal))
  return { fileName: basename(image), sha256, sizeBytes: statSync(image).size, format, virtualSizeBytes }
}

function tell(event: PublishEvent, folder: string, platform: Platform): void {
  if (event.kind === 'copying') {
    const fraction = event.totalBytes === 0 ? 1 : event.bytes / event.totalBytes
    platform.progress({ text: `copying the image to ${folder}`, fraction })
  } else if (event.kind === 'verifying') {
    platform.progress({ text: `verifying ${event.name} in ${folder}` })
  } else {
    platform.log.warning(
      `${event.name}, published in ${folder} earlier, is still there; SHA256SUMS does not cover it any more`,
    )
  }
}
