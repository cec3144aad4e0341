import { z } from 'zod'
import type { Platform } from '../platform.ts'
import { EnvironmentError, InputError } from '../system/errors.ts'
import { sha256OfFile } from '../system/hash.ts'

/** What stages that work on a finished image have in common: the image may come from another job. */
export const imageFields = {
  imageArtifact: z
    .string()
    .optional()
    .describe(
      'On GitHub, instead of image: number or name of an artifact of this workflow run that holds the image; it is downloaded into the output folder.',
    ),
  sha256: z
    .string()
    .optional()
    .describe(
      'SHA-256 that the image must have, checked before anything else; with image-artifact it is required, out of the outputs of the job that uploaded it.',
    ),
}

export interface ImageInputs {
  readonly image?: string | undefined
  readonly imageArtifact?: string | undefined
  readonly sha256?: string | undefined
  readonly output: string
}

/** Pure. @throws InputError when the inputs that say which image contradict each other */
export function checkImageInputs({ image, imageArtifact, sha256 }: ImageInputs): void {
  if (image !== undefined && imageArtifact !== undefined) {
    throw new InputError(`image ${image} and image-artifact ${imageArtifact} name two images: leave one of them out`)
  }
  if (sha256 !== undefined && !/^(sha256:)?[0-9a-f]{64}$/.test(sha256)) {
    throw new InputError(
      `sha256 ${JSON.stringify(sha256)} is none: 64 of 0-9a-f are expected, as sha256sum prints them`,
    )
  }
  if (imageArtifact !== undefined && sha256 === undefined) {
    throw new InputError(
      'image-artifact needs sha256, so that the image is known to be the one that the other job meant: hand on the output sha256 of that job',
    )
  }
}

/** @throws InputError when no image is given in any way */
export function requireImage(path: string | undefined): string {
  if (path !== undefined) return path
  throw new InputError('input "image": is required: the path of an image, or image-artifact and sha256 of another job')
}

/**
 * The path of the image: the given one, or the artifact's, downloaded. Undefined when neither is given.
 *
 * @throws EnvironmentError when the artifact cannot be downloaded whole
 * @throws InputError when there is no such artifact, or when the bytes are not those with the given SHA-256
 */
export async function takeImage(
  inputs: ImageInputs,
  platform: Platform,
  signal: AbortSignal,
): Promise<string | undefined> {
  const path = inputs.imageArtifact === undefined ? inputs.image : await downloadImage(inputs, platform, signal)
  const expected = inputs.sha256?.replace('sha256:', '')
  if (path === undefined || expected === undefined) return path
  platform.progress({ text: `verifying ${path}` })
  const actual = await sha256OfFile(path, signal).catch(error => {
    signal.throwIfAborted()
    throw new InputError(`image ${path} cannot be read: ${(error as Error).message}`)
  })
  if (actual === expected) return path
  throw new InputError(
    `image ${path} has sha256 ${actual}, and sha256 ${expected} was asked for: it is another image, or was changed on the way`,
  )
}

async function downloadImage(inputs: ImageInputs, platform: Platform, signal: AbortSignal): Promise<string> {
  const { artifacts } = platform
  const fault = artifacts.fault()
  if (fault !== undefined) throw new EnvironmentError(`image-artifact ${inputs.imageArtifact}: ${fault}`)
  return platform.group('Download the image', async () => {
    const artifact = await artifacts.find(inputs.imageArtifact ?? '', signal, inputs.sha256?.replace('sha256:', ''))
    return artifacts.download(artifact, inputs.output, signal)
  })
}

/**
 * Brings the documents that another job has uploaded about the image.
 *
 * @throws EnvironmentError when the artifact cannot be downloaded whole
 * @throws InputError when there is no such artifact
 */
export async function takeDocuments(
  nameOrId: string | undefined,
  folder: string,
  platform: Platform,
  signal: AbortSignal,
): Promise<void> {
  if (nameOrId === undefined) return
  const fault = platform.artifacts.fault()
  if (fault !== undefined) throw new EnvironmentError(`documents-artifact ${nameOrId}: ${fault}`)
  await platform.group('Download the documents', async () => {
    const artifact = await platform.artifacts.find(nameOrId, signal)
    const names = await platform.artifacts.downloadFiles(artifact, folder, signal)
    platform.log.info(names.join(' '))
  })
}
