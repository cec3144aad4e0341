import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inspect } from '../../../src/contract/index.ts'
import { GuestfsSession, probeImage } from '../../../src/guestfs/index.ts'
import { collectInventory, type Inventory, inventorySchema } from '../../../src/inventory/index.ts'
import { measureAccelerator } from '../../../src/system/accelerator.ts'
import { cleanCurrentRun } from '../../../src/system/cleanup.ts'
import { InputError, ToolError } from '../../../src/system/errors.ts'
import { sha256OfFile } from '../../../src/system/hash.ts'
import { type BuiltImage, builtImage } from '../../support/built-image.ts'

const folder = mkdtempSync(join(tmpdir(), 'contract.'))
afterAll(async () => {
  await cleanCurrentRun()
  rmSync(folder, { recursive: true, force: true })
})

async function open(path: string, access: 'read-only' | 'read-write' = 'read-only'): Promise<GuestfsSession> {
  const image = await probeImage(path)
  const { accelerator } = await measureAccelerator()
  return GuestfsSession.open({ image: image.path, format: image.format, access, accelerator })
}

async function inventoryOf(path: string): Promise<Inventory> {
  const { format, sizeBytes, virtualSizeBytes } = await probeImage(path)
  const session = await open(path)
  const facts = { name: 'image', sha256: '0'.repeat(64), format, sizeBytes, virtualSizeBytes }
  return inventorySchema.parse(await collectInventory(session, facts).finally(() => session.close()))
}

function judge(inventory: Inventory): string[] {
  const { results } = inspect(inventory, {
    guestUser: 'ubuntu',
    buildMirrors: { used: [], allowed: [] },
    waivers: [],
    now: new Date(),
  })
  return results.filter(({ status }) => status === 'failed' || status === 'unknown').map(({ rule }) => rule)
}

describe('the default image', () => {
  let built: BuiltImage
  beforeAll(async () => {
    built = await builtImage()
  })

  test('satisfies the contract and is not changed by being read', async () => {
    const before = await sha256OfFile(built.image)
    expect(judge(await inventoryOf(built.image))).toEqual([])
    expect(await sha256OfFile(built.image)).toBe(before)
  })

  test('broken in seven places, it is refused for those seven', async () => {
    const image = join(folder, 'broken.qcow2')
    copyFileSync(built.image, image)
    const session = await open(image, 'read-write')
    await session.command('mount', ['/dev/sda3', '/'])
    await session.command('ln-sf', ['/dev/null', '/etc/systemd/system/trove-guestagent.service'])
    await session.command('rm', ['/etc/sudoers.d/60_trove_guest'])
    await session.command('write', ['/etc/machine-id', '0123456789abcdef0123456789abcdef'])
    await session.command('mkdir-p', ['/root/.ssh'])
    await session.command('write', ['/root/.ssh/authorized_keys', 'ssh-ed25519 AAAA builder'])
    await session.command('write', ['/opt/key.pem', '-----BEGIN PRIVATE KEY-----'])
    await session.command('sh', ['echo ubuntu:ubuntu | chpasswd'])
    await session.command('sh', ['chmod o+w /usr/lib/python3/dist-packages/trove/__init__.py'])
    await session.command('umount-all')
    await session.close()
    expect(judge(await inventoryOf(image)).toSorted()).toEqual([
      'agent-enabled',
      'guest-user-sudo',
      'machine-id-empty',
      'no-authorized-keys',
      'no-files-writable-by-all',
      'no-password-equal-to-name',
      'no-private-keys',
    ])
  })
})

