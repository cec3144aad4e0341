import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { TerminalPlatform } from '../../../src/platforms/terminal.ts'
import { checkImageInputs, requireImage, takeImage } from '../../../src/stages/image-input.ts'
import { documentsName, willUpload } from '../../../src/stages/publication-upload.ts'
import { sha256 } from '../../../src/system/documents.ts'
import { EnvironmentError, InputError } from '../../../src/system/errors.ts'

const digest = sha256('bytes')
const terminal = new TerminalPlatform({ yes: true, verbose: false, plain: true })
const signal = new AbortController().signal

describe('checkImageInputs', () => {
  test.each([
    {},
    { image: 'a.qcow2' },
    { image: 'a.qcow2', sha256: digest },
    { image: 'a.qcow2', sha256: `sha256:${digest}` },
    { imageArtifact: '1001', sha256: digest },
  ])('allows %o', inputs => {
    expect(() => checkImageInputs({ output: 'out', ...inputs })).not.toThrow()
  })

  test.each<[Record<string, string>, RegExp]>([
    [{ image: 'a.qcow2', imageArtifact: '1001', sha256: digest }, /^image a\.qcow2 and image-artifact 1001 name two/],
    [{ imageArtifact: '1001' }, /^image-artifact needs sha256/],
    [{ image: 'a.qcow2', sha256: 'abc' }, /^sha256 "abc" is none: 64 of 0-9a-f/],
    [{ image: 'a.qcow2', sha256: digest.toUpperCase() }, /is none/],
  ])('refuses %o', (inputs, reason) => {
    expect(() => checkImageInputs({ output: 'out', ...inputs })).toThrow(InputError)
    expect(() => checkImageInputs({ output: 'out', ...inputs })).toThrow(reason)
  })
})

test('requireImage', () => {
  expect(requireImage('a.qcow2')).toBe('a.qcow2')
  expect(() => requireImage(undefined)).toThrow(/^input "image": is required/)
})

describe('takeImage', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'trove-image-input.'))
    writeFileSync(join(folder, 'a.qcow2'), 'bytes')
  })
  afterEach(() => rmSync(folder, { recursive: true }))
  const take = (inputs: Record<string, string>) => takeImage({ output: folder, ...inputs }, terminal, signal)

  test('gives the path as it is, with the digest when that fits', async () => {
    const image = join(folder, 'a.qcow2')
    expect(await take({})).toBeUndefined()
    expect(await take({ image })).toBe(image)
    expect(await take({ image, sha256: digest })).toBe(image)
    expect(await take({ image, sha256: `sha256:${digest}` })).toBe(image)
  })

  test.each<[string, string, RegExp]>([
    ['a.qcow2', sha256('other'), /has sha256 [0-9a-f]{64}, and sha256 [0-9a-f]{64} was asked for/],
    ['none.qcow2', digest, /none\.qcow2 cannot be read: ENOENT/],
  ])('refuses %s with %s', async (name, wanted, reason) => {
    await expect(take({ image: join(folder, name), sha256: wanted })).rejects.toThrow(reason)
  })

  test('refuses an artifact at a terminal', async () => {
    await expect(take({ imageArtifact: '1001', sha256: digest })).rejects.toThrow(
      new EnvironmentError(
        'image-artifact 1001: artifacts exist only in a step of a GitHub workflow; here the output folder holds all that is published',
      ),
    )
  })
})

describe('an upload at a terminal', () => {
  test('is not made by itself, and refused when it is asked for', () => {
    expect(willUpload('auto', terminal)).toBe(false)
    expect(willUpload('never', terminal)).toBe(false)
    expect(() => willUpload('always', terminal)).toThrow(EnvironmentError)
  })

  test('of documents is named after the image', () => {
    expect(documentsName('trove-guest-debian-trixie-amd64.qcow2')).toBe('trove-guest-debian-trixie-amd64-documents')
  })
})
