import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { probeImage } from '../../../src/guestfs/index.ts'
import { InputError } from '../../../src/system/errors.ts'

const folder = mkdtempSync(join(tmpdir(), 'image-file-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, content: Uint8Array | string, size?: number): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  if (size !== undefined) truncateSync(path, size)
  return path
}

/** A raw disk with a GPT that ends at 4 MiB. */
function gpt(): Buffer {
  const bytes = Buffer.alloc(1024)
  bytes.write('EFI PART', 512, 'latin1')
  bytes.writeBigUInt64LE(8191n, 544)
  return bytes
}

test('a raw disk is as large as it says', async () => {
  const path = file('whole.raw', gpt(), 4 * 2 ** 20)
  expect(await probeImage(path)).toEqual({ path, format: 'raw', sizeBytes: 4 * 2 ** 20, virtualSizeBytes: 4 * 2 ** 20 })
})

test.each([
  ['missing', join(folder, 'nothing.qcow2'), 'there is no such file'],
  ['a folder', folder, 'it is a folder; name the image file in it'],
  ['a device', '/dev/null', 'it is not a regular file'],
  ['no image', file('text', 'hello\n'), 'it is not a disk image (6 bytes'],
  [
    'a truncated raw disk',
    file('cut.raw', gpt(), 2 ** 20),
    'it is truncated: its partition table or file system needs 4194304 bytes, it has 1048576',
  ],
])('%s is refused with the reason', async (_, path, reason) => {
  const refusal = await probeImage(path).catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(InputError)
  expect((refusal as Error).message).toContain(`image ${path} cannot be used: ${reason}`)
})
