import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { mkdir, mkdtemp } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Artifact, Artifacts, ArtifactUpload } from '../platform.ts'
import { sparingMemory } from '../system/buffer-memory.ts'
import { asError, EnvironmentError, InputError } from '../system/errors.ts'
import { forget, recordFolder } from '../system/journal.ts'
import { artifactsFault, isDuplicate, uploadFault } from './github-artifact-faults.ts'

/**
 * Blocks of 8 MiB that are sent at the same time; the client's own limit grows with the processors, up to 300. One more costs
 * 8 MiB, on top of some 50 that the client has between the file and the first block, and on loopback gains nothing.
 */
const parallelBlocks = 1
const downloadTries = 3

/** Artifacts of the running workflow. The only file that knows @actions/artifact. */
export class GithubArtifacts implements Artifacts {
  readonly isKnown = true

  fault(): string | undefined {
    return artifactsFault(process.env)
  }

  async upload(upload: ArtifactUpload, signal: AbortSignal): Promise<Artifact> {
    this.#require()
    // The client can only be told by this variable, and reads it at each upload.
    process.env.ACTIONS_ARTIFACT_UPLOAD_CONCURRENCY = String(parallelBlocks)
    const name = 'file' in upload ? basename(upload.file) : upload.name
    const { retentionDays } = upload
    const retention = retentionDays === 0 ? {} : { retentionDays }
    const client = await openClient()
    const attempt = () =>
      untilAborted(
        signal,
        'file' in upload
          ? client.uploadArtifact(name, [upload.file], dirname(upload.file), { skipArchive: true, ...retention })
          : client.uploadArtifact(
              name,
              upload.files.map(file => join(upload.folder, file)),
              upload.folder,
              retention,
            ),
      )
    let answer: { id?: number; size?: number; digest?: string }
    try {
      answer = await sparingMemory(() =>
        attempt().catch(async error => {
          if (signal.aborted || 'file' in upload || !isDuplicate(asError(error))) throw error
          await client.deleteArtifact(name)
          return attempt()
        }),
      )
    } catch (error) {
      signal.throwIfAborted()
      if ('file' in upload && isDuplicate(asError(error))) return this.#alreadyThere(name, upload.sha256, signal)
      throw uploadFault(name, asError(error))
    }
    const { id, size = 0, digest = '' } = answer
    if (id === undefined) throw new EnvironmentError(`artifact ${name} was not uploaded: the service gave it no number`)
    if ('file' in upload && digest !== upload.sha256) {
      throw new EnvironmentError(
        `artifact ${name} has sha256 ${digest}, the file had ${upload.sha256}: it was changed while it was uploaded`,
      )
    }
    return { id, name, sizeBytes: size, sha256: digest }
  }

  async find(nameOrId: string, signal: AbortSignal, sha256?: string): Promise<Artifact> {
    this.#require()
    const all = await this.#list(signal)
    const found = chooseArtifact(all, nameOrId, sha256)
    if (found !== undefined) return found
    const there = all.length === 0 ? 'has none' : `has ${all.map(({ name, id }) => `${name} (${id})`).join(', ')}`
    throw new InputError(`this workflow run has no artifact "${nameOrId}"; it ${there}`)
  }

  async download(artifact: Artifact, folder: string, signal: AbortSignal): Promise<string> {
    return this.#downloadTo(artifact, folder, signal, landing => settle(artifact, landing, folder))
  }

  async downloadFiles(artifact: Artifact, folder: string, signal: AbortSignal): Promise<string[]> {
    return this.#downloadTo(artifact, folder, signal, landing => settleFiles(artifact, landing, folder))
  }

