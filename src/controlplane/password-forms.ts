/**
 * A password in the forms in which a guest may repeat it: as it is, as it stands in a `transport_url`, and each of these as
 * Python and JSON write a text down (a traceback, a log line of a dictionary, one within the other). The longest first,
 * so that hiding a shorter one leaves nothing of a longer one.
 */
export function passwordForms(password: string): string[] {
  const plain = [password, encodeURIComponent(password), ...pythonQuotes(password)]
  const once = plain.flatMap(literals)
  const forms = new Set([...plain, ...once, ...once.flatMap(literals)])
  return [...forms].toSorted((left, right) => right.length - left.length || (left < right ? -1 : 1))
}

/** `urllib.parse.quote` with and without the slash, and `quote_plus`; only letters, digits and `_.-~` stay. */
function pythonQuotes(text: string): string[] {
  const quoted = encodeURIComponent(text).replaceAll(/[!'()*]/g, character => `%${hex(character, 2).toUpperCase()}`)
  return [quoted, quoted.replaceAll('%2F', '/'), quoted.replaceAll('%20', '+')]
}

/** What `repr`, `ascii`, `repr` of the bytes and JSON write between the quotes of a literal, whichever quotes these are. */
function literals(text: string): string[] {
  const bytes = Buffer.from(text, 'utf8').toString('latin1')
  const ways: [string, RegExp, (character: string) => string][] = [
    [text, notPrintable, pythonCode],
    [text, notAscii, pythonCode],
    [bytes, notAscii, pythonCode],
    [text, notJson, jsonCode],
    [text, notAscii, jsonCode],
  ]
  return ways.flatMap(([value, special, code]) => {
    const escaped = value.replaceAll(special, code)
    return [escaped, escaped.replaceAll("'", "\\'"), escaped.replaceAll('"', '\\"')]
  })
}

/** Besides the backslash: what Python's `str.isprintable` denies; what is not ASCII; what JSON must escape. */
const notPrintable = /\\|(?! )[\p{C}\p{Z}]/gu
const notAscii = /\\|[^ -~]/gu
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what JSON escapes.
const notJson = /[\\\u0000-\u001f]/gu

const letters: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function pythonCode(character: string): string {
  const code = character.codePointAt(0) ?? 0
  const number = code < 0x100 ? `\\x${hex(character, 2)}` : code < 0x10000 ? `\\u${hex(character, 4)}` : undefined
  return letters[character] ?? number ?? `\\U${hex(character, 8)}`
}

/** Beyond the first 65536 characters JSON writes the two halves that UTF-16 has. */
function jsonCode(character: string): string {
  const short = letters[character] ?? { '\b': '\\b', '\f': '\\f' }[character]
  return short ?? Array.from({ length: character.length }, (_, at) => `\\u${hex(character.charAt(at), 4)}`).join('')
}

function hex(character: string, digits: number): string {
  return (character.codePointAt(0) ?? 0).toString(16).padStart(digits, '0')
}
