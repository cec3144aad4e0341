import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { qemuImgOnForeign } from '../guestfs/index.ts'
import { fileSystemBytes, lastPartition } from './root-growth.ts'

const mebibyte = 1024 ** 2

/**
 * Whether the guest's root file system has grown beyond the whole size of the image: read from the overlay's partition
 * table and superblock, after the guest went down. False also for a file system whose size we cannot read.
 */
export async function rootHasGrown(
  overlay: string,
  folder: string,
  sizes: { readonly imageBytes: number; readonly overlayBytes: number },
  signal?: AbortSignal,
): Promise<boolean> {
  const head = await readMebibyte(overlay, 0, join(folder, 'head.raw'), signal)
  const { startBytes } = lastPartition(head, sizes.overlayBytes)
  const start =
    startBytes === 0 ? head : await readMebibyte(overlay, startBytes, join(folder, 'superblock.raw'), signal)
  return (fileSystemBytes(start) ?? 0) > sizes.imageBytes
}

/** Whether the data disk, a raw file of ours, carries a file system: the agent formats it as ext4 or XFS. */
export function isFormatted(dataDisk: string): boolean {
  const head = Buffer.alloc(4096)
  const descriptor = openSync(dataDisk, 'r')
  try {
    readSync(descriptor, head, 0, head.length, 0)
  } finally {
    closeSync(descriptor)
  }
  return fileSystemBytes(head) !== undefined
}

/**
 * qemu-img reads a qcow2 file without loop devices, mounts or an appliance. Not by `qemu-img dd`: what its `count` means
 * together with `skip` differs between versions.
 */
async function readMebibyte(overlay: string, at: number, to: string, signal?: AbortSignal): Promise<Buffer> {
  const file = overlay.replaceAll(',', ',,')
  const window = `driver=raw,offset=${at},size=${mebibyte}`
  const source = `${window},file.driver=qcow2,file.file.driver=file,file.file.filename=${file}`
  await qemuImgOnForeign(['convert', '-O', 'raw', '--image-opts', source, to], {
    supervised: true,
    timeoutSeconds: 120,
    signal,
  })
  return readFileSync(to)
}
