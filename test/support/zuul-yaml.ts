import { parseDocument, type TagId } from 'yaml'

/** A stanza of a Zuul file: a list item with one key, such as `job`. */
export interface Stanza {
  readonly file: string
  readonly kind: string
  readonly value: unknown
}

/** The value of a tag that Zuul knows; `!inherit` and `!override` only say how lists are combined. */
const inert = (tag: string) =>
  ['seq', 'map', undefined].map(collection =>
    collection === undefined
      ? { tag, resolve: (text: string) => text }
      : { tag, collection: collection as 'seq' | 'map', resolve: (node: unknown) => node },
  )

/** What an encrypted value of a secret is read as. */
export const encrypted = 'encrypted'

const tags = [
  ...['!inherit', '!override'].flatMap(inert),
  { tag: '!encrypted/pkcs1-oaep', collection: 'seq' as const, resolve: () => encrypted },
  { tag: '!encrypted/pkcs1-oaep', resolve: () => encrypted },
]

/** Texts are read once: a test that changes one file reads all the others again. */
const known = new Map<string, unknown>()

/** YAML as Zuul reads it, with its tags; throws with the place of the first fault, also for a tag that Zuul refuses. */
export function parseZuulYaml(file: string, text: string): unknown {
  const key = `${file}\0${text}`
  if (!known.has(key)) known.set(key, parse(file, text))
  return known.get(key)
}

function parse(file: string, text: string): unknown {
  const document = parseDocument(text, {
    customTags: standard => [...standard, ...(tags as unknown as TagId[])],
    merge: true,
    schema: 'yaml-1.1',
    prettyErrors: true,
  })
  const fault = document.errors[0] ?? document.warnings[0]
  if (fault) throw new Error(`${file}: ${fault.message.split('\n')[0]}`)
  return document.toJS()
}

/** The stanzas of a Zuul file. Throws when it is no list of items with one key. */
export function readStanzas(file: string, text: string): Stanza[] {
  const items = parseZuulYaml(file, text)
  if (!Array.isArray(items)) throw new Error(`${file}: a Zuul file is a list of stanzas`)
  return items.map((item: unknown, index) => {
    const [entry, ...more] = Object.entries(item && typeof item === 'object' ? item : {})
    if (entry === undefined || more.length > 0) {
      throw new Error(`${file}: stanza ${index + 1} has not exactly one key`)
    }
    return { file, kind: entry[0], value: entry[1] }
  })
}
