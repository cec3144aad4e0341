import { expect, test } from 'vitest'
import { buildSpaceNeeds } from '../../../src/dib/preflight.ts'

test('three root file systems lie about at the worst moment, and one file per format in the output folder', () => {
  const places = { workFolder: '/w', cacheFolder: '/c', outputFolder: '/o' }
  const space = { ...places, treeBytes: 1000 * 1024 ** 2, imageSizeBytes: 5000 * 1024 ** 2, formats: 2 }
  expect(buildSpaceNeeds(space).map(({ path, bytes }) => [path, bytes / 1024 ** 2])).toEqual([
    ['/w', 3705],
    ['/c', 100],
    ['/o', 2000],
  ])
})
