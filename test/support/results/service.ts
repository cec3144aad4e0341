import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { BlobStore } from './blob-store.ts'
import { type Entries, RpcFault, rpcMethods } from './rpc.ts'

/**
 * What is wrong with the service: every answer is 503 (`down`); no room for anything (`quota`); the token may not write
 * (`write-denied`); each download has a byte changed (`corrupt`) or ends early although the length that is announced fits
 * (`short`).
 */
export type Fault = 'none' | 'down' | 'quota' | 'write-denied' | 'corrupt' | 'short'

/** A request as it was answered. */
export interface RecordedRequest {
  /** `CreateArtifact`, or of a blob `PUT block`, `PUT blocklist`, `PUT blob`, `GET blob`, `HEAD blob`. */
  readonly what: string
  readonly status: number
  /** Of a call: what was asked for. */
  readonly request?: Readonly<Record<string, unknown>>
  readonly authorized: boolean
}

/**
 * A double of GitHub's Results service: caches (service version 2) and artifacts, over the protocol that the clients
 * @actions/cache and @actions/artifact speak. Bodies go to files below a folder and are never held in memory.
 */
export class ResultsService {
  /** What happened so far, in order. */
  readonly requests: RecordedRequest[] = []
  fault: Fault = 'none'
  readonly #server: Server
  readonly #blobs: BlobStore
  readonly #entries: Entries = { caches: [], artifacts: [] }
  readonly #names = new Map<string, string>()
  #attempt = 1

