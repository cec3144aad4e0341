import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'

/**
 * Trove's encryption of messages between the control plane and one guest: AES-256-CBC under the 32 hexadecimal digits of
 * the key's MD5, the initialisation vector in front, base64 around it all. Source: trove/common/crypto_utils.py.
 */
export function encryptForGuest(text: string, key: string, vector: Uint8Array = randomBytes(16)): string {
  const cipher = createCipheriv('aes-256-cbc', cipherKey(key), vector)
  return Buffer.concat([vector, cipher.update(text, 'utf8'), cipher.final()]).toString('base64')
}

/** @throws when the text is not base64 of something encrypted under the key */
export function decryptFromGuest(text: string, key: string): string {
  const bytes = Buffer.from(text, 'base64')
  const decipher = createDecipheriv('aes-256-cbc', cipherKey(key), bytes.subarray(0, 16))
  return Buffer.concat([decipher.update(bytes.subarray(16)), decipher.final()]).toString('utf8')
}

/**
 * Opens what a guest sent: an argument or a result is the encrypted text itself, and towards the conductor it is wrapped
 * in `{"entity": ..., "csz-instance-id": ...}` (trove/common/rpc/conductor_host_serializer.py). What is not encrypted
 * comes back as it is.
 */
export function openEntity(entity: unknown, key: string): unknown {
  if (typeof entity !== 'string') return entity
  try {
    const wrapped: unknown = entity.startsWith('{') ? JSON.parse(entity) : undefined
    const inner = isRecord(wrapped) && typeof wrapped.entity === 'string' ? wrapped.entity : entity
    return JSON.parse(decryptFromGuest(inner, key))
  } catch {
    return entity
  }
}

function cipherKey(key: string): string {
  return createHash('md5').update(key).digest('hex')
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
