import { expect, test } from 'vitest'
import { hostKernels } from '../../../src/guestfs/appliance.ts'
import { socketFolderOf } from '../../../src/guestfs/appliance-process.ts'
import { cleanError, isError } from '../../../src/guestfs/session.ts'

/** Lines that guestfish 1.48 wrote to stderr. */
test.each([
  ['*stdin*:16: libguestfs: error: download: /x: No such file or directory', true],
  ['libguestfs: error: mount-ro: /dev/sda9: No such file or directory', true],
  ['nosuch: unknown command', true],
  ['error: incorrect number of arguments', true],
  ['guestfish: access: failed to open disk image: x', true],
  ['usage: cat path', false],
  ['libguestfs: warning: cannot find any suitable libguestfs supermin', false],
  ['read unknown command: maybe', false],
])('%s is an error: %s', (line, expected) => {
  expect(isError(line)).toBe(expected)
})

test('an error is quoted without its place in our commands', () => {
  expect(
    cleanError(['*stdin*:16: libguestfs: error: mount-ro: failed:', 'wrong fs type', "type 'help mount-ro' for help"]),
  ).toBe('mount-ro: failed:\nwrong fs type')
})

test("the folder of the appliance's sockets stands on QEMU's command line", () => {
  const qemu = [
    '/usr/bin/qemu-system-x86_64',
    '-drive',
    'file.file.filename=/runs/libguestfsAAAAAA/overlay1.qcow2,file.driver=qcow2',
    '-chardev',
    'socket,path=/tmp/libguestfsa1B2c3/guestfsd.sock,id=channel0',
  ]
  expect(socketFolderOf([{ pid: 1, args: ['guestfish', '--ro'] }])).toBeUndefined()
  expect(
    socketFolderOf([
      { pid: 1, args: ['guestfish', '--ro'] },
      { pid: 2, args: qemu },
    ]),
  ).toBe('/tmp/libguestfsa1B2c3')
})

test('a machine without kernels has none', () => {
  expect(hostKernels({ boot: '/nonexistent', modules: '/nonexistent' })).toEqual([])
})
