import { writeFileSync } from 'node:fs'

/**
 * A program for QEMU's guestfwd: it carries one connection of the guest, which it finds on its standard input, to one
 * address of the host. Node runs it, so that neither socat nor netcat is needed.
 */
const program = `const { connect, Socket } = require('node:net')
const guest = new Socket({ fd: 0, readable: true, writable: true })
const host = connect({ host: process.argv[2], port: Number(process.argv[3]), noDelay: true })
for (const [from, to] of [[guest, host], [host, guest]]) {
  from.on('error', () => process.exit(0))
  from.on('close', () => process.exit(0))
  from.pipe(to)
}
`

/** Writes the program and gives the command that QEMU runs for each connection. */
export function relayCommand(file: string, target: { readonly host: string; readonly port: number }): string[] {
  writeFileSync(file, program)
  return [process.execPath, file, target.host, String(target.port)]
}
