import { describe, expect, test } from 'vitest'
import { transportUrl } from '../../../src/controlplane/broker-address.ts'
import { passwordForms } from '../../../src/controlplane/password-forms.ts'

const hide = (text: string, password: string) =>
  passwordForms(password).reduce((shown, form) => shown.replaceAll(form, '***'), text)

/** What Python 3 wrote: repr, ascii, json.dumps and urllib.parse of each password. */
const written: readonly (readonly [string, Readonly<Record<string, readonly [string, string]>>])[] = [
  [
    'p@ss/wörd',
    {
      plain: ['p@ss/wörd', '***'],
      repr: ["{'p': 'p@ss/wörd'}", "{'p': '***'}"],
      'repr in a longer text': ["'a \\'b\\' \"c\" p@ss/wörd'", "'a \\'b\\' \"c\" ***'"],
      ascii: ["'p@ss/w\\xf6rd'", "'***'"],
      'repr of bytes': ["b'p@ss/w\\xc3\\xb6rd'", "b'***'"],
      json: ['{"p": "p@ss/w\\u00f6rd"}', '{"p": "***"}'],
      'json in utf-8': ['"p@ss/wörd"', '"***"'],
      'json of a repr': ['["\'p@ss/w\\u00f6rd\'"]', '["\'***\'"]'],
      'repr of a json': ['\'"p@ss/w\\\\u00f6rd"\'', '\'"***"\''],
      quote: ['rabbit://u:p%40ss/w%C3%B6rd@g', 'rabbit://u:***@g'],
      'quote without slash': ['rabbit://u:p%40ss%2Fw%C3%B6rd@g', 'rabbit://u:***@g'],
      quote_plus: ['rabbit://u:p%40ss%2Fw%C3%B6rd@g', 'rabbit://u:***@g'],
    },
  ],
  [
    "it's",
    {
      plain: ["it's", '***'],
      repr: ["{'p': \"it's\"}", '{\'p\': "***"}'],
      'repr in a longer text': ["'a \\'b\\' \"c\" it\\'s'", "'a \\'b\\' \"c\" ***'"],
      ascii: ['"it\'s"', '"***"'],
      'repr of bytes': ['b"it\'s"', 'b"***"'],
      json: ['{"p": "it\'s"}', '{"p": "***"}'],
      'json in utf-8': ['"it\'s"', '"***"'],
      'json of a repr': ['["\\"it\'s\\""]', '["\\"***\\""]'],
      'repr of a json': ["'\"it\\'s\"'", '\'"***"\''],
      quote: ['rabbit://u:it%27s@g', 'rabbit://u:***@g'],
      'quote without slash': ['rabbit://u:it%27s@g', 'rabbit://u:***@g'],
      quote_plus: ['rabbit://u:it%27s@g', 'rabbit://u:***@g'],
    },
  ],
  [
    'say"x"',
    {
      plain: ['say"x"', '***'],
      repr: ["{'p': 'say\"x\"'}", "{'p': '***'}"],
      'repr in a longer text': ['\'a \\\'b\\\' "c" say"x"\'', "'a \\'b\\' \"c\" ***'"],
      ascii: ['\'say"x"\'', "'***'"],
      'repr of bytes': ['b\'say"x"\'', "b'***'"],
      json: ['{"p": "say\\"x\\""}', '{"p": "***"}'],
      'json in utf-8': ['"say\\"x\\""', '"***"'],
      'json of a repr': ['["\'say\\"x\\"\'"]', '["\'***\'"]'],
      'repr of a json': ['\'"say\\\\"x\\\\""\'', '\'"***"\''],
      quote: ['rabbit://u:say%22x%22@g', 'rabbit://u:***@g'],
      'quote without slash': ['rabbit://u:say%22x%22@g', 'rabbit://u:***@g'],
      quote_plus: ['rabbit://u:say%22x%22@g', 'rabbit://u:***@g'],
    },
  ],
  [
    'a\'b"c\\d',
    {
      plain: ['a\'b"c\\d', '***'],
      repr: ["{'p': 'a\\'b\"c\\\\d'}", "{'p': '***'}"],
      'repr in a longer text': ["'a \\'b\\' \"c\" a\\'b\"c\\\\d'", "'a \\'b\\' \"c\" ***'"],
      ascii: ["'a\\'b\"c\\\\d'", "'***'"],
      'repr of bytes': ["b'a\\'b\"c\\\\d'", "b'***'"],
      json: ['{"p": "a\'b\\"c\\\\d"}', '{"p": "***"}'],
      'json in utf-8': ['"a\'b\\"c\\\\d"', '"***"'],
      'json of a repr': ['["\'a\\\\\'b\\"c\\\\\\\\d\'"]', '["\'***\'"]'],
      'repr of a json': ['\'"a\\\'b\\\\"c\\\\\\\\d"\'', '\'"***"\''],
      quote: ['rabbit://u:a%27b%22c%5Cd@g', 'rabbit://u:***@g'],
      'quote without slash': ['rabbit://u:a%27b%22c%5Cd@g', 'rabbit://u:***@g'],
      quote_plus: ['rabbit://u:a%27b%22c%5Cd@g', 'rabbit://u:***@g'],
    },
  ],
  [
    '€😀',
    {
      plain: ['€😀', '***'],
      repr: ["{'p': '€😀'}", "{'p': '***'}"],
      'repr in a longer text': ["'a \\'b\\' \"c\" €😀'", "'a \\'b\\' \"c\" ***'"],
      ascii: ["'\\u20ac\\U0001f600'", "'***'"],
      'repr of bytes': ["b'\\xe2\\x82\\xac\\xf0\\x9f\\x98\\x80'", "b'***'"],
      json: ['{"p": "\\u20ac\\ud83d\\ude00"}', '{"p": "***"}'],
      'json in utf-8': ['"€😀"', '"***"'],
      'json of a repr': ['["\'\\u20ac\\ud83d\\ude00\'"]', '["\'***\'"]'],
      'repr of a json': ['\'"\\\\u20ac\\\\ud83d\\\\ude00"\'', '\'"***"\''],
      quote: ['rabbit://u:%E2%82%AC%F0%9F%98%80@g', 'rabbit://u:***@g'],
      'quote without slash': ['rabbit://u:%E2%82%AC%F0%9F%98%80@g', 'rabbit://u:***@g'],
      quote_plus: ['rabbit://u:%E2%82%AC%F0%9F%98%80@g', 'rabbit://u:***@g'],
    },
  ],
  [
    'tab	end',
    {
      plain: ['tab	end', '***'],
      repr: ["{'p': 'tab\\tend'}", "{'p': '***'}"],
      'repr in a longer text': ["'a \\'b\\' \"c\" tab\\tend'", "'a \\'b\\' \"c\" ***'"],
      ascii: ["'tab\\tend'", "'***'"],
      'repr of bytes': ["b'tab\\tend'", "b'***'"],
      json: ['{"p": "tab\\tend"}', '{"p": "***"}'],
      'json in utf-8': ['"tab\\tend"', '"***"'],
      'json of a repr': ['["\'tab\\\\tend\'"]', '["\'***\'"]'],
      'repr of a json': ['\'"tab\\\\tend"\'', '\'"***"\''],
      quote: ['rabbit://u:tab%09end@g', 'rabbit://u:***@g'],
      'quote without slash': ['rabbit://u:tab%09end@g', 'rabbit://u:***@g'],
      quote_plus: ['rabbit://u:tab%09end@g', 'rabbit://u:***@g'],
    },
  ],
  [
    'x y+z~!*',
    {
      plain: ['x y+z~!*', '***'],
      repr: ["{'p': 'x y+z~!*'}", "{'p': '***'}"],
      'repr in a longer text': ["'a \\'b\\' \"c\" x y+z~!*'", "'a \\'b\\' \"c\" ***'"],
      ascii: ["'x y+z~!*'", "'***'"],
      'repr of bytes': ["b'x y+z~!*'", "b'***'"],
      json: ['{"p": "x y+z~!*"}', '{"p": "***"}'],
      'json in utf-8': ['"x y+z~!*"', '"***"'],
      'json of a repr': ['["\'x y+z~!*\'"]', '["\'***\'"]'],
      'repr of a json': ['\'"x y+z~!*"\'', '\'"***"\''],
      quote: ['rabbit://u:x%20y%2Bz~%21%2A@g', 'rabbit://u:***@g'],
      'quote without slash': ['rabbit://u:x%20y%2Bz~%21%2A@g', 'rabbit://u:***@g'],
      quote_plus: ['rabbit://u:x+y%2Bz~%21%2A@g', 'rabbit://u:***@g'],
    },
  ],
  [
    'zero\u200bwidth',
    {
      plain: ['zero\u200bwidth', '***'],
      repr: ["{'p': 'zero\\u200bwidth'}", "{'p': '***'}"],
      'repr in a longer text': ["'a \\'b\\' \"c\" zero\\u200bwidth'", "'a \\'b\\' \"c\" ***'"],
      ascii: ["'zero\\u200bwidth'", "'***'"],
      'repr of bytes': ["b'zero\\xe2\\x80\\x8bwidth'", "b'***'"],
      json: ['{"p": "zero\\u200bwidth"}', '{"p": "***"}'],
      'json in utf-8': ['"zero\u200bwidth"', '"***"'],
      'json of a repr': ['["\'zero\\\\u200bwidth\'"]', '["\'***\'"]'],
      'repr of a json': ['\'"zero\\\\u200bwidth"\'', '\'"***"\''],
      quote: ['rabbit://u:zero%E2%80%8Bwidth@g', 'rabbit://u:***@g'],
      'quote without slash': ['rabbit://u:zero%E2%80%8Bwidth@g', 'rabbit://u:***@g'],
      quote_plus: ['rabbit://u:zero%E2%80%8Bwidth@g', 'rabbit://u:***@g'],
    },
  ],
]

describe.each(written)('the password %j', (password, texts) => {
  test.each(Object.entries(texts))('is hidden in %s', (_, [text, shown]) => {
    expect(hide(text, password)).toBe(shown)
  })
})

test('it is hidden in the transport_url that the guest is given', () => {
  const password = "p@ss/wörd!'"
  const url = transportUrl({ host: 'h', port: 1, user: 'u', password, virtualHost: '/' }, { host: 'g', port: 5672 })
  expect(hide(url, password)).toBe('rabbit://u:***@g:5672/%2F')
})

test('a password of plain letters has one form; the longest comes first', () => {
  expect(passwordForms('sesame')).toEqual(['sesame'])
  expect(passwordForms('a/b')).toEqual(['a%2Fb', 'a/b'])
})
