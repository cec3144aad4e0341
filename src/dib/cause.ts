/** A known reason for a failure, with what to do about it. */
export interface Cause {
  readonly cause: string
  readonly remedy: string
}

interface KnownCause extends Cause {
  readonly pattern: RegExp
  /** Lower wins when several lines match: what is nearer to the root of the trouble. */
  readonly rank: number
}

const known: readonly KnownCause[] = [
  causeOf(1, /No space left on device|Disk quota exceeded/, 'a file system is full', 'free some space and build again'),
  causeOf(
    2,
    /Could not resolve (?:host|')|Temporary failure resolving/,
    'a host name of the mirror could not be resolved',
    "check the machine's name resolution, or name another mirror in the recipe (mirror, security-mirror)",
  ),
  causeOf(
    2,
    /gnutls_handshake|SSL certificate problem|certificate verify failed/i,
    'a TLS connection failed',
    'check the clock and the certificates (package ca-certificates) of this machine, or use another mirror',
  ),
  causeOf(
    2,
    /NO_PUBKEY|EXPKEYSIG|The following signatures (?:were|couldn't)|is not signed/,
    'the archive is signed by a key that is not trusted or has expired',
    'update the archive keyring on this machine (debian-archive-keyring, ubuntu-keyring)',
  ),
  causeOf(
    3,
    /E: Unable to locate package|E: Package '.*' has no installation candidate|Couldn't find these debs:/,
    'a package does not exist in the archive for this release',
    'check the name in the recipe or in the element, and whether the mirror is complete',
  ),
  causeOf(
    3,
    /does not have a Release file|Release file .* is not valid yet|Release file .* expired/,
    'the mirror has no valid index for this release',
    'check the release and the mirror in the recipe, and the clock of this machine',
  ),
  causeOf(
    4,
    /Hash Sum mismatch|File has unexpected size/,
    'the mirror was being updated, or a proxy keeps an old copy',
    'build again in some minutes, or use another mirror',
  ),
  causeOf(
    5,
    /E: Failed to fetch|Failed getting release file|Couldn't download|Failed to connect|Connection refused|curl: \(\d+\)/,
    'a download failed',
    'check that the mirror answers from this machine; the lines above name the address',
  ),
  causeOf(
    2,
    /E: Could not get lock|Unable to acquire the dpkg frontend lock/,
    'another package manager holds the lock of a shared cache',
    'let the other build end, and build again',
  ),
  causeOf(
    1,
    /Did not get .*lock|Did not get lock/,
    'another build holds a lock of the cache',
    'let the other build end, and build again',
  ),
  causeOf(
    1,
    /Element '.*' not found|: already provided by|Please include an operating system element|ELEMENTS_PATH entry '.*' is not a directory/,
    'the elements could not be resolved',
    'run trove-image plan, which names the element and who asked for it',
  ),
  causeOf(
    1,
    /There is a duplicated hook in your elements:/,
    'two elements have a hook of one name in one phase',
    'rename one of the hooks',
  ),
  causeOf(
    2,
    /Failed to deploy the root element\./,
    'no hook of root.d brought an operating system',
    'look at the lines of root.d above',
  ),
  causeOf(
    1,
    /output format specified but|fstrim utility is not found/,
    'a program that DIB needs is not installed',
    'run trove-image setup',
  ),
  causeOf(
    1,
    /device mapper prerequisites not met|\/dev\/mapper\/control: open failed|Could not find any loop\S* devices/,
    'this machine has no device-mapper, or two builds raced for a loop device',
    'use disk: own in the recipe (the default), which does without',
  ),
  causeOf(
    1,
    /losetup: .*(?:cannot find an unused loop device|failed to set up loop device)/,
    'no loop device could be had',
    'load the module loop, or run the container with --privileged and the host’s /dev',
  ),
  causeOf(
    1,
    /Total journal size too big for filesystem\./,
    'the disk is too small for the journal',
    'use a larger image-size',
  ),
  causeOf(
    1,
    /The requested size of the image is smaller than the block device configuration/,
    'the image is smaller than its partitions',
    'use a larger image-size',
  ),
  causeOf(
    1,
    /Label \[.*\] too long for filesystem|File system label \[.*\] used more than once/,
    'a file system label cannot be used',
    'labels are unique and at most 16 characters (ext4)',
  ),
  causeOf(
    2,
    /No suitable kernel found\.|Can't find an initramfs|Unable to detect operating system/,
    'the root file system has no kernel that can be booted',
    "add the distribution's kernel package",
  ),
  causeOf(
    2,
    /The variable \S+ is not set|Malformed when line/,
    'a `when` of a package-installs file asks for an unset variable',
    'set the variable in the environment.d of the element',
  ),
  causeOf(
    1,
    /Failed to find reference to|The git clone command failed after|REPOLOCATIONS don't match/,
    'a source repository could not be had',
    'check its address and reference, or give a local checkout by DIB_REPOLOCATION_<name>',
  ),
  causeOf(
    2,
    /did NOT match|failed sha256sum check|Checksum mismatch/,
    'a downloaded base does not have the expected checksum',
    'download it again; if it stays so, do not use that source',
  ),
  causeOf(
    6,
    /pkg-map failed|install-packages failed with returncode|dpkg: error processing|E: Sub-process .* returned an error code/,
    'the package manager failed',
    'the first error line above it names the package',
  ),
  causeOf(
    7,
    /umount failed \(.*target is busy|ERROR: unable to cleanly remove|ERROR: failed to umount/,
    'a process still lived in the tree when DIB took it down',
    'a hook must not leave a daemon behind; what was left over has been removed',
  ),
  causeOf(
    7,
    /Killed process|Out of memory|Cannot allocate memory/,
    'the machine ran out of memory',
    'give the machine more memory, or stop what else runs on it',
  ),
]

function causeOf(rank: number, pattern: RegExp, cause: string, remedy: string): KnownCause {
  return { rank, pattern, cause, remedy }
}

/** A line that told a cause. */
export interface FoundCause extends Cause {
  readonly line: string
}

/** Remembers the most telling line of a log; of equals the first, because later errors follow from earlier ones. */
export class CauseFinder {
  #best: (KnownCause & { readonly line: string }) | undefined

  look(line: string): void {
    for (const candidate of known) {
      if (this.#best && this.#best.rank <= candidate.rank) continue
      if (candidate.pattern.test(line)) this.#best = { ...candidate, line: line.trim() }
    }
  }

  forget(): void {
    this.#best = undefined
  }

  found(): FoundCause | undefined {
    return this.#best && { cause: this.#best.cause, remedy: this.#best.remedy, line: this.#best.line }
  }
}
