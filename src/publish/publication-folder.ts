import { randomBytes } from 'node:crypto'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { sha256 } from '../system/documents.ts'
import { EnvironmentError, InputError } from '../system/errors.ts'
import { sha256OfFile } from '../system/hash.ts'
import { forget, recordFile } from '../system/journal.ts'
import { freeBytes } from '../system/space.ts'
import { type Checksum, formatChecksums } from './checksums.ts'
import { copyImage } from './image-copy.ts'
import { type ProofLevel, type Publication, publicationSchema } from './publication.ts'

/** What is to be published, all of it decided beforehand. */
export interface PublicationRequest {
  /** The image file; its own name is kept. */
  readonly image: string
  /** Digest of the bytes that were inspected and booted. */
  readonly imageSha256: string
  readonly folder: string
  readonly recipe: string | null
  readonly level: ProofLevel
  readonly allowed: readonly string[]
  /** Documents to publish under their name, from where they lie. */
  readonly documents: readonly { readonly name: string; readonly path: string }[]
  /** The text of report.md. */
  readonly report: string
  readonly publishedAt: Date
}

export type PublishEvent =
  | { readonly kind: 'copying'; readonly bytes: number; readonly totalBytes: number }
  | { readonly kind: 'verifying'; readonly name: string }
  /** A file of the folder's earlier publication that this one does not cover and that was left alone. */
  | { readonly kind: 'left'; readonly name: string }

interface Staged extends Checksum {
  /** Where the content waits; undefined when it already lies in its place. */
  readonly waiting?: string
}

const publicationName = 'publication.json'

/**
 * Publishes an image into a folder: the image, its documents, report.md, SHA256SUMS, and last of all publication.json. All
 * content waits under temporary names until the bytes are known to be the tested ones; what then follows are renames
 * within the folder, without a point at which they could be interrupted but by SIGKILL, and that leaves no publication.json.
 *
 * @throws EnvironmentError when the folder cannot be written or the bytes are not the tested ones
 */
export async function publishToFolder(
  request: PublicationRequest,
  onEvent: (event: PublishEvent) => void,
  signal?: AbortSignal,
): Promise<Publication> {
  return wordFaults(request.folder, async () => {
    const folder = prepareFolder(request)
    const image = await stageImage(request, folder, onEvent, signal)
    const documents = request.documents.map(document => stageDocument(document, folder))
    const covered = [image, ...documents, stageText('report.md', request.report, folder)]
    const files = [...covered, stageText('SHA256SUMS', formatChecksums(covered), folder)]
    const publication: Publication = {
      schemaVersion: 1,
      publishedAt: request.publishedAt.toISOString(),
      recipe: request.recipe,
      level: request.level,
      allowed: [...request.allowed],
      image: { name: image.name, sha256: image.sha256, sizeBytes: statSync(image.waiting ?? request.image).size },
      files: files.map(({ name, sha256: digest }) => ({ name, sha256: digest })),
    }
    const text = `${JSON.stringify(publicationSchema.parse(publication), null, 2)}\n`
    const superseded = await supersededFiles(publication, folder, signal)
    commit(files, stageText(publicationName, text, folder), superseded.documents, folder)
    for (const name of superseded.images) onEvent({ kind: 'left', name })
    return publication
  })
}

function prepareFolder({ folder, image }: PublicationRequest): string {
  try {
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    throw new InputError(`output ${folder} cannot be made or is no folder: ${(error as Error).message}`)
  }
  const whole = realpathSync(folder)
  const place = join(whole, basename(image))
  if (existsSync(place) && lstatSync(place).isDirectory()) {
    throw new InputError(`output ${folder} has a folder where the image belongs: ${place}; name another output`)
  }
  return whole
}

