import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { BootWatch, describeEnding } from '../../../src/vm/boot-watch.ts'
import { consolePatterns, matchConsole } from '../../../src/vm/console-patterns.ts'
import { limitsFor } from '../../../src/vm/limits.ts'
import { screenLines } from '../../../src/vm/screen.ts'
import { TextFeed } from '../../../src/vm/text-feed.ts'

const folder = new URL('../../fixtures/consoles/', import.meta.url)
const recordings = readdirSync(folder).filter(name => !name.endsWith('.md'))

/** Plays a recording to a watch, byte for byte as the console gave it, and cut at any place where a poll may come. */
function play(name: string): BootWatch {
  const watch = new BootWatch(limitsFor('tcg'), 'registered')
  const content = readFileSync(new URL(name, folder))
  if (name.endsWith('.screen')) {
    watch.screen(screenLines(content), 1)
    return watch
  }
  const work = mkdtempSync(join(tmpdir(), 'console-'))
  try {
    const feed = new TextFeed(join(work, 'console'), line => watch.line(line, 1))
    for (let end = 0; end < content.length; end += 997) {
      writeFileSync(join(work, 'console'), content.subarray(0, end + 997))
      feed.poll()
      watch.unfinished(feed.unfinished, 1)
    }
    feed.close()
  } finally {
    rmSync(work, { recursive: true })
  }
  return watch
}

/** What each recording must end with; `none` is a boot that nothing may be said against. */
const expected: Record<string, { ending: string; notes?: string[] }> = {
  // Recorded on a busy machine: udev took longer than the 90 s that systemd waits for a device.
  'registered.log': {
    ending: 'none',
    notes: [
      '[ TIME ] Timed out waiting for device dev-d…FI.device - /dev/disk/by-label/EFI.',
      '[DEPEND] Dependency failed for boot-efi.mount - /boot/efi.',
    ],
  },
  'busy-host.log': {
    ending: 'none',
    notes: [
      '[ TIME ] Timed out waiting for device dev-d…FI.device - /dev/disk/by-label/EFI.',
      '[DEPEND] Dependency failed for boot-efi.mount - /boot/efi.',
      '[ TIME ] Timed out waiting for device dev-ttyS0.device - /dev/ttyS0.',
      '[DEPEND] Dependency failed for serial-getty…S0.service - Serial Getty on ttyS0.',
      '[FAILED] Failed to start systemd-journald.service - Journal Service.',
    ],
  },
  'bios-blank-disk.firmware.log': { ending: 'console: no bootable disk (Boot failed: not a bootable disk)' },
  'uefi-blank.log': { ending: 'console: no bootable disk (UEFI Interactive Shell v)' },
  'grub-no-kernel.log': {
    ending: "console: boot loader error (error: file `/boot/vmlinuz-6.12.118+deb13-amd64' not found.)",
  },
  'grub-prompt.screen': { ending: 'console: boot loader prompt (Minimal BASH-like line editing is supported)' },
  'grub-rescue.screen': { ending: 'console: boot loader prompt (grub rescue>)' },
  'panic.log': {
    ending: 'console: kernel panic (Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0))',
  },
  'initramfs.log': {
    ending: 'console: initramfs shell (Gave up waiting for root file system device.  Common problems:)',
  },
  'oom.log': { ending: 'console: out of memory (sh invoked oom-killer)' },
}

describe('recorded consoles', () => {
  test('every recording has an expectation, and the other way round', () => {
    expect(recordings.toSorted()).toEqual(Object.keys(expected).toSorted())
  })

  test.each(Object.entries(expected))('%s', (name, { ending, notes = [] }) => {
    const watch = play(name)
    expect(watch.ending === undefined ? 'none' : describeEnding(watch.ending)).toBe(ending)
    expect(watch.notes).toEqual(notes)
  })
})

