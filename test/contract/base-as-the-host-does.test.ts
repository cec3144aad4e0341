import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { archives } from '../../src/base/archive.ts'
import { readDibDefault } from '../../src/base/dib-default.ts'
import { resolveLocal } from '../../src/base/local.ts'
import { verifiedText } from '../../src/base/signature.ts'
import { cleanCurrentRun } from '../../src/system/cleanup.ts'
import { sha256 } from '../../src/system/documents.ts'
import { EnvironmentError, InputError } from '../../src/system/errors.ts'
import { projectRoot } from '../../src/system/home.ts'
import { realDib } from '../support/dib.ts'

const fixtures = join(projectRoot(), 'test/fixtures/base')
const work = mkdtempSync(join(tmpdir(), 'base-'))
afterAll(async () => {
  await cleanCurrentRun()
  rmSync(work, { recursive: true })
}, 120_000)

describe('gpgv', () => {
  const verify = (name: string) =>
    verifiedText(
      readFileSync(join(fixtures, name), 'utf8'),
      'URL',
      join(fixtures, 'archive-keyring.gpg'),
      archives.debian,
    )

  test('gives what a known key signed, though another signature is by an unknown key', async () => {
    expect(await verify('InRelease')).toBe(readFileSync(join(fixtures, 'InRelease.unsigned'), 'utf8'))
  })

  test('text around the signed part is not given', async () => {
    const signed = readFileSync(join(fixtures, 'InRelease'), 'utf8')
    const text = await verifiedText(
      `Codename: evil\n${signed}`,
      'URL',
      join(fixtures, 'archive-keyring.gpg'),
      archives.debian,
    )
    expect(text).not.toContain('evil')
  })

  test.each([
    [
      'InRelease.tampered',
      /^URL is not trusted by .*: the signature of key [0-9A-F]{16} does not fit the content\. The mirror/,
    ],
    [
      'InRelease.other',
      /^URL is not trusted by .*: signed by keys [0-9A-F]{16}, which it lacks\. The keyring is too old .*debian-archive-keyring/,
    ],
    ['InRelease.unsigned', /^URL is not trusted by .*: it carries no OpenPGP signature\. This is no package archive/],
  ])('%s is refused', async (name, message) => {
    await expect(verify(name)).rejects.toThrow(EnvironmentError)
    await expect(verify(name)).rejects.toThrow(message)
  })
})

describe("DIB's default mirrors", () => {
  const elementWith = (name: string, script: string) => {
    const folder = join(work, name)
    mkdirSync(join(folder, 'debian-minimal/environment.d'), { recursive: true })
    writeFileSync(join(folder, 'debian-minimal/environment.d/10-debian-minimal.bash'), script)
    return folder
  }

  test.skipIf(!realDib)('are read from its own element', async () => {
    const found = await readDibDefault(realDib?.elementsFolder ?? '', 'trixie')
    expect(found.file.startsWith(realDib?.elementsFolder ?? '?')).toBe(true)
    for (const url of [found.main, found.security]) expect(['http:', 'https:']).toContain(new URL(url).protocol)
  })

  test('see nothing of the caller’s environment', async () => {
    const folder = elementWith(
      'plain',
      'DIB_DISTRIBUTION_MIRROR=http://$DIB_RELEASE.example/$(printenv CALLER || echo clean)\nDIB_DEBIAN_SECURITY_MIRROR=http://s.example/',
    )
    process.env.CALLER = 'dirty'
    const found = await readDibDefault(folder, 'trixie')
    delete process.env.CALLER
    expect([found.main, found.security]).toEqual(['http://trixie.example/clean', 'http://s.example/'])
  })

  test.each([
    ['fails', 'exit 3', /bash ended with status 3/],
    ['says nothing', 'true', /DIB_DISTRIBUTION_MIRROR: unbound variable/],
    ['says nonsense', 'DIB_DISTRIBUTION_MIRROR=x DIB_DEBIAN_SECURITY_MIRROR=', /it gave "x" and ""/],
  ])('an element that %s is named', async (name, script, reason) => {
    const failure = readDibDefault(elementWith(name, script), 'trixie')
    await expect(failure).rejects.toThrow(
      /cannot be read from .*10-debian-minimal\.bash: .*Set mirror and security-mirror in the recipe$/s,
    )
    await expect(readDibDefault(elementWith(name, script), 'trixie')).rejects.toThrow(reason)
  })
})

