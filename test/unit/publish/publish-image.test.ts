import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { parseInputs } from '../../../src/inputs.ts'
import type { Platform } from '../../../src/platform.ts'
import { publicationSchema } from '../../../src/publish/publication.ts'
import { nothingUploaded } from '../../../src/stages/publication-upload.ts'
import { publishImage } from '../../../src/stages/publish-image.ts'
import { cleanCurrentRun } from '../../../src/system/cleanup.ts'
import { readDocument, sha256 } from '../../../src/system/documents.ts'
import { InputError, InterruptedError } from '../../../src/system/errors.ts'
import { run } from '../../../src/system/run.ts'
import { noStorage } from '../../support/no-storage.ts'
import { folderWithCache } from '../../support/own-cache.ts'

const ownFolder = folderWithCache('publish-')
let folder: string
beforeEach(() => {
  folder = ownFolder()
})

const name = 'trove-guest-debian-trixie-amd64.qcow2'
const place = (...parts: string[]) => join(folder, ...parts)

interface Recorded {
  readonly platform: Platform
  readonly warnings: string[]
  readonly summaries: string[]
}

function recordingPlatform(onProgress: (text: string) => void = () => undefined): Recorded {
  const warnings: string[] = []
  const summaries: string[] = []
  const silent = () => undefined
  const platform: Platform = {
    log: { debug: silent, info: silent, warning: text => warnings.push(text), error: silent },
    group: (_, work) => work(),
    annotate: silent,
    summary: async text => void summaries.push(text),
    secret: silent,
    confirm: async () => true,
    progress: ({ text }) => onProgress(text),
    ...noStorage,
    debugging: false,
    disposable: false,
  }
  return { platform, warnings, summaries }
}

/** A folder as build, inspect and smoke leave it, with the documents changed to name these bytes. */
function tested(
  where: string,
  content: string | Buffer,
  documents = ['image', 'inventory', 'inspection', 'smoke-test'],
): string {
  mkdirSync(place(where), { recursive: true })
  const image = place(where, name)
  writeFileSync(image, content)
  for (const document of documents) {
    const fixture = new URL(`../../fixtures/report/registered/${document}.json`, import.meta.url)
    const text = readFileSync(fixture, 'utf8')
    const old = sha256('trixie')
    expect(text).toContain(old)
    writeFileSync(place(where, `${document}.json`), text.replaceAll(old, sha256(content)))
  }
  return image
}

async function publish(
  raw: Record<string, string | string[]>,
  recorded = recordingPlatform(),
  signal = new AbortController().signal,
) {
  const inputs = parseInputs(publishImage.inputs, raw)
  publishImage.check?.(inputs)
  return publishImage.run(inputs, recorded.platform, signal)
}

const names = (where: string) => readdirSync(place(where)).toSorted()
const checked = async (where: string) => (await run('sha256sum', ['-c', 'SHA256SUMS'], { cwd: place(where) })).stdout

const all = [
  'SHA256SUMS',
  'image.json',
  'inspection.json',
  'inventory.json',
  'publication.json',
  'report.md',
  'smoke-test.json',
  name,
]

