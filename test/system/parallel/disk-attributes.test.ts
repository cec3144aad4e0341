import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { makeFileSystem } from '../../../src/disk/file-system.ts'
import { diskIdentity, diskLayout } from '../../../src/disk/layout.ts'
import { measureTree, mendTree, unpackTree } from '../../../src/disk/tree.ts'

const folder = mkdtempSync(join(tmpdir(), 'disk-attributes.'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const limits = { timeoutSeconds: 120 }
const root = (...command: string[]) =>
  execFileSync('sudo', ['-n', ...command], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

/** A tree as DIB packs one: with devices, lost+found, no /proc and /sys, a dotfile, and all that only attributes hold. */
function packTree(): string {
  const source = join(folder, 'source')
  for (const name of ['etc', 'dev', 'boot', 'usr/bin', 'lost+found']) mkdirSync(join(source, name), { recursive: true })
  writeFileSync(join(source, 'etc/fstab'), 'LABEL=cloudimg-rootfs / ext4 defaults 0 1\n')
  writeFileSync(join(source, '.dotfile'), 'kept\n')
  for (const name of ['capable', 'listed', 'marked', 'setuid'])
    writeFileSync(join(source, 'usr/bin', name), `${name}\n`)
  root('mknod', join(source, 'dev/loop9'), 'b', '7', '9')
  root('setcap', 'cap_net_raw+ep', join(source, 'usr/bin/capable'))
  root('setfacl', '-m', 'u:4242:rx', join(source, 'usr/bin/listed'))
  root('setfattr', '-n', 'user.origin', '-v', 'dib', join(source, 'usr/bin/marked'))
  root('chown', '1001:1002', join(source, 'usr/bin/setuid'))
  root('chmod', '4755', join(source, 'usr/bin/setuid'))
  const archive = join(folder, 'root.tar')
  root('tar', '-C', source, '-cf', archive, '--xattrs', '--xattrs-include=*', '--acls', '.')
  root('rm', '-rf', source)
  return archive
}

test("what DIB's tar holds is on the disk: attributes, capabilities, access lists, owners, modes; and nothing else", async () => {
  const archive = packTree()
  const tree = join(folder, 'tree')
  mkdirSync(tree)
  await unpackTree(archive, tree, limits)
  await mendTree(tree)
  expect(readdirSync(tree).toSorted()).toEqual(['.dotfile', 'boot', 'dev', 'etc', 'proc', 'run', 'sys', 'tmp', 'usr'])
  expect(readdirSync(join(tree, 'dev'))).toEqual([])
  const { inodes } = await measureTree(tree, limits)
  expect(inodes).toBe(17)

  const layout = diskLayout(512 * 1024 ** 2)
  const disk = join(folder, 'disk.raw')
  writeFileSync(disk, '')
  truncateSync(disk, layout.sizeBytes)
  await makeFileSystem(layout, diskIdentity('test'), tree, disk, limits)
  const partition = `${disk}?offset=${layout.root.startBytes}`
  const ask = (request: string) =>
    execFileSync('debugfs', ['-R', request, partition], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  // struct vfs_cap_data, version 2 with the effective bit: permitted is bit 13, CAP_NET_RAW.
  expect(ask('ea_get -x /usr/bin/capable security.capability')).toContain('01 00 00 02 00 20 00 00')
  expect(ask('ea_get /usr/bin/marked user.origin')).toContain('"dib"')
  expect(ask('ea_list /usr/bin/listed')).toContain('system.posix_acl_access')
  expect(ask('stat /usr/bin/setuid')).toMatch(/Mode:\s+04755[\s\S]*User:\s+1001\s+Group:\s+1002/)
  expect(ask('cat /.dotfile')).toBe('kept\n')
  expect(ask('cat /etc/fstab')).toBe(
    'LABEL=cloudimg-rootfs / ext4 defaults 0 1\nLABEL=EFI /boot/efi vfat umask=0077,nofail 0 0\n',
  )
  const facts = execFileSync('dumpe2fs', ['-h', partition], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  expect(facts).toMatch(/^Filesystem volume name: +cloudimg-rootfs$/m)
  expect(facts).toMatch(
    /^Filesystem features: +has_journal ext_attr resize_inode dir_index filetype extent 64bit flex_bg sparse_super large_file huge_file dir_nlink extra_isize metadata_csum$/m,
  )
  expect(
    execFileSync('e2fsck', ['-f', '-n', partition], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
  ).toContain('cloudimg-rootfs:')
  root('rm', '-rf', tree)
})

test('a tree in which a folder is a symbolic link out of it is refused', async () => {
  const tree = join(folder, 'linked')
  mkdirSync(join(tree, 'etc'), { recursive: true })
  writeFileSync(join(tree, 'etc/fstab'), 'LABEL=cloudimg-rootfs / ext4 defaults 0 1\n')
  execFileSync('ln', ['-s', '/', join(tree, 'boot')])
  await expect(mendTree(tree)).rejects.toThrow('/boot is a symbolic link in the root file system')
})
