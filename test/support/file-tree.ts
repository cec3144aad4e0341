import { posix } from 'node:path'
import { Contents } from '../../src/inventory/contents.ts'
import { FileTree } from '../../src/inventory/file-tree.ts'
import type { ImageEntry } from '../../src/inventory/index.ts'

/** Makes a tree of an image in memory: a text is a file, `-> target` a link; folders come by themselves. */
export function fileTree(files: Readonly<Record<string, string>>, notListed: readonly string[] = []) {
  const entries = new Map<string, ImageEntry>()
  const owner = { uid: 0, gid: 0 }
  for (const [path, text] of Object.entries(files)) {
    for (let folder = posix.dirname(path); ; folder = posix.dirname(folder)) {
      entries.set(folder, { path: folder, type: 'folder', mode: '0755', ...owner, sizeBytes: 4096 })
      if (folder === '/') break
    }
    if (entries.has(path)) continue
    const target = /^-> (.*)$/.exec(text)?.[1]
    entries.set(
      path,
      target === undefined
        ? { path, type: 'file', mode: '0644', ...owner, sizeBytes: text.length }
        : { path, type: 'link', mode: '0777', ...owner, sizeBytes: target.length, target },
    )
  }
  const tree = new FileTree(entries.values(), notListed)
  const texts = Object.entries(files).filter(([, text]) => !text.startsWith('-> '))
  return { tree, contents: new Contents(new Map(texts.map(([path, text]) => [path, Buffer.from(text)])), tree) }
}
