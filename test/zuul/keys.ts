import { appendFileSync, chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { run } from '../../src/system/run.ts'
import type { Layout } from './settings.ts'

/** A private authority with a certificate for the server and one for its clients; ZooKeeper's takes a file with both. */
export async function makeCertificates(at: Layout): Promise<void> {
  const folder = dirname(at.authority)
  const authorityKey = join(folder, 'authority-key.pem')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2']
  const name = (common: string) => ['-subj', `/CN=${common}`]
  await run('openssl', [...request, ...name('Zuul test authority'), '-keyout', authorityKey, '-out', at.authority])
  const certify = async (certificate: string, key: string, common: string) => {
    const extensions = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-addext', 'basicConstraints=CA:FALSE']
    const by = ['-CA', at.authority, '-CAkey', authorityKey]
    await run('openssl', [...request, ...name(common), ...extensions, ...by, '-keyout', key, '-out', certificate])
  }
  await certify(at.client, at.clientKey, 'client')
  const serverKey = join(folder, 'server-key.pem')
  await certify(at.server, serverKey, 'localhost')
  appendFileSync(at.server, readFileSync(serverKey))
  chmodSync(at.server, 0o600)
}

/** The executor's key for the node and the node's own; gives the public half of the node's. */
export async function makeNodeKeys(at: Layout): Promise<string> {
  mkdirSync(at.node, { recursive: true })
  const make = (file: string) => run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file])
  await make(at.nodeKey)
  await make(join(at.node, 'host-key'))
  writeFileSync(join(at.node, 'authorized-keys'), readFileSync(`${at.nodeKey}.pub`))
  return readFileSync(join(at.node, 'host-key.pub'), 'utf8').trim()
}
