import type { Fault } from './service.ts'

/** A cache entry; not found by anybody before it is finalised. */
interface CacheEntry {
  readonly key: string
  readonly version: string
  readonly blob: string
  finalised: boolean
}

interface ArtifactEntry {
  readonly id: number
  /** Of the run: it may be run again, and then has artifacts of the same name from before. */
  readonly attempt: number
  readonly run: string
  readonly job: string
  readonly name: string
  readonly blob: string
  readonly createdAt: string
  readonly expiresAt: string | undefined
  finalised: boolean
  sizeBytes: number
  digest: string
}

export interface Entries {
  readonly caches: CacheEntry[]
  readonly artifacts: ArtifactEntry[]
}

/** What a call works on. */
interface World {
  readonly entries: Entries
  readonly fault: Fault
  readonly attempt: number
  /** A name for bytes to come; `fileName` is what a download will be called. */
  newBlob(fileName: string): string
  urlOf(blob: string): string
  sizeBytes(blob: string): number | undefined
}

/** An answer that is not 200, in the form of Twirp. */
export class RpcFault extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

type Request = Readonly<Record<string, unknown>>
type Method = (request: Request, world: World) => unknown

const textOf = (request: Request, name: string) => String(request[name] ?? '')

/** Names and fields of the protocol: see results/api/v1 in the clients' generated code. Absent values are empty ones. */
export const rpcMethods: Readonly<Record<string, Method>> = {
  GetCacheEntryDownloadURL(request, { entries, urlOf }) {
    const wanted = [textOf(request, 'key'), ...((request.restore_keys as string[] | undefined) ?? [])]
    const known = entries.caches.filter(entry => entry.finalised && entry.version === request.version).toReversed()
    for (const key of wanted) {
      const entry = known.find(entry => entry.key === key) ?? known.find(entry => entry.key.startsWith(key))
      if (entry) return { ok: true, signed_download_url: urlOf(entry.blob), matched_key: entry.key }
    }
    return { ok: false }
  },

  CreateCacheEntry(request, { entries, fault, newBlob, urlOf }) {
    if (fault === 'write-denied') return { ok: false, message: 'cache write denied: the token is read-only' }
    if (fault === 'quota') throw new RpcFault(403, 'resource_exhausted', 'insufficient usage to create cache')
    const [key, version] = [textOf(request, 'key'), textOf(request, 'version')]
    if (entries.caches.some(entry => entry.key === key && entry.version === version)) {
      return { ok: false, message: `cache entry with the same key, version, and scope already exists` }
    }
    const blob = newBlob('cache.tzst')
    entries.caches.push({ key, version, blob, finalised: false })
    return { ok: true, signed_upload_url: urlOf(blob) }
  },

  FinalizeCacheEntryUpload(request, { entries, sizeBytes }) {
    const index = entries.caches.findIndex(
      entry => !entry.finalised && entry.key === request.key && entry.version === request.version,
    )
    const entry = entries.caches[index]
    if (entry === undefined || String(sizeBytes(entry.blob)) !== textOf(request, 'size_bytes')) {
      return { ok: false, message: 'the bytes that came are not as many' }
    }
    entry.finalised = true
    return { ok: true, entry_id: String(index + 1) }
  },

  CreateArtifact(request, { entries, fault, attempt, newBlob, urlOf }) {
    if (fault === 'quota') throw new RpcFault(403, 'resource_exhausted', 'insufficient usage to create artifact')
    if (fault === 'write-denied') throw new RpcFault(403, 'permission_denied', 'the token may not create artifacts')
    const [run, name] = [textOf(request, 'workflow_run_backend_id'), textOf(request, 'name')]
    if (entries.artifacts.some(entry => entry.attempt === attempt && entry.run === run && entry.name === name)) {
      throw new RpcFault(409, 'already_exists', 'an artifact with this name already exists on the workflow run')
    }
    const isFile = request.mime_type !== 'application/zip'
    const blob = newBlob(isFile ? name : `${name}.zip`)
    entries.artifacts.push({
      // A later attempt's number is not always the larger one (Systemorph/MeshWeaver#4303).
      id: 1001 + entries.artifacts.length - 100 * (attempt - 1),
      attempt,
      run,
      job: textOf(request, 'workflow_job_run_backend_id'),
      name,
      blob,
      createdAt: new Date().toISOString(),
      expiresAt: request.expires_at as string | undefined,
      finalised: false,
      sizeBytes: 0,
      digest: '',
    })
    return { ok: true, signed_upload_url: urlOf(blob) }
  },

  FinalizeArtifact(request, { entries, attempt, sizeBytes }) {
    const entry = entries.artifacts.find(
      entry =>
        entry.attempt === attempt && entry.run === request.workflow_run_backend_id && entry.name === request.name,
    )
    if (entry === undefined || String(sizeBytes(entry.blob)) !== textOf(request, 'size')) return { ok: false }
    entry.finalised = true
    entry.sizeBytes = Number(request.size)
    entry.digest = textOf(request, 'hash')
    return { ok: true, artifact_id: String(entry.id) }
  },

  ListArtifacts(request, { entries }) {
    const found = entries.artifacts.filter(
      entry =>
        entry.finalised &&
        entry.run === request.workflow_run_backend_id &&
        (request.name_filter === undefined || entry.name === request.name_filter) &&
        (request.id_filter === undefined || String(entry.id) === String(request.id_filter)),
    )
    return {
      artifacts: found.map(entry => ({
        workflow_run_backend_id: entry.run,
        workflow_job_run_backend_id: entry.job,
        database_id: String(entry.id),
        name: entry.name,
        size: String(entry.sizeBytes),
        created_at: entry.createdAt,
        digest: entry.digest,
      })),
    }
  },

  GetSignedArtifactURL(request, { entries, urlOf }) {
    const entry = entries.artifacts.find(
      entry =>
        entry.run === request.workflow_run_backend_id &&
        entry.job === request.workflow_job_run_backend_id &&
        entry.name === request.name,
    )
    if (entry === undefined) throw new RpcFault(404, 'not_found', `no such artifact: ${textOf(request, 'name')}`)
    return { signed_url: urlOf(entry.blob) }
  },

  DeleteArtifact(request, { entries }) {
    const index = entries.artifacts.findIndex(
      entry =>
        entry.run === request.workflow_run_backend_id &&
        entry.job === request.workflow_job_run_backend_id &&
        entry.name === request.name,
    )
    const [entry] = index < 0 ? [] : entries.artifacts.splice(index, 1)
    if (entry === undefined) throw new RpcFault(404, 'not_found', `no such artifact: ${textOf(request, 'name')}`)
    return { ok: true, artifact_id: String(entry.id) }
  },
}