describe('an image of a stranger', () => {
  test('with names that are commands, links that leave it and file names of two lines gives nothing of this machine', async () => {
    const tree = join(folder, 'tree')
    for (const path of ['etc/systemd/system/multi-user.target.wants', 'root', 'var/log', 'usr/lib']) {
      mkdirSync(join(tree, path), { recursive: true })
    }
    const marker = join(folder, 'touched')
    const file = (path: string, text: string) => writeFileSync(join(tree, path), text)
    file('usr/lib/os-release', 'ID=strange\nPRETTY_NAME="Strange $(touch /x)"\n')
    symlinkSync('../usr/lib/os-release', join(tree, 'etc/os-release'))
    symlinkSync('/etc/passwd', join(tree, 'etc/passwd'))
    symlinkSync('../../../../../../../etc/hostname', join(tree, 'etc/hostname'))
    file(`etc/!touch ${'x'}\n!touch ${marker.replaceAll('/', '_')}`, 'a')
    file('etc/fstab', `LABEL="$(touch ${marker})" / ext4\n!touch\t${marker}\text4\n`)
    file('root/<! touch x', '-----BEGIN PRIVATE KEY-----')
    file('etc/systemd/system/multi-user.target.wants/; touch x.service', '[Service]\nExecStart=/x\n')
    const image = join(folder, 'strange.raw')
    writeFileSync(image, '')
    truncateSync(image, 32 * 2 ** 20)
    execFileSync('mke2fs', ['-q', '-F', '-t', 'ext4', '-L', '"; !touch', '-d', tree, image])
    const here = readdirSync('.').sort()
    const { system, users, secrets, disk } = await inventoryOf(image)
    // Nothing that a name asked for was run on this machine.
    const touched = [marker, '/x', join(folder, 'x')].filter(path => existsSync(path))
    expect({ touched, here: readdirSync('.').sort() }).toEqual({ touched: [], here })
    expect({ system, users, keys: secrets.privateKeys, label: disk.fileSystems[0]?.label }).toEqual({
      system: {
        id: 'strange',
        version: '',
        codename: '',
        name: 'Strange $(touch /x)',
        architecture: '',
        hostname: '',
        hosts: [],
      },
      users: [],
      keys: ['/root/<! touch x'],
      label: '"; !touch',
    })
  })

  test('that cannot be read whole gives no verdict', async () => {
    const tree = join(folder, 'damaged')
    for (const path of ['etc', 'usr/share/doc']) mkdirSync(join(tree, path), { recursive: true })
    writeFileSync(join(tree, 'etc/os-release'), 'ID=strange\n')
    writeFileSync(join(tree, 'etc/hidden'), 'x')
    const image = join(folder, 'damaged.raw')
    writeFileSync(image, '')
    truncateSync(image, 32 * 2 ** 20)
    execFileSync('mke2fs', ['-q', '-F', '-t', 'ext4', '-d', tree, image])
    // A name that leads to an inode which is none any more.
    execFileSync('debugfs', ['-w', '-R', 'clri /etc/hidden', image], { stdio: 'ignore' })
    const refusal = await inventoryOf(image).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(ToolError)
    expect((refusal as Error).message).toMatch(
      /^the appliance could not read all of image, so nothing is said about it: listing-fs0\(1\) .*etc\/hidden/s,
    )
  })

  test('with an encrypted partition is refused, and the partition is named', async () => {
    const image = join(folder, 'locked.raw')
    writeFileSync(image, '')
    truncateSync(image, 16 * 2 ** 20)
    execFileSync('sfdisk', ['--quiet', image], { input: 'label: gpt\nstart=2048\n' })
    const header = Buffer.alloc(592)
    header.write('LUKS\xba\xbe\0\x01aes', 'latin1')
    header.write('01234567-89ab-cdef-0123-456789abcdef', 168)
    const whole = execFileSync('dd', [`of=${image}`, 'bs=1M', 'seek=1', 'conv=notrunc', 'status=none'], {
      input: header,
    })
    expect(whole.length).toBe(0)
    const refusal = await inventoryOf(image).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(InputError)
    expect((refusal as Error).message).toMatch(/^image image cannot be inspected: \/dev\/sd[ab]1 in it is encrypted/)
  })
})
