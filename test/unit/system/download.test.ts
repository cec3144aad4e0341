import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { DownloadError, download } from '../../../src/system/download.ts'
import { InterruptedError } from '../../../src/system/errors.ts'

let server: Server
let base = ''
let requests = 0
let answer: (response: ServerResponse, request: number) => void = response => response.end()

beforeAll(async () => {
  server = createServer((_, response) => answer(response, ++requests))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.closeAllConnections())
beforeEach(() => {
  requests = 0
})

const quick = { pauseSeconds: 0.01 }
const status = (code: number) => (response: ServerResponse) => response.writeHead(code).end('no')

describe('a download', () => {
  test('comes whole', async () => {
    answer = response => response.end('content')
    expect(new TextDecoder().decode(await download(`${base}/a`, quick))).toBe('content')
  })

  test('is tried again when the server has a moment of weakness', async () => {
    answer = (response, request) => (request < 3 ? status(503)(response) : response.end('late'))
    expect(new TextDecoder().decode(await download(`${base}/a`, quick))).toBe('late')
    expect(requests).toBe(3)
  })

  test.each([
    ['404 at once', status(404), {}, 'HTTP 404 Not Found', 404, 1],
    ['403 at once', status(403), {}, 'HTTP 403 Forbidden', 403, 1],
    ['500 after three tries', status(500), {}, 'HTTP 500 Internal Server Error (3 tries)', 500, 3],
    ['silence', () => undefined, { timeoutSeconds: 0.2, tries: 2 }, 'no answer within 0.2 s (2 tries)', undefined, 2],
    [
      'an answer that never ends',
      (response: ServerResponse) => response.writeHead(200).end('x'.repeat(2000)),
      { maxBytes: 1000 },
      'the answer is larger than 1000 bytes',
      200,
      1,
    ],
    [
      'a connection that breaks off',
      (response: ServerResponse) => {
        response.writeHead(200, { 'content-length': '1000' }).write('part')
        setTimeout(() => response.destroy(), 20)
      },
      { tries: 1 },
      expect.stringMatching(/\(1 tries\)|closed|terminated/),
      undefined,
      1,
    ],
  ])('fails with %s', async (_, reply, options, reason, httpStatus, count) => {
    answer = reply
    const error: unknown = await download(`${base}/a`, { ...quick, ...options }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(DownloadError)
    const failure = error as DownloadError
    expect([failure.reason, failure.httpStatus, failure.url, requests]).toEqual([
      reason,
      httpStatus,
      `${base}/a`,
      count,
    ])
  })

  test('of a host that does not listen names the reason', async () => {
    const error: unknown = await download('http://127.0.0.1:1/a', { ...quick, tries: 1 }).catch(
      (thrown: unknown) => thrown,
    )
    expect((error as Error).message).toMatch(/^http:\/\/127\.0\.0\.1:1\/a cannot be fetched: .+/)
  })

  test('ends when it is interrupted', async () => {
    answer = () => undefined
    const abort = new AbortController()
    setTimeout(() => abort.abort(new InterruptedError('SIGINT')), 50)
    await expect(download(`${base}/a`, { signal: abort.signal })).rejects.toEqual(new InterruptedError('SIGINT'))
    expect(requests).toBe(1)
  })
})
