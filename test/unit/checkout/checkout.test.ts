import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { namesPackage, reviewBranch } from '../../../src/checkout/checkout.ts'
import {
  type Checkout,
  commitAround,
  developmentVersion,
  exportCheckout,
  readCheckout,
} from '../../../src/checkout/index.ts'
import { InputError } from '../../../src/system/errors.ts'
import { git, makeCheckout, troveFiles, writeFiles } from '../../support/git-checkout.ts'

const root = realpathSync(mkdtempSync(join(tmpdir(), 'checkout-')))
afterAll(() => rmSync(root, { recursive: true }))

let count = 0
const newFolder = () => join(root, `${++count}`)
const read = (folder: string): Promise<Checkout> =>
  readCheckout({ folder, named: 'recipe key "agent-source"', project: 'openstack/trove' })

describe('a checkout', () => {
  test('is told by its commit, its version tag and its branch', async () => {
    const folder = newFolder()
    const first = makeCheckout(folder, troveFiles, '25.0.0')
    expect(await read(folder)).toEqual({
      commit: first,
      describe: `25.0.0-0-g${first.slice(0, 12)}`,
      branch: 'stable/2026.1',
      modified: false,
      contentDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    git(folder, 'commit', '--quiet', '--allow-empty', '--message=Two')
    git(folder, 'tag', 'zed-eom')
    const second = git(folder, 'rev-parse', 'HEAD').trim()
    expect(await read(folder)).toMatchObject({ commit: second, describe: `25.0.0-1-g${second.slice(0, 12)}` })
  })

  test('without tags is told by its commit alone', async () => {
    const folder = newFolder()
    const commit = makeCheckout(folder, troveFiles)
    expect((await read(folder)).describe).toBe(commit.slice(0, 12))
  })

  test('has the same content elsewhere, and whatever git ignores or keeps for itself', async () => {
    const [here, there] = [newFolder(), newFolder()]
    makeCheckout(here, troveFiles)
    makeCheckout(there, troveFiles)
    writeFiles(there, { 'trove/guest.pyc': 'compiled' })
    git(there, 'branch', 'other')
    expect(await read(there)).toEqual(await read(here))
  })

  test.each<[string, (folder: string) => void]>([
    ['an edited file', folder => writeFileSync(join(folder, 'trove/cmd/guest.py'), 'raise SystemExit\n')],
    ['a new file', folder => writeFileSync(join(folder, 'trove/new.py'), '')],
    ['a removed file', folder => rmSync(join(folder, 'trove/cmd/guest.py'))],
    ['a file made executable', folder => chmodSync(join(folder, 'trove/cmd/guest.py'), 0o755)],
    ['a link', folder => symlinkSync('guest.py', join(folder, 'trove/cmd/link.py'))],
  ])('with %s says that it is modified, and has other content', async (_, change) => {
    const folder = newFolder()
    makeCheckout(folder, troveFiles)
    const before = await read(folder)
    change(folder)
    const after = await read(folder)
    expect(after).toEqual({ ...before, modified: true, contentDigest: expect.any(String) })
    expect(after.contentDigest).not.toBe(before.contentDigest)
  })

  test('is left as it is', async () => {
    const folder = newFolder()
    makeCheckout(folder, troveFiles)
    const index = () => git(folder, 'rev-parse', '--verify', 'HEAD') + git(folder, 'status', '--porcelain', '--ignored')
    const before = index()
    await read(folder)
    expect(index()).toBe(before)
  })
})

describe('what is no checkout of the project is refused', () => {
  const inFolder = (make: (folder: string) => void) => {
    const folder = newFolder()
    make(folder)
    return folder
  }
  const cases: [string, string, string][] = [
    ['nothing', join(root, 'absent'), 'is no folder'],
    ['a file', inFolder(folder => writeFileSync(folder, '')), 'is no folder'],
    [
      'another project',
      inFolder(folder => makeCheckout(folder, { 'setup.cfg': '[metadata]\nname = python-troveclient\n' })),
      'has no setup.cfg and no pyproject.toml with the name trove',
    ],
    [
      'a copy without git',
      inFolder(folder => writeFiles(folder, troveFiles)),
      'git does not take it for a checkout: fatal: not a git repository (or any of the parent directories): .git',
    ],
    [
      'a repository without a commit',
      inFolder(folder => {
        writeFiles(folder, troveFiles)
        git(folder, 'init', '--quiet')
      }),
      'git does not take it for a checkout: fatal: Needed a single revision',
    ],
    [
      'a folder of another checkout',
      inFolder(folder => {
        mkdirSync(folder)
        makeCheckout(join(folder, 'outer'), { 'inner/setup.cfg': '[metadata]\nname = trove\n' })
      }).concat('/outer/inner'),
      `lies inside of another checkout, ${join(root, String(count), 'outer')}`,
    ],
  ]
  test.each(cases)('%s', async (_, folder, reason) => {
    await expect(read(folder)).rejects.toEqual(
      new InputError(
        `recipe key "agent-source": ${folder}: ${reason}; expected the folder of a git checkout of openstack/trove`,
      ),
    )
  })
})

test('a copy has what the digest covers, as it lies there', async () => {
  const [folder, copy] = [newFolder(), newFolder()]
  makeCheckout(folder, { ...troveFiles, 'bin/run': '#!/bin/sh\n', 'gone.py': '' })
  chmodSync(join(folder, 'bin/run'), 0o755)
  symlinkSync('guest.py', join(folder, 'trove/cmd/link.py'))
  writeFiles(folder, { 'new.py': 'new\n', 'x.pyc': 'compiled' })
  rmSync(join(folder, 'gone.py'))
  await exportCheckout(folder, copy)
  const found = readdirSync(copy, { recursive: true, withFileTypes: true })
    .filter(entry => !entry.isDirectory())
    .map(entry => {
      const path = join(entry.parentPath, entry.name)
      const what = entry.isSymbolicLink() ? readlinkSync(path) : (statSync(path).mode & 0o777).toString(8)
      return `${path.slice(copy.length + 1)} ${what}`
    })
  expect(found.toSorted()).toEqual([
    '.gitignore 644',
    '.gitreview 644',
    'bin/run 755',
    'new.py 644',
    'setup.cfg 644',
    'trove/cmd/guest.py 644',
    'trove/cmd/link.py guest.py',
  ])
  expect(readFileSync(join(copy, 'new.py'), 'utf8')).toBe('new\n')
})

test('the commit around a folder', async () => {
  const folder = newFolder()
  const commit = makeCheckout(folder, { 'a/b': '' })
  expect(await commitAround(join(folder, 'a'))).toBe(commit)
  expect(await commitAround(root)).toBe(null)
})

test.each([
  ['[metadata]\nname = trove\n', true],
  ['[project]\nname = "trove"\nversion = "1"\n', true],
  ['[metadata]\nname = python-troveclient\n', false],
  ['[metadata]\nsummary = trove\n', false],
  ['', false],
])('%j is of trove: %s', (text, expected) => {
  expect(namesPackage(text, 'trove')).toBe(expected)
})

test.each([
  ['[gerrit]\nproject=openstack/trove.git\ndefaultbranch=unmaintained/2024.1\n', 'unmaintained/2024.1'],
  ['[gerrit]\ndefaultbranch = stable/2025.2\n', 'stable/2025.2'],
  ['[gerrit]\nproject=openstack/trove.git\n', 'master'],
  ['', 'master'],
])('%j is of the branch %s', (text, expected) => {
  expect(reviewBranch(text)).toBe(expected)
})

test.each([
  ['25.0.0-0-g4cdc0cd', '25.0.0'],
  ['25.0.0-45-g4cdc0cd', '25.0.1.dev45'],
  ['25.0.0.0rc1-0-g4cdc0cd', '25.0.0.0rc1'],
  ['25.0.0.0rc1-3-g4cdc0cd', '25.0.0.0rc2.dev3'],
  ['9.0.9-12-gabc', '9.0.10.dev12'],
  ['4cdc0cd', '0.0.1.dev1'],
])('%s is version %s', (described, expected) => {
  expect(developmentVersion(described)).toBe(expected)
})