  /** Lets the bytes arrive beside their place, and has them settled when they are whole. */
  async #downloadTo<Settled>(
    artifact: Artifact,
    folder: string,
    signal: AbortSignal,
    settled: (landing: string) => Settled,
  ): Promise<Settled> {
    this.#require()
    await mkdir(folder, { recursive: true })
    const faults: string[] = []
    for (let round = 0; round < downloadTries; round++) {
      const landing = await mkdtemp(join(folder, '.download.'))
      recordFolder(landing)
      try {
        const client = await openClient()
        const expectedHash = `sha256:${artifact.sha256}`
        const { digestMismatch } = await sparingMemory(() =>
          untilAborted(signal, client.downloadArtifact(artifact.id, { path: landing, expectedHash })),
        )
        if (!digestMismatch) return settled(landing)
        faults.push(`the bytes that arrived do not have sha256 ${artifact.sha256}`)
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof InputError) throw error
        faults.push(asError(error).message)
      } finally {
        rmSync(landing, { recursive: true, force: true })
        forget({ kind: 'folder', path: landing })
      }
    }
    throw new EnvironmentError(
      `artifact ${artifact.name} (${artifact.id}) could not be downloaded whole in ${downloadTries} tries: ${faults.at(-1)}`,
    )
  }

  #require(): void {
    const fault = this.fault()
    if (fault !== undefined) throw new EnvironmentError(fault)
  }

  /** Of all attempts of this run. The client's own "latest" goes by the number, which of a later attempt may be the smaller one. */
  async #list(signal: AbortSignal): Promise<ListedArtifact[]> {
    const client = await openClient()
    const { artifacts } = await untilAborted(signal, client.listArtifacts()).catch(error => {
      signal.throwIfAborted()
      throw new EnvironmentError(`the artifacts of this run cannot be listed: ${asError(error).message}`)
    })
    return artifacts.map(({ id, name, size, createdAt, digest = '' }) => ({
      id,
      name,
      sizeBytes: size,
      createdMilliseconds: createdAt?.getTime() ?? 0,
      sha256: digest.replace(/^sha256:/, ''),
    }))
  }

  /** A step that runs again, or another job with the same bytes, has uploaded it: that is no fault. */
  async #alreadyThere(name: string, sha256: string, signal: AbortSignal): Promise<Artifact> {
    const there = chooseArtifact(await this.#list(signal), name, sha256)
    if (there?.sha256 === sha256) return there
    throw new InputError(
      `this workflow run already has an artifact "${name}" with other content: another job or step publishes under the ` +
        'same name. The name is that of the image file: give the recipes different names or architectures',
    )
  }
}

export interface ListedArtifact extends Artifact {
  /** Since 1970; 0 when the service does not say. */
  readonly createdMilliseconds: number
}

/** Pure; see {@link Artifacts.find}. */
export function chooseArtifact(
  all: readonly ListedArtifact[],
  nameOrId: string,
  sha256?: string,
): ListedArtifact | undefined {
  const byId = all.find(({ id }) => String(id) === nameOrId)
  if (byId !== undefined) return byId
  const newestFirst = all
    .filter(({ name }) => name === nameOrId)
    .toSorted((left, right) => right.createdMilliseconds - left.createdMilliseconds || right.id - left.id)
  return newestFirst.find(artifact => artifact.sha256 === sha256) ?? newestFirst[0]
}

/** Loaded when it is needed: it is as large as all the rest of the project. */
async function openClient() {
  const { DefaultArtifactClient } = await import('@actions/artifact')
  return new DefaultArtifactClient()
}

/** The client knows no abort; what it still does ends with the process. */
async function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  signal.throwIfAborted()
  const { promise, reject } = Promise.withResolvers<never>()
  const stop = () => reject(asError(signal.reason))
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([work, promise])
  } finally {
    signal.removeEventListener('abort', stop)
    work.catch(() => undefined)
  }
}

/** The one file of a download goes to its place under its own name. */
function settle(artifact: Artifact, landing: string, folder: string): string {
  const files = readdirSync(landing)
  const [name] = files
  if (name === undefined || files.length > 1 || !statSync(join(landing, name)).isFile()) {
    throw new InputError(
      `artifact ${artifact.name} holds ${files.length} files (${files.slice(0, 5).join(', ')}); an image is uploaded as one file`,
    )
  }
  const place = join(folder, name)
  if (existsSync(place)) rmSync(place)
  renameSync(join(landing, name), place)
  return place
}

/** The files of an archive go to the folder, except where it has one of that name: that one is newer. */
function settleFiles(artifact: Artifact, landing: string, folder: string): string[] {
  const entries = readdirSync(landing, { withFileTypes: true })
  const strange = entries.find(entry => !entry.isFile())
  if (strange !== undefined) {
    throw new InputError(
      `artifact ${artifact.name} holds ${strange.name}, which is no file: it has other things than documents`,
    )
  }
  const names = entries.map(entry => entry.name).toSorted()
  for (const name of names.filter(name => !existsSync(join(folder, name)))) {
    renameSync(join(landing, name), join(folder, name))
  }
  return names
}
