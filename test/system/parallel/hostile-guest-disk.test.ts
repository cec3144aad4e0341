import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { measureAccelerator } from '../../../src/system/accelerator.ts'
import { cleanCurrentRun } from '../../../src/system/cleanup.ts'
import { readGuestDisk } from '../../../src/vm/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'hostile-disk.'))
const disk = join(folder, 'disk.qcow2')
const terabyte = 1024 ** 4

beforeAll(() => {
  const host = join(folder, 'host')
  mkdirSync(host)
  // No journalctl reads these: what comes of them is found by their bytes.
  writeFileSync(join(host, 'system.journal'), 'MESSAGE=a secret of this machine')
  writeFileSync(join(host, 'agent.log'), 'a secret of this machine')
  const tree = join(folder, 'tree')
  const journal = join(tree, 'var/log/journal')
  const machine = join(journal, '0'.repeat(32))
  for (const made of ['etc/trove/conf.d', 'etc/systemd/system', 'var/log/trove']) {
    mkdirSync(join(tree, made), { recursive: true })
  }
  mkdirSync(machine, { recursive: true })
  writeFileSync(join(machine, 'system.journal'), "MESSAGE=the guest's own words")
  writeFileSync(join(machine, 'huge.journal'), '')
  truncateSync(join(machine, 'huge.journal'), terabyte)
  execFileSync('mkfifo', [join(machine, 'pipe.journal'), join(tree, 'var/log/trove/pipe.log')])
  symlinkSync(join(host, 'system.journal'), join(machine, 'link.journal'))
  symlinkSync(host, join(journal, '1'.repeat(32)))
  symlinkSync(join(host, 'agent.log'), join(tree, 'var/log/trove/link.log'))
  writeFileSync(join(tree, 'var/log/trove/agent.log'), 'one\ntwo\n')
  writeFileSync(join(tree, 'var/log/trove/a\nb.log'), 'a name of two lines')
  symlinkSync('/dev/zero', join(tree, 'var/log/cloud-init.log'))
  writeFileSync(join(tree, 'etc/trove/conf.d/guest_info.conf'), '')
  truncateSync(join(tree, 'etc/trove/conf.d/guest_info.conf'), terabyte)
  symlinkSync('/dev/null', join(tree, 'etc/systemd/system/trove-guest-agent.service'))
  execFileSync('mke2fs', ['-q', '-t', 'ext4', '-d', tree, join(folder, 'disk.raw'), '64M'])
  execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', join(folder, 'disk.raw'), disk])
})

afterAll(async () => {
  await cleanCurrentRun()
  rmSync(folder, { recursive: true, force: true })
})

test('a disk that lays traps gives its own files alone, cut, and in time', { timeout: 300_000 }, async () => {
  const { accelerator } = await measureAccelerator()
  const work = join(folder, 'work')
  mkdirSync(work)
  const evidence = await readGuestDisk(disk, work, accelerator, undefined)
  const remark = (said: string) => expect.stringContaining(said)
  expect(evidence).toEqual({
    journal: [{ from: '', text: "the guest's own words" }],
    agentLog: ['one', 'two'],
    cloudInitLog: [],
    guestInfo: '\0'.repeat(64 * 1024),
    agentUnits: { 'trove-guest-agent.service': '/dev/null' },
    remarks: [
      remark("a file of the guest's journal was left out, it is too large: /var/log/journal/"),
      remark("journalctl of this machine could not read the guest's journal"),
    ],
  })
})
