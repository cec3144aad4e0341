/** One entry of apt's sources: a line of a `.list` file or a stanza of a `.sources` file (sources.list(5)). */
export interface AptSource {
  readonly file: string
  readonly line: number
  readonly uris: readonly string[]
  readonly suites: readonly string[]
  readonly components: readonly string[]
  /** Files or fingerprints of `Signed-By`; empty when it is absent or holds the key itself. */
  readonly signedBy: readonly string[]
}

/** Reads a one-line style file. Lines that apt would not use are left out. */
export function parseList(text: string, file: string): AptSource[] {
  return text.split('\n').flatMap((raw, index) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)((?:\s+\S+)*)\s*$/.exec(raw.replace(/#.*$/, ''))
    if (!match) return []
    const [, options = '', uri = '', suite = '', components = ''] = match
    const signedBy = /(?:^|\s)signed-by=(\S+)/i.exec(options)?.[1]?.split(',') ?? []
    return [{ file, line: index + 1, uris: [uri], suites: [suite], components: words(components), signedBy }]
  })
}

/** Reads a deb822 style file. Disabled and source-only stanzas are left out. */
export function parseDeb822(text: string, file: string): AptSource[] {
  const sources: AptSource[] = []
  let fields = new Map<string, string>()
  let first = 0
  let field = ''
  const finish = () => {
    const list = (name: string) => words(fields.get(name) ?? '')
    const enabled = !/^(no|false|0|off)$/i.test(fields.get('enabled')?.trim() ?? 'yes')
    if (enabled && list('types').includes('deb')) {
      const signedBy = list('signed-by')
      sources.push({
        file,
        line: first,
        uris: list('uris'),
        suites: list('suites'),
        components: list('components'),
        signedBy: signedBy[0]?.startsWith('-----BEGIN') ? [] : signedBy,
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
      field = (match[1] ?? '').toLowerCase()
      fields.set(field, match[2] ?? '')
    } else {
      fields.set(field, `${fields.get(field) ?? ''} ${raw.trim()}`)
    }
  })
  finish()
  return sources
}

function words(text: string): string[] {
  return text.split(/[\s,]+/).filter(word => word !== '')
}
