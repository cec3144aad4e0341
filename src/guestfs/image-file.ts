import { closeSync, openSync, readSync, realpathSync, statSync } from 'node:fs'
import { InputError, ToolError } from '../system/errors.ts'
import { headerBytes, parseImageHeader } from './image-header.ts'
import { qemuImgOnForeign } from './qemu-img.ts'

/** A file that was found to be a whole, unencrypted disk image which names no other file. */
export interface ImageFile {
  /** Absolute, without symbolic links. */
  readonly path: string
  readonly format: 'qcow2' | 'raw'
  readonly sizeBytes: number
  readonly virtualSizeBytes: number
}

/**
 * Looks at a file of unknown origin without letting QEMU guess: what the header says is read by us, and only then does
 * qemu-img check the file under the format found.
 *
 * @throws InputError when it is missing, no image, truncated, encrypted, or leads to another file
 * @throws EnvironmentError when qemu-img is not installed
 */
export async function probeImage(path: string, signal?: AbortSignal): Promise<ImageFile> {
  const refuse = (reason: string): never => {
    throw new InputError(`image ${path} cannot be used: ${reason}`)
  }
  const { head, sizeBytes } = readHead(path, refuse)
  const header = parseImageHeader(head, sizeBytes)
  if (header.format === 'refused') return refuse(header.reason)
  const whole = realpathSync(path)
  if (header.format === 'raw') {
    if (sizeBytes < header.requiredBytes) {
      refuse(
        `it is truncated: its partition table or file system needs ${header.requiredBytes} bytes, it has ${sizeBytes}`,
      )
    }
    return { path: whole, format: 'raw', sizeBytes, virtualSizeBytes: sizeBytes }
  }
  try {
    await qemuImgOnForeign(['check', '-q', '-f', 'qcow2', '--', whole], {
      supervised: true,
      timeoutSeconds: 600,
      discardOutput: true,
      signal,
      allowedExitStatuses: [0, 3], // 3: leaked clusters, which are only wasted space
    })
  } catch (error) {
    if (!(error instanceof ToolError)) throw error
    if (error.exitStatus === null) throw error
    refuse(`it is truncated or damaged: qemu-img check found errors, the last of them\n${lastWords(error)}`)
  }
  return { path: whole, format: 'qcow2', sizeBytes, virtualSizeBytes: header.virtualSizeBytes }
}

/** A damaged image has as many complaints as clusters; two show of which kind they are. */
function lastWords(error: ToolError): string {
  const lines = error.message.split('\n').filter(line => line.trim() !== '')
  return lines.slice(-2).join('\n')
}

function readHead(path: string, refuse: (reason: string) => never): { head: Uint8Array; sizeBytes: number } {
  let descriptor: number | undefined
  try {
    const found = statSync(path)
    if (found.isDirectory()) return refuse('it is a folder; name the image file in it')
    if (!found.isFile()) return refuse('it is not a regular file')
    descriptor = openSync(path, 'r')
    const head = Buffer.alloc(headerBytes)
    const length = readSync(descriptor, head, 0, headerBytes, 0)
    return { head: head.subarray(0, length), sizeBytes: found.size }
  } catch (error) {
    if (error instanceof InputError) throw error
    const { code, message } = error as NodeJS.ErrnoException
    return refuse(code === 'ENOENT' ? 'there is no such file' : `it cannot be read: ${message}`)
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}
