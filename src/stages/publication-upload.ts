import { basename, extname } from 'node:path'
import type { Artifact, Platform } from '../platform.ts'
import type { Publication } from '../publish/index.ts'
import { EnvironmentError } from '../system/errors.ts'

/** When a publication is uploaded: `auto` where the platform has artifacts, `always` or not at all. */
export const uploadChoices = ['auto', 'always', 'never'] as const
export type UploadChoice = (typeof uploadChoices)[number]

/** Names, numbers and digests of what was uploaded; empty texts when nothing was. */
export interface UploadOutputs {
  readonly imageArtifact: string
  readonly imageArtifactId: string
  readonly documentsArtifact: string
  readonly documentsArtifactId: string
  readonly documentsArtifactDigest: string
}

export const nothingUploaded: UploadOutputs = {
  imageArtifact: '',
  imageArtifactId: '',
  documentsArtifact: '',
  documentsArtifactId: '',
  documentsArtifactDigest: '',
}

/**
 * Whether a publication is to be uploaded. Asked before anything is written.
 *
 * @throws EnvironmentError when it is to be and cannot
 */
export function willUpload(choice: UploadChoice, { artifacts }: Platform): boolean {
  if (choice === 'never' || (choice === 'auto' && !artifacts.isKnown)) return false
  const fault = artifacts.fault()
  if (fault !== undefined) throw new EnvironmentError(`upload ${choice}: ${fault}`)
  return true
}

/** The second artifact's name: `trove-guest-debian-trixie-amd64-documents` beside `trove-guest-debian-trixie-amd64.qcow2`. */
export function documentsName(imageName: string): string {
  return `${basename(imageName, extname(imageName))}-documents`
}

/**
 * Uploads a published folder: the image as it is, under its own file name, which is all the name that such an artifact can
 * have; everything else as a second artifact.
 */
export async function uploadPublication(
  { publication, image, folder }: { publication: Publication; image: string; folder: string },
  retentionDays: number,
  platform: Platform,
  signal: AbortSignal,
): Promise<UploadOutputs> {
  const { artifacts, log } = platform
  const { name, sha256 } = publication.image
  const files = [...publication.files.map(file => file.name).filter(file => file !== name), 'publication.json']
  const [uploaded, documents] = await platform.group('Upload the image and its documents', async () => [
    await artifacts.upload({ file: image, sha256, retentionDays }, signal),
    await artifacts.upload({ name: documentsName(name), folder, files, retentionDays }, signal),
  ])
  for (const artifact of [uploaded, documents]) if (artifact) log.info(describe(artifact))
  return {
    imageArtifact: uploaded?.name ?? '',
    imageArtifactId: String(uploaded?.id ?? ''),
    documentsArtifact: documents?.name ?? '',
    documentsArtifactId: String(documents?.id ?? ''),
    documentsArtifactDigest: documents?.sha256 ?? '',
  }
}

function describe({ name, id, sizeBytes, sha256 }: Artifact): string {
  return `artifact ${name} (${id}), ${Math.ceil(sizeBytes / 1_000_000)} MB, sha256 ${sha256}`
}
