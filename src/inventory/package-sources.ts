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
    if (text === undefined) return []
    if (file.endsWith('.sources')) return parseDeb822(text, file)
    return file.endsWith('.list') ? parseList(text, file) : []
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

/** One-line style (sources.list(5)); commented entries are left out. */
export function parseList(text: string, file: string): PackageSource[] {
  return text.split('\n').flatMap((raw, index) => {
    const match = /^\s*(deb|deb-src)\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)((?:\s+\S+)*)\s*$/.exec(raw.replace(/#.*$/, ''))
    if (!match) return []
    const [, type = '', optionText = '', uri = '', suite = '', components = ''] = match
    const options = new Map(
      words(optionText).map(option => {
        const [name = '', value = ''] = option.split('=', 2)
        return [name.toLowerCase(), value] as const
      }),
    )
    return [
      {
        file,
        line: index + 1,
        enabled: true,
        types: [type],
        ...addresses([uri]),
        suites: [suite],
        components: words(components),
        signedBy: (options.get('signed-by') ?? '').split(',').filter(Boolean),
        unverified: isUnverified(options),
      },
    ]
  })
}

/** deb822 style: stanzas of fields. A key in the field itself counts as signed by the file that holds it. */
export function parseDeb822(text: string, file: string): PackageSource[] {
  const sources: PackageSource[] = []
  let fields = new Map<string, string>()
  let first = 0
  let name = ''
  const finish = () => {
    const values = (field: string) => words(fields.get(field) ?? '')
    if (fields.has('types') || fields.has('uris')) {
      const signedBy = values('signed-by')
      sources.push({
        file,
        line: first,
        enabled: !/^(no|false|0|off|without|disable)$/i.test(fields.get('enabled')?.trim() ?? 'yes'),
        types: values('types'),
        ...addresses(values('uris')),
        suites: values('suites'),
        components: values('components'),
        signedBy: signedBy[0]?.startsWith('-----BEGIN') ? [file] : signedBy,
        unverified: isUnverified(new Map([...fields].map(([key, value]) => [key, value.trim()]))),
      })
    }
    fields = new Map()
  }
  text.split('\n').forEach((raw, index) => {
    if (raw.startsWith('#')) return
    if (raw.trim() === '') {
      finish()
      return
    }
    const match = /^([A-Za-z][A-Za-z0-9-]*):(.*)$/.exec(raw)
    if (match) {
      if (fields.size === 0) first = index + 1
      name = (match[1] ?? '').toLowerCase()
      fields.set(name, match[2] ?? '')
    } else fields.set(name, `${fields.get(name) ?? ''} ${raw.trim()}`)
  })
  finish()
  return sources
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

function addresses(uris: readonly string[]): { uris: string[]; credentials: boolean } {
  const clean = uris.map(withoutCredentials)
  return { uris: clean, credentials: clean.some((uri, index) => uri !== uris[index]) }
}

function isUnverified(options: ReadonlyMap<string, string>): boolean {
  return ['trusted', 'allow-insecure', 'allow-weak', 'allow-downgrade-to-insecure'].some(name =>
    /^(yes|true|1|on|with|enable)$/i.test(options.get(name) ?? ''),
  )
}

function words(text: string): string[] {
  return text.split(/\s+/).filter(word => word !== '')
}
