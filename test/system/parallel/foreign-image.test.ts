import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { probeImage } from '../../../src/guestfs/index.ts'
import { rootHasGrown } from '../../../src/vm/disk-look.ts'

const folder = mkdtempSync(join(tmpdir(), 'foreign-image.'))
const image = join(folder, 'image.qcow2')
const path = process.env.PATH ?? ''

/** A folder of programs: qemu-img tells what it may use and fails, or is missing. */
function programs(name: string, qemuImg: string | undefined): string {
  const place = join(folder, name)
  mkdirSync(place)
  for (const program of ['prlimit', 'sh']) {
    symlinkSync(
      execFileSync('/bin/sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim(),
      join(place, program),
    )
  }
  if (qemuImg === undefined) return place
  writeFileSync(join(place, 'qemu-img'), `#!/bin/sh\n${qemuImg}\n`)
  chmodSync(join(place, 'qemu-img'), 0o755)
  return place
}

beforeAll(() => {
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', image, '64M'])
})
afterEach(() => {
  process.env.PATH = path
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const limited = 'echo "may use $(ulimit -v) KiB for $(ulimit -t) s: $1" >&2; exit 1'

test('qemu-img reads an image of others within its limits', async () => {
  expect(await probeImage(image)).toMatchObject({ path: image, format: 'qcow2', virtualSizeBytes: 64 * 1024 ** 2 })
  expect(await rootHasGrown(image, folder, { imageBytes: 1, overlayBytes: 64 * 1024 ** 2 })).toBe(false)
})

test('and has no more than these', async () => {
  process.env.PATH = programs('limited', limited)
  await expect(probeImage(image)).rejects.toThrow('may use 1048576 KiB for 300 s: check')
  await expect(rootHasGrown(image, folder, { imageBytes: 1, overlayBytes: 1 })).rejects.toThrow(
    'may use 1048576 KiB for 300 s: convert',
  )
})

test('a machine without qemu-img is told what to install', async () => {
  process.env.PATH = programs('without', undefined)
  await expect(probeImage(image)).rejects.toMatchObject({
    name: 'EnvironmentError',
    message: expect.stringContaining('qemu-utils'),
  })
})
