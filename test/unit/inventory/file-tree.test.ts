import { expect, test } from 'vitest'
import { FileTree, parseListing } from '../../../src/inventory/file-tree.ts'
import { fileTree } from '../../support/file-tree.ts'

test("find's listing: kinds, modes of less than four digits, links, names with blanks, a mount point", () => {
  const listing = [
    'd 755 0 0 4096\t\t',
    'f 4755 0 0 1234\tusr/bin/su do\t',
    'l 777 0 0 7\tbin\tusr/bin',
    'c 600 0 5 0\tconsole\t',
    '',
  ].join('\0')
  const owner = { uid: 0, gid: 0 }
  expect(parseListing(listing, '/boot/efi')).toEqual([
    { path: '/boot/efi', type: 'folder', mode: '0755', ...owner, sizeBytes: 4096 },
    { path: '/boot/efi/usr/bin/su do', type: 'file', mode: '4755', ...owner, sizeBytes: 1234 },
    { path: '/boot/efi/bin', type: 'link', mode: '0777', ...owner, sizeBytes: 7, target: 'usr/bin' },
    { path: '/boot/efi/console', type: 'other', mode: '0600', uid: 0, gid: 5, sizeBytes: 0 },
  ])
})

const { tree } = fileTree(
  {
    '/bin': '-> usr/bin',
    '/usr/bin/vi': '-> /etc/alternatives/vi',
    '/etc/alternatives/vi': '-> /usr/bin/vim.tiny',
    '/usr/bin/vim.tiny': 'x',
    '/etc/up': '-> ../../../etc/passwd',
    '/etc/passwd': 'root',
    '/etc/loop': '-> loop',
    '/etc/gone': '-> /nowhere',
  },
  ['/usr/share'],
)

test.each([
  ['/bin/vi', '/usr/bin/vim.tiny'],
  ['/etc/up', '/etc/passwd'],
  ['/bin', '/usr/bin'],
  ['/etc/loop', undefined],
  ['/etc/gone', undefined],
  ['/missing/../etc/passwd', '/etc/passwd'],
])('%s leads to %s', (path, expected) => {
  expect(tree.resolve(path)?.path).toBe(expected)
})

test('the trail names every link on the way', () => {
  expect(tree.trail('/bin/vi').map(({ path }) => path)).toEqual([
    '/bin',
    '/usr/bin/vi',
    '/etc/alternatives/vi',
    '/usr/bin/vim.tiny',
  ])
})

test('a link itself is found through links of its folder', () => {
  expect(tree.entry('/bin/vi')).toMatchObject({ path: '/usr/bin/vi', type: 'link' })
})

test('what was not listed gets the benefit of the doubt', () => {
  expect([tree.exists('/usr/share/x/start.sh'), tree.exists('/usr/shared'), tree.isProgram('/usr/share/x')]).toEqual([
    true,
    false,
    true,
  ])
})

test('a program is a file that somebody may execute', () => {
  const program = (type: 'file' | 'folder', mode: string) => {
    const facts = { uid: 0, gid: 0, sizeBytes: 1 }
    return new FileTree([
      { path: '/', type: 'folder', mode: '0755', ...facts },
      { path: '/x', type, mode, ...facts },
    ]).isProgram('/x')
  }
  expect([program('file', '0755'), program('file', '0644'), program('folder', '0755')]).toEqual([true, false, false])
})

test('below: each folder before its content, links not entered', () => {
  expect(tree.below('/etc').map(({ path }) => path)).toEqual([
    '/etc/alternatives',
    '/etc/alternatives/vi',
    '/etc/gone',
    '/etc/loop',
    '/etc/passwd',
    '/etc/up',
  ])
})