/** Lines of other distributions and of rare faults, as their sources print them. */
describe('lines that were not recorded here', () => {
  test.each([
    // dracut (modules.d/99base): Fedora, CentOS
    ['dracut-initqueue[312]: Warning: dracut-initqueue: timeout, still waiting for following initqueue hooks:', 'none'],
    ['dracut-initqueue[312]: Warning: Could not boot.', 'initramfs shell'],
    ['Warning: /dev/disk/by-label/cloudimg-rootfs does not exist', 'initramfs shell'],
    ['dracut:/# ', 'initramfs shell'],
    // Linux: arch/x86/mm/fault.c, kernel/traps
    ['[    1.2] BUG: kernel NULL pointer dereference, address: 0000000000000008', 'kernel oops'],
    ['[    1.2] Oops: 0002 [#1] PREEMPT SMP NOPTI', 'kernel oops'],
    ['[    1.2] traps: python3[812] general protection fault ip:55 sp:7f error:0', 'crash'],
    ['[   51.2] python3[812]: segfault at 10 ip 00007f sp 00007f error 4 in libc.so.6', 'crash'],
    ['[   66.0] watchdog: BUG: soft lockup - CPU#0 stuck for 51s! [modprobe:279]', 'none'],
    // systemd: src/core/job.c, units/emergency.service.in, src/sulogin-shell
    ['[DEPEND] Dependency failed for local-fs.target - Local File Systems.', 'failed mount'],
    ['[DEPEND] Dependency failed for srv-nowhere.mount - /srv/nowhere.', 'dependency failed'],
    ['[ TIME ] Timed out waiting for device dev-disk-by\\x2dlabel-nowhere.device.', 'time out'],
    ['You are in emergency mode. After logging in, type "journalctl -xb" to view', 'emergency shell'],
    ['Cannot open access to console, the root account is locked.', 'emergency shell'],
    ['Press Enter for maintenance', 'emergency shell'],
    ['[FAILED] Failed to start docker.service - Docker Application Container Engine.', 'unit failure'],
    ['[FAILED] Failed to start cloud-init-network.service - Cloud-init: Network Stage.', 'unit failure'],
    ['[FAILED] Failed to start cloud-init-main.service - Cloud-init: Single Process.', 'unit failure'],
    ['[FAILED] Failed to start trove-guestagent.service - OpenStack Trove DBaaS Guest agent.', 'unit failed'],
    ['[    5.1] systemd[1]: multi-user.target: Found ordering cycle on cloud-final.service/start', 'ordering cycle'],
    ['[    5.1] systemd[1]: multi-user.target: Job a.service/start deleted to break ordering cycle', 'ordering cycle'],
    // Linux: block/blk-core.c, fs/buffer.c, fs/ext4/super.c
    ['[   15.7] I/O error, dev vda, sector 0 op 0x0:(READ) flags 0x0 phys_seg 1 prio class 2', 'input/output error'],
    ['[   15.7] Buffer I/O error on dev vda3, logical block 0, async page read', 'input/output error'],
    ['[   20.1] EXT4-fs (vda3): Remounting filesystem read-only', 'read-only file system'],
    [
      '[   20.1] EXT4-fs error (device vda3): ext4_lookup:1855: inode #2: comm ls: deleted inode',
      'read-only file system',
    ],
    // cloud-init: its standard error on the console, and cloudinit/util.py
    ['[   40.2] cloud-init[561]: Traceback (most recent call last):', 'cloud-init failure'],
    ['[   40.2] cloud-init[561]: 2026-11-25 13:10:34,001 - util.py[CRITICAL]: no', 'cloud-init failure'],
    ['[   40.2] cloud-init[561]: 2026-11-25 13:10:34,001 - schema.py[WARNING]: cloud-config failed', 'none'],
    // what a healthy boot says
    ['[    1.2] EXT4-fs (vda3): mounted filesystem 622cb565 r/w with ordered data mode.', 'none'],
    ['[    1.2] floppy0: no floppy controllers found', 'none'],
    ['[    1.2] blk_update_request: I/O error, dev fd0, sector 0 op 0x0:(READ)', 'none'],
    ['[    1.2] I/O error, dev sr0, sector 1024', 'none'],
    ['[  OK  ] Reached target emergency-unrelated.target', 'none'],
    ['error: no suitable video mode found.', 'none'],
    ["error: file `/boot/grub/locale/en.gmo' not found.", 'none'],
  ])('%s', (line, id) => {
    expect(matchConsole(line)?.pattern.id ?? 'none').toBe(id)
  })
})

test('every pattern has a case that it is named in', () => {
  const source = readFileSync(new URL(import.meta.url), 'utf8')
  const named = consolePatterns.filter(({ id }) => !source.includes(`console: ${id}`) && !source.includes(`'${id}'`))
  expect(named.map(({ id }) => id)).toEqual([])
})
