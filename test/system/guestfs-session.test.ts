import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { GuestfsSession, probeImage } from '../../src/guestfs/index.ts'
import { measureAccelerator } from '../../src/system/accelerator.ts'
import { ToolError } from '../../src/system/errors.ts'

const folder = mkdtempSync(join(tmpdir(), 'session.'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function open(path: string): Promise<GuestfsSession> {
  const image = await probeImage(path)
  const { accelerator } = await measureAccelerator()
  return GuestfsSession.open({ image: image.path, format: image.format, access: 'read-only', accelerator })
}

/** libguestfs makes folders for its sockets there, wherever its other files are. */
function socketFolders(): string[] {
  return readdirSync('/tmp').filter(name => name.startsWith('libguestfs'))
}

test('a session goes on after a failed command, quotes libguestfs, and ends at a time limit without a trace', async () => {
  const image = join(folder, 'empty.raw')
  writeFileSync(image, '')
  truncateSync(image, 16 * 2 ** 20)
  execFileSync('mke2fs', ['-q', '-F', '-t', 'ext4', image])
  const before = socketFolders()
  const session = await open(image)
  await session.command('mount-ro', ['/dev/sda', '/'])
  const failure = await session.command('cat', ['/nothing']).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(ToolError)
  expect((failure as Error).message).toBe('guestfish: cat "/nothing": download: /nothing: No such file or directory')
  expect(await session.ask('cat', ['/nothing'])).toBeUndefined()
  expect(await session.command('ls', ['/'])).toEqual(['lost+found'])
  await expect(session.shell('sleep 60', 1)).rejects.toThrow('was still running after 1 s')
  await expect(session.command('ls', ['/'])).rejects.toThrow('was still running after 1 s')
  await session.close().catch(() => undefined)
  expect(socketFolders().filter(name => !before.includes(name))).toEqual([])
})