async function stageImage(
  { image, imageSha256 }: PublicationRequest,
  folder: string,
  onEvent: (event: PublishEvent) => void,
  signal?: AbortSignal,
): Promise<Staged> {
  const name = basename(image)
  let waiting: string | undefined
  if (dirname(realpathSync(image)) !== folder) {
    const { size, blocks } = statSync(image)
    requireSpace(folder, Math.min(size, blocks * 512))
    waiting = waitingPath(name, folder)
    const onBytes = (bytes: number) => onEvent({ kind: 'copying', bytes, totalBytes: size })
    await copyImage(image, waiting, { signal, onBytes })
  }
  onEvent({ kind: 'verifying', name })
  // Read again from where it will stay: this, and not what was read before, is what others will download.
  const digest = await sha256OfFile(waiting ?? image, signal)
  if (digest !== imageSha256) {
    throw new EnvironmentError(
      `${name} was not published: its bytes in ${folder} have sha256 ${digest}, those tested had ${imageSha256}. ` +
        'The file was changed meanwhile, or the disk returns other bytes than were written; inspect and smoke-test it again.',
    )
  }
  return { name, sha256: digest, ...(waiting === undefined ? {} : { waiting }) }
}

function stageDocument({ name, path }: { name: string; path: string }, folder: string): Staged {
  const content = readFileSync(path)
  if (realpathSync(path) === join(folder, name)) return { name, sha256: sha256(content) }
  return stageText(name, content, folder)
}

function stageText(name: string, content: string | Uint8Array, folder: string): Required<Staged> {
  const waiting = waitingPath(name, folder)
  writeFileSync(waiting, content, { flush: true })
  return { name, sha256: sha256(content), waiting }
}

/** A new name in the folder itself, so that the rename stays within one file system; journalled before it is used. */
function waitingPath(name: string, folder: string): string {
  const path = join(folder, `.${name}.${randomBytes(4).toString('hex')}.new`)
  recordFile(path)
  return path
}

function commit(files: readonly Staged[], last: Required<Staged>, superseded: readonly string[], folder: string): void {
  rmSync(join(folder, publicationName), { force: true })
  for (const name of superseded) rmSync(join(folder, name), { force: true })
  for (const { name, waiting } of [...files, last]) {
    if (waiting !== undefined) renameSync(waiting, join(folder, name))
  }
  for (const { waiting } of [...files, last]) {
    if (waiting !== undefined) forget({ kind: 'file', path: waiting })
  }
}

function readEarlier(folder: string): Publication | undefined {
  try {
    return publicationSchema.parse(JSON.parse(readFileSync(join(folder, publicationName), 'utf8')))
  } catch {
    return undefined // none, or one that nobody can rely on any more
  }
}

/**
 * Files of the folder's earlier publication that the new one does not have. Documents go, when they still are what was
 * published then: beside another image they would be read as its proof. An image is never removed.
 */
async function supersededFiles(
  publication: Publication,
  folder: string,
  signal?: AbortSignal,
): Promise<{ documents: string[]; images: string[] }> {
  const earlier = readEarlier(folder)
  const documents: string[] = []
  const images: string[] = []
  for (const { name, sha256: digest } of earlier?.files ?? []) {
    const path = join(folder, name)
    // A name with a slash never comes from us.
    if (publication.files.some(file => file.name === name) || basename(name) !== name || !existsSync(path)) continue
    if (name === earlier?.image.name) images.push(name)
    else if ((await sha256OfFile(path, signal)) === digest) documents.push(name)
  }
  return { documents, images }
}

function requireSpace(folder: string, bytes: number): void {
  const free = freeBytes(folder)
  if (free >= bytes) return
  const mebibytes = (count: number) => `${Math.ceil(count / 1024 ** 2)} MiB`
  throw new EnvironmentError(
    `${folder} has ${mebibytes(free)} free, and the image needs ${mebibytes(bytes)}: free some space, name another ` +
      "output, or publish into the image's own folder, which copies nothing",
  )
}

const causes: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'it is mounted read-only',
  EIO: 'the disk reports an error',
}

async function wordFaults<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    const cause = causes[code]
    if (cause === undefined) throw error
    throw new EnvironmentError(`output ${folder} cannot be written: ${cause} (${message})`, { cause: error })
  }
}
