import { type AptSource, expandMirrorList, parseSources } from '../apt/index.ts'
import type { Contents } from './contents.ts'
import type { FileTree } from './file-tree.ts'
import type { Inventory, Located, PackageSource } from './inventory.ts'
import { withoutCredentials } from './redaction.ts'

/** Reads apt's sources, keys and settings. */
export function readPackageSources(tree: FileTree, contents: Contents): Inventory['packageSources'] {
  const folder = tree.within('/etc/apt/sources.list.d').map(entry => entry.path)
  const faults: Located[] = []
  const sources = ['/etc/apt/sources.list', ...folder].flatMap(file => {
    const text = contents.text(file)
    return text === undefined ? [] : parseSources(text, file).map(source => described(source, contents))
  })
  const settingFiles = ['/etc/apt/apt.conf', ...tree.within('/etc/apt/apt.conf.d').map(entry => entry.path)]
  const settings = settingFiles.flatMap(file => {
    const text = contents.text(file)
    if (text === undefined || /(~|\.(bak|dpkg-\w+|disabled|save))$/.test(file)) return []
    try {
      return parseAptConfiguration(text).map(({ name, value }) => ({ file, name, value: withoutCredentials(value) }))
    } catch (error) {
      faults.push({ file, line: 0, text: (error as Error).message })
      return []
    }
  })
  const trustedKeys = [
    '/etc/apt/trusted.gpg',
    ...tree.within('/etc/apt/trusted.gpg.d').map(entry => entry.path),
  ].filter(file => /\.(gpg|asc)$/.test(file) && (tree.resolve(file)?.sizeBytes ?? 0) > 0)
  return { sources, trustedKeys, settings, faults }
}

/**
 * Reads apt.conf(5): `Name::Sub "value";`, `Name { Sub "value"; };`, lists. Gives whole names with their values, in order.
 *
 * @throws Error for an unfinished string or block, which makes apt refuse all its work
 */
export function parseAptConfiguration(text: string): { name: string; value: string }[] {
  const plain = text.replaceAll(/\/\*[\s\S]*?\*\//g, ' ')
  const tokens = plain.matchAll(/"([^"\n]*)"|([{};])|(?:\/\/|#(?!clear|include)).*|([^\s{};"]+)|(")/g)
  const settings: { name: string; value: string }[] = []
  const scopes: string[] = []
  let name = ''
  let value: string | undefined
  for (const [, quoted, mark, word, stray] of tokens) {
    if (stray !== undefined) throw new Error('a string does not end on its line')
    if (quoted !== undefined) value = quoted
    else if (word !== undefined && name === '') name = word
    else if (word !== undefined) value = word
    else if (mark === '{') {
      scopes.push(name)
      name = ''
      value = undefined
    } else if (mark === '}') {
      if (scopes.pop() === undefined) throw new Error('a "}" has no "{"')
      name = ''
      value = undefined
    } else if (mark === ';') {
      // "#clear" and "#include" are no settings.
      if (value !== undefined && !name.startsWith('#')) {
        settings.push({ name: [...scopes, name.replace(/::$/, '')].filter(part => part !== '').join('::'), value })
      }
      name = ''
      value = undefined
    }
  }
  if (scopes.length > 0) throw new Error('a "{" has no "}"')
  return settings
}

/** An entry without names and passwords, with the mirrors of its list; a key in the entry itself is in its file. */
function described({ ownKey, ...source }: AptSource, contents: Contents): PackageSource {
  const uris = source.uris.flatMap(uri => expandMirrorList(uri, path => contents.text(path)))
  const clean = uris.map(withoutCredentials)
  return {
    ...source,
    types: [...source.types],
    uris: clean,
    suites: [...source.suites],
    components: [...source.components],
    signedBy: ownKey ? [source.file] : [...source.signedBy],
    credentials: clean.some((uri, index) => uri !== uris[index]),
  }
}
