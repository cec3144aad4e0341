import { expect, test } from 'vitest'
import { type ComparedInventory, differenceBetween } from '../../../src/inventory/index.ts'
import { differenceSection, differenceWords } from '../../../src/report/index.ts'
import { sha256 } from '../../../src/system/documents.ts'

function inventory(bytes: string, sizeBytes: number, packages: Record<string, string>): ComparedInventory {
  return {
    image: {
      name: `${bytes}.qcow2`,
      sha256: sha256(bytes),
      format: 'qcow2',
      sizeBytes,
      virtualSizeBytes: 5 * 1024 ** 3,
    },
    packages: Object.entries(packages).map(([name, version]) => {
      const [bare = '', architecture = 'amd64'] = name.split(':')
      return { name: bare, version, architecture, state: version === '' ? 'config-files' : 'installed', source: bare }
    }),
  }
}

const before = inventory('old', 500_000_000, {
  bash: '5.2-1',
  'libc6:amd64': '2.40',
  'libc6:i386': '2.40',
  gone: '1',
  rc: '',
})
const now = inventory('new', 498_500_000, {
  bash: '5.2-2',
  'libc6:amd64': '2.40',
  'libc6:i386': '2.41',
  came: '3',
  rc: '',
})

test('what was added, removed and changed; a package of two architectures by both', () => {
  expect(differenceBetween(before, now)).toEqual({
    previous: 'old.qcow2',
    sameBytes: false,
    fileBytes: { before: 500_000_000, now: 498_500_000 },
    virtualBytes: { before: 5 * 1024 ** 3, now: 5 * 1024 ** 3 },
    packages: { before: 4, now: 4 },
    added: [{ name: 'came', version: '3' }],
    removed: [{ name: 'gone', version: '1' }],
    changed: [
      { name: 'bash', from: '5.2-1', to: '5.2-2' },
      { name: 'libc6:i386', from: '2.40', to: '2.41' },
    ],
  })
})

test('in words and as a section', () => {
  const difference = differenceBetween(before, now)
  expect(differenceWords(difference)).toBe('file −1.5 MB; packages: 1 added, 1 removed, 2 changed')
  expect(differenceSection(difference)).toBe(`### Since the previous image

| old.qcow2 | before | now | difference |
| --- | ---: | ---: | ---: |
| file | 500 MB | 499 MB | −1.5 MB |
| packages | 4 | 4 | 0 |

<details><summary>1 package added</summary>

| package | version |
| --- | --- |
| \`came\` | \`3\` |

</details>

<details><summary>1 package removed</summary>

| package | version |
| --- | --- |
| \`gone\` | \`1\` |

</details>

<details><summary>2 packages changed</summary>

| package | from | to |
| --- | --- | --- |
| \`bash\` | \`5.2-1\` | \`5.2-2\` |
| \`libc6:i386\` | \`2.40\` | \`2.41\` |

</details>
`)
})

test('an image of the same bytes', () => {
  const difference = differenceBetween(before, before)
  expect([differenceWords(difference), differenceSection(difference)]).toEqual([
    'none: the same bytes as the previous image',
    '### Since the previous image\n\n`old.qcow2` has the same bytes.\n',
  ])
})
