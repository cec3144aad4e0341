/** One entry of apt's sources: a line of a `.list` file or a stanza of a `.sources` file (sources.list(5)). */
export interface AptSource {
  readonly file: string
  readonly line: number
  /** False for a stanza that is switched off; a commented line is no entry. */
  readonly enabled: boolean
  readonly types: readonly string[]
  /** As written. */
  readonly uris: readonly string[]
  readonly suites: readonly string[]
  readonly components: readonly string[]
  /** Files or fingerprints of `Signed-By`; empty when it is absent or holds the key itself. */
  readonly signedBy: readonly string[]
  /** The key stands in the field `Signed-By` itself. */
  readonly ownKey: boolean
  /** The option `trusted` (or its like) switches signatures off. */
  readonly unverified: boolean
}

/** Reads one file of apt's sources by the style that its name tells; another name holds none, as for apt. */
export function parseSources(text: string, file: string): AptSource[] {
  if (file.endsWith('.sources')) return parseDeb822(text, file)
  return file.endsWith('.list') ? parseList(text, file) : []
}

/** Reads a one-line style file. */
export function parseList(text: string, file: string): AptSource[] {
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
        uris: [uri],
        suites: [suite],
        components: words(components),
        signedBy: (options.get('signed-by') ?? '').split(',').filter(Boolean),
        ownKey: false,
        unverified: isUnverified(options),
      },
    ]
  })
}

/** Reads a deb822 style file: stanzas of fields. */
export function parseDeb822(text: string, file: string): AptSource[] {
  const sources: AptSource[] = []
  let fields = new Map<string, string>()
  let first = 0
  let name = ''
  const finish = () => {
    const values = (field: string) => words(fields.get(field) ?? '')
    if (fields.has('types') || fields.has('uris')) {
      const signedBy = values('signed-by').flatMap(value => value.split(',').filter(Boolean))
      const ownKey = signedBy[0]?.startsWith('-----BEGIN') ?? false
      sources.push({
        file,
        line: first,
        enabled: !/^(no|false|0|off|without|disable)$/i.test(fields.get('enabled')?.trim() ?? 'yes'),
        types: values('types'),
        uris: values('uris'),
        suites: values('suites'),
        components: values('components'),
        signedBy: ownKey ? [] : signedBy,
        ownKey,
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
 * Puts the mirrors of a list in place of its address: cloud images of Debian have
 * `mirror+file:/etc/apt/mirrors/debian.list` (apt-transport-mirror(1)).
 *
 * @param read gives the text of a file; undefined or empty leaves the address as it is
 */
export function expandMirrorList(uri: string, read: (path: string) => string | undefined): string[] {
  const path = /^mirror\+file:(?:\/\/)?(\/.*)$/.exec(uri)?.[1]
  if (path === undefined) return [uri]
  const mirrors = (read(path) ?? '')
    .split('\n')
    .map(line => line.replace(/#.*$/, '').trim().split(/\s+/)[0] ?? '')
    .filter(line => line !== '')
  return mirrors.length === 0 ? [uri] : mirrors
}

/** The addresses in a line of DIB_APT_SOURCES_CONF: `name:deb [options] URL SUITE COMPONENTS`. */
export function addressesOf(line: string): string[] {
  return words(line.replace(/\[[^\]]*\]/g, ' ')).filter(word => /^[a-z0-9+.-]+:\/\//i.test(word))
}

function isUnverified(options: ReadonlyMap<string, string>): boolean {
  return ['trusted', 'allow-insecure', 'allow-weak', 'allow-downgrade-to-insecure'].some(name =>
    /^(yes|true|1|on|with|enable)$/i.test(options.get(name) ?? ''),
  )
}

function words(text: string): string[] {
  return text.split(/\s+/).filter(word => word !== '')
}
