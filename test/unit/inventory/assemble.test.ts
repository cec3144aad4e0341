import { expect, test } from 'vitest'
import { assembleInventory } from '../../../src/inventory/assemble.ts'
import { inventorySchema } from '../../../src/inventory/index.ts'
import { ToolError } from '../../../src/system/errors.ts'

const image = {
  name: 'x.raw',
  sha256: '0'.repeat(64),
  format: 'raw' as const,
  sizeBytes: 1,
  virtualSizeBytes: 1,
}
const key = '/srv/x/.ssh/authorized_keys'

/** What the appliance answers about two file systems on one disk, of which only the first has a place. */
const facts = {
  blkid: 'DEVNAME=/dev/sda1\nTYPE=ext4\nUUID=a\n\nDEVNAME=/dev/sda2\nTYPE=ext4\nUUID=b\n',
  partitions: JSON.stringify({
    partitiontable: {
      label: 'gpt',
      partitions: [
        { node: '/dev/sda1', start: 2048, size: 1, type: 'X' },
        { node: '/dev/sda2', start: 4096, size: 1, type: 'X' },
      ],
    },
  }),
  'boot-code': '1\n',
  superblock: 'Filesystem features:      extent\nFilesystem state:         clean\n',
  'source-fs0': '/dev/sda1\n',
  'source-fs1': '/dev/sda2\n',
  'space-fs0': '4096 100 50\n',
  'listing-fs0': 'd 755 0 0 4096\t\t\0d 755 0 0 4096\tusr\t\0f 666 0 0 1\tusr/open\t\0',
  'everywhere-fs0': `f 666 0 0 1\tusr/open\t\0f 666 0 0 1\tusr/share/x\t\0f 600 0 0 9\t${key.slice(1)}\t\0`,
  'private-keys': 'fs0/etc/x.key\0fs1/y\nz.key\0',
  capabilities: '',
}

function assemble(answers: Record<string, string>) {
  const files = new Map([[`fs0${key}`, Buffer.from('ssh-ed25519 AAAA x\n')]])
  return assembleInventory({ facts: new Map(Object.entries(answers)), files }, image, new Date())
}

test('what is writable by all and keys are found in folders that are not listed, and on file systems without a place', async () => {
  const inventory = inventorySchema.parse(await assemble(facts))
  const { files, secrets, ssh, rootFileSystem, disk } = inventory
  expect({
    open: files.filter(({ mode }) => mode === '0666').map(({ path }) => path),
    keys: secrets.privateKeys,
    people: ssh.authorizedKeys,
    rootFileSystem,
    grubBootCode: disk.grubBootCode,
  }).toEqual({
    open: ['/usr/open', '/usr/share/x'],
    keys: ['/etc/x.key', 'partition 2: /y\nz.key'],
    people: [{ file: key, keys: 1 }],
    rootFileSystem: { sizeBytes: 409_600, freeBytes: 204_800, state: 'clean', features: ['extent'] },
    grubBootCode: true,
  })
})

test.each(Object.keys(facts).filter(name => name !== 'source-fs1'))(
  'without an answer on %s nothing is said',
  async name => {
    const { [name as 'blkid']: _, ...rest } = facts
    await expect(assemble(rest)).rejects.toThrow(ToolError)
    await expect(assemble(rest)).rejects.toThrow(/^the appliance gave no answer on \S+ of x\.raw$/)
  },
)