describe('publish-image', () => {
  test('into the folder of the image itself', async () => {
    tested('out', 'bytes')
    const before = statSync(place('out', name)).ino
    const recorded = recordingPlatform()
    expect(await publish({ output: place('out') }, recorded)).toEqual({
      outputs: {
        publication: place('out', 'publication.json'),
        level: 'registered',
        sha256: sha256('bytes'),
        ...nothingUploaded,
      },
      lines: [
        {
          label: 'publish',
          text: `${place('out')}/  level: registered   SHA256SUMS image.json inventory.json inspection.json smoke-test.json report.md`,
        },
      ],
    })
    expect(names('out')).toEqual(all)
    expect(statSync(place('out', name)).ino).toBe(before)
    expect(await checked('out')).toBe(
      [name, 'image.json', 'inventory.json', 'inspection.json', 'smoke-test.json', 'report.md']
        .map(file => `${file}: OK\n`)
        .join(''),
    )
    const publication = readDocument(place('out', 'publication.json'), publicationSchema)
    const digest = (file: string) => sha256(readFileSync(place('out', file)))
    expect({ ...publication, publishedAt: '' }).toEqual({
      schemaVersion: 1,
      publishedAt: '',
      recipe: 'debian-trixie',
      level: 'registered',
      allowed: [],
      image: { name, sha256: sha256('bytes'), sizeBytes: 5 },
      files: [
        name,
        'image.json',
        'inventory.json',
        'inspection.json',
        'smoke-test.json',
        'report.md',
        'SHA256SUMS',
      ].map(file => ({ name: file, sha256: digest(file) })),
    })
    expect(recorded.warnings).toEqual([])
    expect(recorded.summaries).toHaveLength(1)
    for (const part of [
      '**registered**',
      'sha256sum --check SHA256SUMS',
      readFileSync(place('out', 'report.md'), 'utf8'),
    ]) {
      expect(recorded.summaries[0]).toContain(part.trim())
    }
  })

  test('a dry run judges the image, names what would be written and writes nothing', async () => {
    tested('out', 'bytes')
    const before = names('out')
    expect(await publish({ output: place('out'), dryRun: 'true' })).toEqual({
      outputs: { publication: '', level: 'registered', sha256: sha256('bytes'), ...nothingUploaded },
      lines: [{ label: 'publish', text: `would publish to ${place('out')}  level: registered; nothing was done` }],
    })
    expect(names('out')).toEqual(before)
    rmSync(place('out', 'smoke-test.json'))
    await expect(publish({ output: place('out'), dryRun: 'true' })).rejects.toThrow(InputError)
  })

  test('into another folder, with JUnit files, from where the documents lie', async () => {
    const image = tested('out', 'bytes')
    writeFileSync(place('out', 'inspection.xml'), '<testsuites/>')
    writeFileSync(place('out', 'smoke-test.xml'), '<testsuites/>')
    await publish({ image, output: place('public', 'images') })
    expect(names('public/images')).toEqual([...all, 'inspection.xml', 'smoke-test.xml'].toSorted())
    expect(await checked('public/images')).toContain(`${name}: OK`)
    expect(names('out')).not.toContain('publication.json')
  })

  test('finds the documents in the output folder when the image lies elsewhere', async () => {
    rmSync(tested('out', 'bytes', ['inspection', 'smoke-test']))
    // Beside the image lie documents of another one.
    rmSync(tested('elsewhere', 'others', ['image', 'inspection']))
    writeFileSync(place('elsewhere', 'my image.raw'), 'bytes')
    tested('record', 'bytes', ['image'])
    const result = await publish({
      image: place('elsewhere', 'my image.raw'),
      output: place('out'),
      record: place('record', 'image.json'),
    })
    expect(result.outputs.level).toBe('registered')
    expect(await checked('out')).toBe(
      ['my image.raw', 'image.json', 'inspection.json', 'smoke-test.json', 'report.md']
        .map(file => `${file}: OK\n`)
        .join(''),
    )
  })

  test('follows a link to the image and publishes the file itself', async () => {
    const image = tested('out', 'bytes')
    symlinkSync(image, place('latest.qcow2'))
    await publish({ image: place('latest.qcow2'), output: place('public') })
    expect(names('public')).toEqual(all)
  })

  test('copies an image with holes as what it is', async () => {
    const content = Buffer.alloc(5 * 1024 ** 2 + 17)
    content.write('start', 0)
    content.write('middle', 3 * 1024 ** 2 - 3)
    const image = tested('out', content)
    await publish({ image, output: place('public') })
    expect(readFileSync(place('public', name)).equals(content)).toBe(true)
    expect(statSync(place('public', name)).blocks * 512).toBeLessThanOrEqual(3 * 1024 ** 2 + 65_536)
  })
})

describe('what is refused, and writes nothing', () => {
  const refusal = async (raw: Record<string, string | string[]>): Promise<string> => {
    try {
      await publish(raw)
    } catch (error) {
      expect(error).toBeInstanceOf(InputError)
      return (error as Error).message
    }
    return 'was not refused'
  }

  test('an image that was changed after its tests', async () => {
    const image = tested('out', 'bytes')
    writeFileSync(image, 'other')
    expect(await refusal({ image, output: place('public') })).toMatch(
      /inspected-other-image: .*\n.*smoke-tested-other-image: .*\n.*--allow inspected-other-image --allow smoke-tested-other-image$/,
    )
    expect(existsSync(place('public'))).toBe(false)
    expect(names('out')).toEqual(all.filter(file => !['SHA256SUMS', 'report.md', 'publication.json'].includes(file)))
  })

  test('an image whose inspection or smoke test failed', async () => {
    tested('out', 'bytes')
    for (const document of ['inspection.json', 'smoke-test.json']) {
      const text = readFileSync(place('out', document), 'utf8')
      writeFileSync(place('out', document), text.replace('"status": "passed"', '"status": "failed"'))
    }
    expect(await refusal({ output: place('out') })).toMatch(/inspection-failed: .*\n.*smoke-test-failed: /)
    const recorded = recordingPlatform()
    const { outputs } = await publish(
      { output: place('out'), allow: ['inspection-failed', 'smoke-test-failed'] },
      recorded,
    )
    expect(outputs.level).toBe('none')
    expect(recorded.warnings).toEqual([
      expect.stringContaining('inspection-failed'),
      expect.stringContaining('smoke-test-failed'),
    ])
    expect(readDocument(place('out', 'publication.json'), publicationSchema)).toMatchObject({
      level: 'none',
      allowed: ['inspection-failed', 'smoke-test-failed'],
    })
    expect(readFileSync(place('out', 'report.md'), 'utf8')).toContain('**Published in spite of this')
  })

  test.each<[string, (image: string) => Record<string, string | string[]>, RegExp]>([
    [
      'no image and no record',
      () => ({ output: place('none') }),
      /no image is named, and document .*image\.json cannot be read/,
    ],
    ['a missing image', () => ({ image: place('none.qcow2') }), /image .*none\.qcow2 cannot be read: ENOENT/],
    ['a folder', () => ({ image: place('out') }), /out is not a regular file/],
    [
      'a missing document',
      image => ({ image, inspection: place('none.json') }),
      /document .*none\.json cannot be read/,
    ],
    ['a document that is none', image => ({ image, inspection: image }), /is not JSON/],
    [
      'the wrong kind of document',
      image => ({ image, smokeTest: place('out', 'image.json') }),
      /is not what this version reads/,
    ],
    [
      'an unknown allowance',
      image => ({ image, allow: ['everything'] }),
      /unknown "everything"; legal are not-inspected/,
    ],
    ['an output that is a file', image => ({ image, output: image }), /output .* is no folder/],
  ])('%s', async (_, inputs, reason) => {
    const image = tested('out', 'bytes')
    expect(await refusal({ output: place('public'), ...inputs(image) })).toMatch(reason)
    expect(existsSync(place('public'))).toBe(false)
  })

  test('a build record of another image', async () => {
    const image = tested('out', 'bytes')
    tested('other', 'others')
    expect(await refusal({ image, output: place('public'), record: place('other', 'image.json') })).toMatch(
      /^record .*other\/image\.json is not of this image/,
    )
  })
})