describe('a local base', () => {
  const tree = join(work, 'tree')
  for (const [path, text] of Object.entries({
    'etc/os-release': 'ID=debian',
    'var/lib/dpkg/status': '',
    'usr/bin/true': 'x'.repeat(200_000),
  })) {
    mkdirSync(dirname(join(tree, path)), { recursive: true })
    writeFileSync(join(tree, path), text)
  }
  const pack = (name: string, ...options: string[]) => {
    execFileSync('tar', ['--create', ...options, '--file', join(work, name), '-C', tree, '.'])
    return join(work, name)
  }
  const image = (name: string, ...args: string[]) => {
    execFileSync('qemu-img', ['create', '-q', ...args.slice(0, 2), join(work, name), ...args.slice(2)])
    return join(work, name)
  }
  const whole = pack('root.tar')

  test.each([
    ['plain', () => whole],
    ['gzip', () => pack('root.tar.gz', '--gzip')],
    ['xz', () => pack('root.tar.xz', '--xz')],
    ['zstd', () => pack('root.tar.zst', '--zstd')],
  ])('a root tarball, %s', async (_, make) => {
    const file = make()
    const content = readFileSync(file)
    expect(await resolveLocal(file)).toEqual({
      source: 'local',
      file,
      format: 'tar',
      sizeBytes: content.length,
      sha256: sha256(content),
    })
  })

  test('a disk image', async () => {
    const file = image('disk.qcow2', '-f', 'qcow2', '10M')
    const content = readFileSync(file)
    expect(await resolveLocal(file)).toEqual({
      source: 'local',
      file,
      format: 'qcow2',
      sizeBytes: content.length,
      sha256: sha256(content),
    })
  })

  test.each<[string, () => string, RegExp]>([
    ['missing', () => join(work, 'absent'), /^base-file .*absent cannot be used: there is no such file$/],
    ['a folder', () => tree, /it is not a regular file/],
    ['empty', () => write('empty', ''), /it is empty/],
    ['a text', () => write('text', 'hello'), /it is not a disk image/],
    [
      'a truncated tarball',
      () => cut(pack('cut.tar'), 100 * 512),
      /it is a truncated tar archive: its end mark is missing/,
    ],
    [
      'a truncated compressed tarball',
      () => cut(pack('cut.tar.gz', '--gzip'), 200),
      /it is truncated, damaged, or no tar archive \(gzip\):[\s\S]*unexpected end of file/,
    ],
    [
      'a tarball of something else',
      () => pack('other.tar', '--exclude=./var'),
      /it holds no root file system with dpkg: var\/lib\/dpkg\/status is missing/,
    ],
    [
      'an image over another',
      () => image('over.qcow2', '-f', 'qcow2', '-b', image('under.qcow2', '-f', 'qcow2', '1M'), '-F', 'qcow2'),
      /it has a backing file/,
    ],
    ['an image of another kind', () => image('disk.vmdk', '-f', 'vmdk', '1M'), /it is a VMDK image/],
    ['a truncated image', () => cut(image('cut.qcow2', '-f', 'qcow2', '10M'), 70_000), /it is truncated or damaged/],
  ])('%s is refused', async (_, make, reason) => {
    const file = make()
    const error: unknown = await resolveLocal(file).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(InputError)
    expect((error as Error).message).toMatch(reason)
  })

  function write(name: string, text: string): string {
    writeFileSync(join(work, name), text)
    return join(work, name)
  }

  function cut(file: string, bytes: number): string {
    truncateSync(file, bytes)
    return file
  }
})
