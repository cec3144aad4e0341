/** A thing that a console may say and that means trouble. */
export interface ConsolePattern {
  /** Stable name, printed as `console: <id>`. */
  readonly id: string
  readonly pattern: RegExp
  /** `fatal` ends the wait: this guest will not register. `note` is kept for the report. */
  readonly severity: 'fatal' | 'note'
  readonly meaning: string
  readonly remedy: string
}

/** Units whose failure no start-up of an agent survives. The agent's own is not among them: systemd starts it again. */
const fatalUnits =
  /\[FAILED\] Failed to start (?:cloud-init[\w@-]*\.service|cloud-(?:config|final)\.service|docker\.(?:service|socket)|containerd\.service|systemd-networkd\.service|networking\.service|dbus\.(?:service|socket))/

/**
 * In the order in which they are tried. Each is held against a recorded console under test/fixtures/consoles or, where the
 * fault was not recorded, against typed lines of known messages: those stand in test/unit/vm/console-patterns.test.ts
 * under "lines that were not recorded here". Sources: the messages of the Linux kernel, GRUB 2, initramfs-tools, dracut,
 * systemd and cloud-init; the list of coreos/kola.
 */
export const consolePatterns: readonly ConsolePattern[] = [
  {
    id: 'kernel panic',
    pattern: /Kernel panic - not syncing: .*/,
    severity: 'fatal',
    meaning: 'the kernel gave up',
    remedy:
      'See the lines before it: no root device means a missing driver in the initramfs or a wrong root= in grub.cfg.',
  },
  {
    id: 'kernel oops',
    pattern: /BUG: unable to handle|BUG: kernel NULL pointer|kernel BUG at |Oops: |general protection fault, probably/,
    severity: 'fatal',
    meaning: 'the kernel met a bug',
    remedy: 'Try another kernel package, or the other accelerator.',
  },
  {
    id: 'out of memory',
    pattern: /Out of memory: Killed process \d+ \([^)]*\)|\S+ invoked oom-killer/,
    severity: 'fatal',
    meaning: 'the guest ran out of memory',
    remedy: 'A service in the image uses more than the 2 GiB of the smallest sensible flavour.',
  },
  {
    id: 'initramfs shell',
    pattern:
      /ALERT! .*does not exist.*|Gave up waiting for root (?:file system )?device.*|^\(initramfs\) ?|dracut-initqueue.*: (?:Warning|timeout).*could not boot.*|Warning: \/dev\/\S+ does not exist|dracut:\/#/i,
    severity: 'fatal',
    meaning: 'the initramfs did not find the root file system',
    remedy: 'root= of grub.cfg must name a label or UUID that the image has, and the initramfs needs virtio_blk.',
  },
  {
    id: 'emergency shell',
    pattern:
      /You are in (?:emergency|rescue) mode.*|Entering emergency mode.*|Reached target emergency\.target.*|Give root password for maintenance.*|Press Enter for (?:maintenance|emergency shell).*|Cannot open access to console, the root account is locked.*/i,
    severity: 'fatal',
    meaning: 'systemd stopped in an emergency shell',
    remedy: 'Look for the failed unit above it; most often a line of /etc/fstab that this machine does not have.',
  },
  {
    id: 'failed mount',
    pattern: /\[DEPEND\] Dependency failed for local-fs\.target.*|Dependency failed for .*Local File Systems.*/,
    severity: 'fatal',
    meaning: 'a file system of /etc/fstab could not be mounted',
    remedy: 'Every line of the image\'s /etc/fstab must hold on any machine, or have the option "nofail".',
  },
  {
    id: 'boot loader prompt',
    pattern: /grub rescue>|^grub> ?$|Minimal BASH-like line editing is supported/,
    severity: 'fatal',
    meaning: 'GRUB found no configuration and asks for commands',
    remedy: 'grub.cfg is missing or on a file system that GRUB cannot read (a feature that mke2fs is newer than GRUB).',
  },
  {
    id: 'boot loader error',
    pattern:
      /error: (?:\S+: )?(?:unknown filesystem|no such (?:device|partition|disk)|disk .* not found|symbol .* not found|you need to load the kernel first|attempt to read or write outside of (?:disk|partition)|file .*\/boot\/(?:vmlinuz|initrd)\S* not found|file .*\/(?:vmlinuz|initrd)\S* not found).*/,
    severity: 'fatal',
    meaning: 'GRUB could not load the system',
    remedy:
      "grub.cfg must not name devices of the build host (loop, mapper); search the root by the image's label or UUID.",
  },
  {
    id: 'no bootable disk',
    pattern:
      /No bootable device|Boot failed: not a bootable disk|BdsDxe: No bootable option or device was found|UEFI Interactive Shell v|^Shell> ?$/,
    severity: 'fatal',
    meaning: 'the firmware found nothing to boot',
    remedy:
      'The image has no operating system, or no boot loader for this firmware (BIOS boot or EFI system partition).',
  },
  {
    id: 'input/output error',
    pattern: /I\/O error, dev [sv]d[a-z].*|Buffer I\/O error on dev [sv]d[a-z].*/,
    severity: 'fatal',
    meaning: 'a disk of the guest could not be read or written',
    remedy: 'The image file may be truncated or the host out of disk space.',
  },
  {
    id: 'read-only file system',
    pattern:
      /Remounting filesystem read-only|EXT4-fs error \(device .*|XFS \(.*\): Corruption (?:detected|of in-memory).*/,
    severity: 'fatal',
    meaning: 'the file system in the image is damaged',
    remedy: 'Check it: guestfish -a IMAGE, run, e2fsck-f; then build anew.',
  },
  {
    id: 'cloud-init failure',
    pattern: /cloud-init\[\d+\]: Traceback \(most recent call last\).*|cloud-init\[\d+\]: .*\[CRITICAL\].*/,
    severity: 'fatal',
    meaning: 'cloud-init broke off',
    remedy: "Without cloud-init the agent's configuration is not injected; see cloud-init.log.",
  },
  {
    id: 'unit failure',
    pattern: fatalUnits,
    severity: 'fatal',
    meaning: 'a service that the agent needs failed',
    remedy: "See its lines in the journal: 'journal' under guestLogs of smoke-test.json.",
  },
  {
    id: 'unit failed',
    pattern: /\[FAILED\] Failed to .*/,
    severity: 'note',
    meaning: 'a unit failed that the agent can do without',
    remedy: 'Mend or disable it: the instance counts as degraded.',
  },
  {
    id: 'ordering cycle',
    pattern: /Found ordering cycle.*|Job \S+ deleted to break ordering cycle.*/,
    severity: 'note',
    meaning: 'systemd dropped a unit because units wait for each other in a circle',
    remedy: 'Which unit is dropped differs from boot to boot; remove the ordering on cloud-final or cloud-init.target.',
  },
  {
    id: 'dependency failed',
    pattern: /\[DEPEND\] Dependency failed for .*/,
    severity: 'note',
    meaning: 'a unit did not start because another failed',
    remedy: 'Mend the other.',
  },
  {
    id: 'time out',
    pattern: /\[ TIME \] Timed out .*/,
    severity: 'note',
    meaning: 'systemd waited for a unit in vain',
    remedy: 'Remove the unit or what it waits for.',
  },
  {
    id: 'crash',
    pattern: /segfault at .*|traps: .* general protection.*|systemd-coredump.*: Process .*/,
    severity: 'note',
    meaning: 'a program of the guest crashed',
    remedy: 'On an emulated processor this may be the emulation.',
  },
]

/** The first pattern that fits, with the words that fitted. */
export function matchConsole(text: string): { readonly pattern: ConsolePattern; readonly words: string } | undefined {
  for (const pattern of consolePatterns) {
    const match = pattern.pattern.exec(text)
    if (match !== null) return { pattern, words: match[0].trim() }
  }
  return undefined
}
