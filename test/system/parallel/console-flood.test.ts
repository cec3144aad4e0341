import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { measureAccelerator } from '../../../src/system/accelerator.ts'
import { cleanCurrentRun } from '../../../src/system/cleanup.ts'
import { boot } from '../../../src/vm/boot.ts'
import { makeDisks } from '../../../src/vm/disks.ts'
import { prepareFirmware } from '../../../src/vm/firmware.ts'
import { limitsFor, mostConsoleBytes } from '../../../src/vm/limits.ts'

const folder = mkdtempSync(join(tmpdir(), 'console-flood.'))
afterAll(async () => {
  await cleanCurrentRun()
  rmSync(folder, { recursive: true, force: true })
})

/** A boot sector that prints on the serial port and does nothing else: mov dx, 0x3f8; mov al, "x"; out dx, al; jmp -3. */
function floodingDisk(): string {
  const sector = Buffer.alloc(512)
  Buffer.from([0xba, 0xf8, 0x03, 0xb0, 0x78, 0xee, 0xeb, 0xfd]).copy(sector)
  sector.writeUInt16LE(0xaa55, 510)
  const path = join(folder, 'disk.raw')
  writeFileSync(path, sector)
  return path
}

test('a guest that prints without end is stopped before it fills this machine', { timeout: 300_000 }, async () => {
  const { accelerator } = await measureAccelerator()
  const image = { path: floodingDisk(), format: 'raw' as const, virtualSizeBytes: 512 }
  const { overlay, dataDisk } = await makeDisks(image, folder)
  writeFileSync(join(folder, 'config.iso'), Buffer.alloc(2048))
  const result = await boot({
    plan: {
      accelerator,
      processors: 1,
      memoryMebibytes: 64,
      firmware: prepareFirmware('bios', folder),
      image,
      overlay,
      dataDisk,
      configDrive: join(folder, 'config.iso'),
      console: join(folder, 'console.log'),
      instanceId: '5b1ab29c-6b2f-4c50-9f9b-5a9ad6a5f8b1',
      macAddress: 'fa:16:3e:00:00:01',
    },
    limits: limitsFor(accelerator, 240),
    until: 'login',
    onEvent: () => undefined,
    signal: new AbortController().signal,
  })
  expect(result.ending).toMatchObject({ kind: 'flood', mebibytes: 16 })
  // One line, cut: what is kept in memory is bounded, too.
  expect(result.console.map(line => line.length)).toEqual([16_384 + ' [cut]'.length])
  expect(statSync(join(folder, 'console.log')).size).toBeLessThan(2 * mostConsoleBytes)
})