  private constructor(folder: string) {
    this.#blobs = new BlobStore(folder)
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(error => {
        // A request without an answer would keep the client waiting for minutes.
        if (!response.headersSent) answerJson(response, 500, { code: 'internal', msg: String(error) })
        else response.destroy()
      })
    })
    // A slow disk must not look like a slow client.
    this.#server.requestTimeout = 0
  }

  /** Starts on 127.0.0.1; port 0 takes a free one. */
  static async start(folder: string, port = 0): Promise<ResultsService> {
    const service = new ResultsService(folder)
    await new Promise<void>((resolve, reject) => {
      service.#server.once('error', reject)
      service.#server.listen(port, '127.0.0.1', resolve)
    })
    return service
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`
  }

  /** The variables by which the runner tells a node action of the service. */
  environment(): Record<string, string> {
    return {
      ACTIONS_RESULTS_URL: this.url,
      ACTIONS_RUNTIME_TOKEN: runtimeToken('run-1', `job-${this.#attempt}`),
      ACTIONS_CACHE_SERVICE_V2: 'True',
    }
  }

  /** The names of the calls so far, without the blobs. */
  calls(): string[] {
    return this.requests.filter(({ request }) => request !== undefined).map(({ what }) => what)
  }

  /** The files with the bytes of every cache entry: a test may change them. */
  cacheFiles(): string[] {
    return this.#entries.caches.flatMap(({ blob }) => this.#blobs.filesOf(blob))
  }

  /** The files with the bytes of every artifact, by its name. */
  artifactFiles(): Record<string, readonly string[]> {
    return Object.fromEntries(this.#entries.artifacts.map(({ name, blob }) => [name, this.#blobs.filesOf(blob)]))
  }

  /** From now on the run's jobs are run again: what they uploaded before stays, and its names may be taken again. */
  runAgain(): void {
    this.#attempt += 1
  }

  /** Forgets what was recorded and stored, and mends the fault. */
  reset(): void {
    this.mend()
    this.#attempt = 1
    this.#entries.caches.length = 0
    this.#entries.artifacts.length = 0
  }

  /** Forgets what was recorded, keeps what was stored, and mends the fault. */
  mend(): void {
    this.requests.length = 0
    this.fault = 'none'
  }

  /** Ends every connection and removes what was stored. */
  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
    this.#blobs.remove()
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(String(request.url), this.url)
    const method = /^\/twirp\/github\.actions\.results\.api\.v1\.(?:Cache|Artifact)Service\/(\w+)$/.exec(
      url.pathname,
    )?.[1]
    const blob = /^\/blob\/(\w+)$/.exec(url.pathname)?.[1]
    const authorized = request.headers.authorization?.startsWith('Bearer ') === true
    if (method !== undefined && request.method === 'POST') {
      const asked = JSON.parse((await text(request)) || '{}') as Record<string, unknown>
      const [status, answer] = this.#call(method, asked, authorized)
      this.requests.push({ what: method, status, request: asked, authorized })
      answerJson(response, status, answer)
    } else if (blob !== undefined) {
      const what = await this.#answerBlob(blob, url, request, response)
      this.requests.push({ what, status: response.statusCode, authorized })
    } else {
      request.resume()
      this.requests.push({ what: `${request.method} ${url.pathname}`, status: 404, authorized })
      answerJson(response, 404, { code: 'bad_route', msg: `no such path: ${url.pathname}` })
    }
  }

  #call(name: string, asked: Record<string, unknown>, authorized: boolean): [number, unknown] {
    if (this.fault === 'down') return [503, { code: 'unavailable', msg: 'the service is down' }]
    if (!authorized) return [401, { code: 'unauthenticated', msg: 'no bearer token' }]
    const method = rpcMethods[name]
    if (method === undefined) return [404, { code: 'bad_route', msg: `no such method: ${name}` }]
    try {
      const answer = method(asked, {
        entries: this.#entries,
        fault: this.fault,
        attempt: this.#attempt,
        newBlob: fileName => {
          const id = randomBytes(8).toString('hex')
          this.#names.set(id, fileName)
          return id
        },
        // The client hides the value of sig in its log: it is another one each time.
        urlOf: id => `${this.url}blob/${id}?sig=${randomBytes(12).toString('hex')}`,
        sizeBytes: id => this.#blobs.sizeBytes(id),
      })
      return [200, answer]
    } catch (error) {
      if (error instanceof RpcFault) return [error.status, { code: error.code, msg: error.message }]
      throw error
    }
  }

  async #answerBlob(blob: string, url: URL, request: IncomingMessage, response: ServerResponse): Promise<string> {
    if (request.method === 'PUT') {
      const part = url.searchParams.get('comp') ?? 'blob'
      let known = true
      if (part === 'block') await this.#blobs.putBlock(blob, url.searchParams.get('blockid') ?? '', request)
      else if (part === 'blocklist') known = this.#blobs.commit(blob, blocksOf(await text(request)))
      else await this.#blobs.put(blob, request)
      response.writeHead(known ? 201 : 400, {
        etag: `"${blob}"`,
        'last-modified': new Date().toUTCString(),
        'x-ms-request-id': randomBytes(8).toString('hex'),
        'x-ms-version': '2025-01-05',
        'x-ms-request-server-encrypted': 'true',
      })
      response.end()
      return `PUT ${part}`
    }
    const what = `${request.method} blob`
    const sizeBytes = this.#blobs.sizeBytes(blob)
    if (sizeBytes === undefined) {
      answerJson(response, 404, { code: 'not_found', msg: `no such blob: ${blob}` })
      return what
    }
    const length = this.fault === 'short' ? Math.floor(sizeBytes / 2) : sizeBytes
    response.writeHead(200, {
      'content-length': String(length),
      'content-type': (await this.#blobs.start(blob)) === 'PK' ? 'application/zip' : 'application/octet-stream',
      'content-disposition': `attachment; filename="${this.#names.get(blob)}"`,
    })
    if (request.method !== 'HEAD') await this.#send(blob, length, response)
    response.end()
    return what
  }

  async #send(blob: string, length: number, response: ServerResponse): Promise<void> {
    let sent = 0
    for await (const chunk of this.#blobs.read(blob)) {
      const part = chunk.subarray(0, length - sent)
      if (this.fault === 'corrupt' && sent === 0) part[part.length >> 1] = (part[part.length >> 1] ?? 0) ^ 0xff
      sent += part.length
      if (!response.write(part)) await new Promise(resolve => response.once('drain', resolve))
      if (sent >= length) return
    }
  }
}

/** A token as the runner gives it: the clients decode it and look for the scope, nobody checks the signature. */
export function runtimeToken(run = 'run-1', job = 'job-1'): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none' })}.${part({ scp: `Actions.Example Actions.Results:${run}:${job}` })}.unsigned`
}

function blocksOf(list: string): string[] {
  return [...list.matchAll(/<Latest>([^<]*)<\/Latest>/g)].map(match => String(match[1]))
}

function answerJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(value))
}
