import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { markVariable } from '../../src/system/run.ts'
import { leaks, snapshot } from '../support/host.ts'

/** The counter of leaks, held against leaks that are planted for real: it is what the other system tests trust. */
let folder: string
const undo: (() => void)[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leaks.'))
})
afterEach(() => {
  for (const step of undo.splice(0).reverse()) step()
  rmSync(folder, { recursive: true, force: true })
})

test('a mount, a loop device, a temporary folder, a run and a listening port are found', async () => {
  const before = snapshot([folder])
  mkdirSync(join(folder, 'mounted'))
  execFileSync('mount', ['-t', 'tmpfs', 'planted', join(folder, 'mounted')])
  undo.push(() => execFileSync('umount', [join(folder, 'mounted')]))
  writeFileSync(join(folder, 'disk'), '')
  execFileSync('truncate', ['-s', '1M', join(folder, 'disk')])
  const loop = execFileSync('losetup', ['--find', '--show', join(folder, 'disk')], { encoding: 'utf8' }).trim()
  undo.push(() => execFileSync('losetup', ['--detach', loop]))
  const temporary = mkdtempSync(join(tmpdir(), 'trove-image-planted.'))
  undo.push(() => rmSync(temporary, { recursive: true }))
  const run = join(folder, 'trove-image/runs/planted')
  mkdirSync(run, { recursive: true })
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  undo.push(() => server.close())
  const { port } = server.address() as { port: number }

  const { processes: _notPlanted, ...found } = leaks(before, snapshot([folder]))
  expect(found).toEqual({
    mounts: [`${join(folder, 'mounted')} tmpfs`],
    loopDevices: [`${loop} ${join(folder, 'disk')}`],
    temporary: [temporary],
    runs: [run],
    listening: [`0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`],
  })
})

test.each([
  ['by its mark', 'sleep', ['4713.1'], { [markVariable]: 'planted' }],
  ['by the folder that it works in', 'tar', ['-c', 'sleep 4713.2; :', '/x/trove-image/runs/y/tree'], {}],
  ['by its name', 'qemu-system-x86_64', ['-c', 'sleep 4713.3; :'], {}],
])('a process is found %s', async (_how, argv0, args, env) => {
  const before = snapshot([folder])
  const program = argv0 === 'sleep' ? 'sleep' : 'sh'
  const child = spawn(program, args, {
    argv0,
    env: { PATH: process.env.PATH, ...env },
    stdio: 'ignore',
    detached: true,
  })
  await new Promise(resolve => child.once('spawn', resolve))
  undo.push(() => process.kill(-Number(child.pid), 'SIGKILL'))
  const { processes = [] } = leaks(before, snapshot([folder]))
  expect(processes.map(line => Number(line.split(' ')[0]))).toContain(child.pid)
})
