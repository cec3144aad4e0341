import { closeSync, ftruncateSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../system/run.ts'

const gibibyte = 1024 ** 3
/** How much larger than the image the guest's disk is: a flavour's root disk seldom has the image's size. */
export const extraBytes = 2 * gibibyte
const dataBytes = 2 * gibibyte

/** An overlay over the image, larger than it, and a blank data disk. Neither opens the image. */
export async function makeDisks(
  image: { readonly path: string; readonly format: 'qcow2' | 'raw'; readonly virtualSizeBytes: number },
  folder: string,
  signal?: AbortSignal,
): Promise<{ overlay: string; dataDisk: string; overlayBytes: number }> {
  const overlay = join(folder, 'overlay.qcow2')
  const dataDisk = join(folder, 'data.raw')
  const overlayBytes = image.virtualSizeBytes + extraBytes
  // -u: qemu-img writes the names down without opening the backing file; the size is ours.
  await run(
    'qemu-img',
    ['create', '-q', '-u', '-f', 'qcow2', '-F', image.format, '-b', image.path, overlay, String(overlayBytes)],
    { supervised: true, timeoutSeconds: 60, signal },
  )
  const descriptor = openSync(dataDisk, 'wx')
  ftruncateSync(descriptor, dataBytes)
  closeSync(descriptor)
  return { overlay, dataDisk, overlayBytes }
}
