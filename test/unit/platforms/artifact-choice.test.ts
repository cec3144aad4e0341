import { expect, test } from 'vitest'
import { chooseArtifact } from '../../../src/platforms/github-artifacts.ts'

const artifact = (id: number, name: string, createdMilliseconds: number, sha256 = `digest of ${id}`) => ({
  id,
  name,
  createdMilliseconds,
  sha256,
  sizeBytes: 1,
})
const all = [artifact(9, 'a', 1), artifact(3, 'a', 2), artifact(4, 'b', 3), artifact(5, 'b', 3)]

test.each([
  ['a number, also one that is not the largest of its name', '9', undefined, 9],
  ['a name: the newest, not the one with the largest number', 'a', undefined, 3],
  ['a name and a digest: that one, also when it is older', 'a', 'digest of 9', 9],
  ['a name with a digest that none has: the newest, to be refused by its bytes', 'a', 'another', 3],
  ['one moment: the larger number', 'b', undefined, 5],
  ['nothing of that name', 'c', undefined, undefined],
])('%s', (_, wanted, sha256, id) => {
  expect(chooseArtifact(all, wanted, sha256)?.id).toBe(id)
})
