import { setGlobalProxyFromEnv } from 'node:http'
import { EnvironmentError, InterruptedError } from './errors.ts'

/** Limits of a download. */
export interface DownloadOptions {
  readonly signal?: AbortSignal | undefined
  /** For one try, from the connection to the last byte; default 30. */
  readonly timeoutSeconds?: number
  /** Default 3; only what may pass by itself is tried again: no answer, 429, 5xx. */
  readonly tries?: number
  /** Pause before the second try, doubled before the third; default 1. */
  readonly pauseSeconds?: number
  /** An answer beyond it is refused; default 32 MiB. */
  readonly maxBytes?: number
}

/** A download that failed, with the HTTP status when the server did answer. */
export class DownloadError extends EnvironmentError {
  readonly url: string
  readonly httpStatus: number | undefined
  /** Without the URL. */
  readonly reason: string

  constructor(url: string, reason: string, httpStatus?: number) {
    super(`${url} cannot be fetched: ${reason}`)
    this.url = url
    this.reason = reason
    this.httpStatus = httpStatus
  }
}

let proxyIsSet = false

/**
 * Fetches a small document whole. Honours http_proxy, https_proxy and no_proxy.
 *
 * @throws DownloadError after the last try
 * @throws InterruptedError when `signal` aborts
 */
export async function download(url: string, options: DownloadOptions = {}): Promise<Uint8Array> {
  if (!proxyIsSet) {
    // Node's fetch ignores the proxy variables unless told; curl, apt and debootstrap honour them.
    setGlobalProxyFromEnv()
    proxyIsSet = true
  }
  const tries = options.tries ?? 3
  for (let attempt = 1; ; attempt++) {
    try {
      return await downloadOnce(url, options)
    } catch (error) {
      throwIfInterrupted(options.signal)
      const failure = error instanceof DownloadError ? error : new DownloadError(url, reasonOf(error, options))
      const passing = failure.httpStatus === undefined || failure.httpStatus === 429 || failure.httpStatus >= 500
      if (!passing) throw failure
      if (attempt >= tries) throw new DownloadError(url, `${failure.reason} (${tries} tries)`, failure.httpStatus)
    }
    await pause((options.pauseSeconds ?? 1) * 2 ** (attempt - 1), options.signal)
    throwIfInterrupted(options.signal)
  }
}

async function downloadOnce(url: string, options: DownloadOptions): Promise<Uint8Array> {
  const limit = AbortSignal.timeout((options.timeoutSeconds ?? 30) * 1000)
  const signal = options.signal ? AbortSignal.any([limit, options.signal]) : limit
  const response = await fetch(url, { signal, headers: { 'cache-control': 'no-cache' } })
  if (!response.ok) {
    await response.body?.cancel()
    throw new DownloadError(url, `HTTP ${response.status} ${response.statusText}`.trim(), response.status)
  }
  const chunks: Uint8Array[] = []
  let size = 0
  const maxBytes = options.maxBytes ?? 32 * 1024 ** 2
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > maxBytes) throw new DownloadError(url, `the answer is larger than ${maxBytes} bytes`, response.status)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function reasonOf(error: unknown, options: DownloadOptions): string {
  if (error instanceof Error && error.name === 'TimeoutError')
    return `no answer within ${options.timeoutSeconds ?? 30} s`
  // fetch says "fetch failed"; what happened stands in the cause.
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? cause.message || ((cause as NodeJS.ErrnoException).code ?? cause.name) : String(cause)
}

function throwIfInterrupted(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return
  throw signal.reason instanceof InterruptedError ? signal.reason : new InterruptedError('SIGTERM')
}

function pause(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, seconds * 1000)
    const stop = () => {
      clearTimeout(timer)
      resolve()
    }
    signal?.addEventListener('abort', stop, { once: true })
  })
}