describe('a folder that was published before', () => {
  test('is replaced, documents that the new publication lacks are removed', async () => {
    const first = tested('first', 'old bytes')
    writeFileSync(place('first', 'inspection.xml'), '<testsuites/>')
    await publish({ image: first, output: place('public') })
    const second = tested('second', 'new bytes', ['image', 'inspection'])
    await publish({ image: second, output: place('public'), allow: ['not-smoke-tested', 'smoke-tested-other-image'] })
    expect(names('public')).toEqual(all.filter(file => !['smoke-test.json', 'inventory.json'].includes(file)))
    expect(readFileSync(place('public', name), 'utf8')).toBe('new bytes')
    expect(await checked('public')).toContain('report.md: OK')
  })

  test('keeps an image of another name, and what was changed since', async () => {
    const first = tested('first', 'old bytes')
    await publish({ image: first, output: place('public') })
    writeFileSync(place('public', 'inventory.json'), 'my notes')
    tested('second', 'new bytes', ['image', 'inspection', 'smoke-test'])
    copyFileSync(place('second', name), place('second', 'new.qcow2'))
    const recorded = recordingPlatform()
    await publish({ image: place('second', 'new.qcow2'), output: place('public') }, recorded)
    expect(names('public')).toEqual([...all, 'new.qcow2'].toSorted())
    expect(readFileSync(place('public', 'inventory.json'), 'utf8')).toBe('my notes')
    expect(recorded.warnings).toEqual([expect.stringMatching(new RegExp(`^${name}, published .* is still there`))])
    expect(readDocument(place('public', 'publication.json'), publicationSchema).files.map(file => file.name)).toEqual([
      'new.qcow2',
      'image.json',
      'inspection.json',
      'smoke-test.json',
      'report.md',
      'SHA256SUMS',
    ])
  })

  test('stays whole when the next publication is interrupted while it copies', async () => {
    const first = tested('first', 'old bytes')
    await publish({ image: first, output: place('public') })
    const before = Object.fromEntries(names('public').map(file => [file, readFileSync(place('public', file), 'utf8')]))
    const second = tested('second', 'new bytes'.repeat(400_000))
    const abort = new AbortController()
    const recorded = recordingPlatform(
      text => text.startsWith('copying') && abort.abort(new InterruptedError('SIGINT')),
    )
    await expect(publish({ image: second, output: place('public') }, recorded, abort.signal)).rejects.toThrow(
      new InterruptedError('SIGINT'),
    )
    expect(names('public').length).toBe(all.length + 1)
    await cleanCurrentRun()
    expect(
      Object.fromEntries(names('public').map(file => [file, readFileSync(place('public', file), 'utf8')])),
    ).toEqual(before)
  })

  test('stays whole when the image is changed while it is published', async () => {
    const first = tested('first', 'old bytes')
    await publish({ image: first, output: place('public') })
    const second = tested('second', 'new bytes')
    const recorded = recordingPlatform(text => text.startsWith('copying') && writeFileSync(second, 'bad bytes'))
    // What was copied is what was tested; only the source is another now.
    await publish({ image: second, output: place('public') }, recorded)
    expect(readFileSync(place('public', name), 'utf8')).toBe('new bytes')
    const late = recordingPlatform(
      text => text.startsWith('verifying') && writeFileSync(place('first', name), 'bad bytes'),
    )
    await expect(publish({ image: first, output: place('first') }, late)).rejects.toThrow(
      /was not published: its bytes in .*first have sha256 .*those tested had/,
    )
    expect(names('first')).not.toContain('publication.json')
  })
})

test('a finished publication is nothing that cleaning up would remove', async () => {
  const image = tested('out', 'bytes')
  await publish({ image, output: place('public') })
  await cleanCurrentRun()
  expect(names('public')).toEqual(all)
})
