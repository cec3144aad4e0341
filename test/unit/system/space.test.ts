import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { EnvironmentError, ToolError } from '../../../src/system/errors.ts'
import { explainingNoSpace, freeBytes, requireSpace, saysNoSpace } from '../../../src/system/space.ts'

const here = { use: 'the working folder', path: join(tmpdir(), 'not', 'made', 'yet') }

describe('what says that a file system is full', () => {
  test.each([
    ['tar: x: Cannot write: No space left on device', true],
    ["ENOSPC: no space left on device, write '/x'", true],
    ['qemu-img: error while writing: Disk quota exceeded', true],
    ['mke2fs: Could not allocate block in ext2 filesystem', false],
  ])('%s', (message, expected) => {
    expect(saysNoSpace(message)).toBe(expected)
  })
})

test('a full file system is named, with what was written there', async () => {
  const work = explainingNoSpace([here], async () => {
    throw new ToolError('tar: Cannot write: No space left on device', 'tar', 2)
  })
  const error = await work.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(EnvironmentError)
  expect((error as Error).message).toMatch(
    /^No space left on device: the file system \S+ on \/\S*, which holds the working folder \S+\/not\/made\/yet, went down to \d+ MiB free\./,
  )
})

test('another error stays as it is', async () => {
  const error = new ToolError('tar: not found in archive', 'tar', 2)
  const work = explainingNoSpace([here], async () => {
    throw error
  })
  await expect(work).rejects.toBe(error)
})

describe('space needed', () => {
  test('enough', async () => {
    await expect(requireSpace([{ ...here, bytes: 1 }])).resolves.toBeUndefined()
  })

  test('needs on one file system add up', async () => {
    const half = Math.ceil(freeBytes(tmpdir()) * 0.75)
    const other = { use: 'the output folder', path: tmpdir() }
    await expect(requireSpace([{ ...here, bytes: half }])).resolves.toBeUndefined()
    await expect(
      requireSpace([
        { ...here, bytes: half },
        { ...other, bytes: half },
      ]),
    ).rejects.toThrow(/the build needs \d+ MiB there \(the working folder .* MiB, the output folder .* MiB\)/)
  })
})
