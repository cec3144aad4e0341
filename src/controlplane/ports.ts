import { createServer } from 'node:net'

/** Free TCP ports on loopback: bound all at once, so that they differ, and released just before they are used. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  try {
    return await Promise.all(
      servers.map(
        server =>
          new Promise<number>((resolve, reject) => {
            server.once('error', reject)
            server.listen(0, '127.0.0.1', () => {
              const address = server.address()
              if (typeof address === 'object' && address !== null) resolve(address.port)
              else reject(new Error('a TCP server without a port'))
            })
          }),
      ),
    )
  } finally {
    await Promise.all(servers.map(server => new Promise<void>(resolve => server.close(() => resolve()))))
  }
}
