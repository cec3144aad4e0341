import { expect, test } from 'vitest'
import { spaceNeeds } from '../../../src/dib/preflight.ts'

test('three root file systems lie about at the worst moment, and one file per format in the output folder', () => {
  const plan = {
    recipe: { distribution: 'debian', release: 'trixie', architecture: 'amd64' },
    typedElements: [],
    elementPaths: [],
    environment: {},
    packages: [],
    image: { name: 'guest', sizeBytes: 5000 * 1024 ** 2, formats: ['qcow2', 'raw'], disk: 'own' as const },
  }
  const need = { treeBytes: 1000 * 1024 ** 2, workFolder: '/w', cacheFolder: '/c', outputFolder: '/o' }
  expect(spaceNeeds(plan, need).map(({ path, bytes }) => [path, bytes / 1024 ** 2])).toEqual([
    ['/w', 3705],
    ['/c', 100],
    ['/o', 2000],
  ])
})
