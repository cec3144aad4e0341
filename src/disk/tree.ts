import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ToolError } from '../system/errors.ts'
import { asRoot } from '../system/privilege.ts'
import { guestFstab } from './fstab.ts'
import type { TreeSize } from './room.ts'

interface Limits {
  readonly timeoutSeconds: number
  readonly signal?: AbortSignal | undefined
}

/**
 * Arguments of tar that unpack a root file system as it was: numeric owners, extended attributes (file capabilities are one)
 * and access control lists. DIB's archive is taken of a mounted tree and holds the host's device nodes and `lost+found`.
 */
export function unpackArguments(archive: string, folder: string): string[] {
  return [
    ...['--extract', '--file', archive, '--directory', folder],
    ...['--numeric-owner', '--same-owner', '--preserve-permissions', '--delay-directory-restore'],
    ...['--xattrs', '--xattrs-include=*', '--acls'],
    ...['--anchored', '--exclude=./dev/*', '--exclude=./lost+found'],
  ]
}

/** Unpacks DIB's archive as root. Dotfiles directly under `/` come along: tar names the folder, not `*`. */
export async function unpackTree(archive: string, folder: string, limits: Limits): Promise<void> {
  await asRoot('tar', unpackArguments(archive, folder), { supervised: true, ...limits })
}

/**
 * Makes of DIB's archive what a disk must hold: the mount points that DIB leaves out, an empty /dev (the kernel fills it), and
 * the checked fstab. A symbolic link in place of one of these folders would lead root out of the tree, so it is refused.
 */
export async function mendTree(folder: string): Promise<void> {
  const script = `
    set -eu
    cd "$1"
    for name in proc sys dev run tmp boot boot/efi etc etc/fstab; do
      if [ -L "$name" ]; then echo "/$name is a symbolic link in the root file system" >&2; exit 1; fi
    done
    mkdir -p proc sys dev run tmp boot/efi
    find dev -mindepth 1 -delete
    rm -rf lost+found
    chown 0:0 proc sys dev run tmp boot/efi
    chmod 0555 proc sys
    chmod 0755 dev run
    chmod 1777 tmp
    cat >etc/fstab
    chown 0:0 etc/fstab
    chmod 0644 etc/fstab`
  const fstab = guestFstab(readFileSync(join(folder, 'etc/fstab'), 'utf8'))
  await asRoot('/bin/sh', ['-c', script, 'sh', folder], { input: fstab })
}

/** The size of a tree as a file system with blocks of 4 KiB stores it; hard links count once. */
export async function measureTree(folder: string, limits: Limits): Promise<TreeSize> {
  const script = `
    find "$1" -xdev -printf '%i %y %s\\n' | awk '
      !seen[$1]++ { inodes++; if ($2 == "f" || $2 == "d") blocks += int(($3 + 4095) / 4096) }
      END { printf "%d %d\\n", inodes, blocks }'`
  const { stdout } = await asRoot('/bin/sh', ['-c', script, 'sh', folder], { supervised: true, ...limits })
  const [inodes, blocks] = stdout.trim().split(' ').map(Number)
  if (!inodes || !blocks) throw new ToolError(`the size of ${folder} could not be measured: ${stdout}`, 'find', null)
  return { bytes: blocks * 4096, inodes }
}

/** How many packages the tree's package database calls installed; 0 where there is none that we can read. */
export function countPackages(folder: string): number {
  try {
    const status = readFileSync(join(folder, 'var/lib/dpkg/status'), 'utf8')
    return status.split('\n').filter(line => line === 'Status: install ok installed').length
  } catch {
    return 0
  }
}
