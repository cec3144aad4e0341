import { describe, expect, test } from 'vitest'
import { parseRecipe } from '../../../src/recipe/index.ts'
import { InputError } from '../../../src/system/errors.ts'

const least = 'name: mine\ndistribution: debian\nrelease: trixie\ndib-version: 3.43.0\n'
const known =
  'known keys are name, distribution, release, architecture, dib-version, base, base-file, mirror, security-mirror, ' +
  'image-sources, agent, agent-source, agent-branch, constraints-file, guest-user, elements, element-paths, packages, disk, image-size, formats, compression'

const complaints = (text: string, set: readonly string[] = []): string[] => {
  try {
    parseRecipe(text, 'r.yaml', set)
    return []
  } catch (error) {
    expect(error).toBeInstanceOf(InputError)
    return (error as Error).message.split('\n')
  }
}

const defaults = {
  name: 'mine',
  distribution: 'debian',
  release: 'trixie',
  architecture: 'amd64',
  dibVersion: '3.43.0',
  base: 'minimal',
  agent: 'distribution',
  guestUser: 'ubuntu',
  elements: [],
  elementPaths: [],
  packages: [],
  disk: 'own',
  imageSize: '5GiB',
  formats: ['qcow2'],
  compression: 'zlib',
}

describe('a recipe', () => {
  test('needs four keys', () => {
    expect(parseRecipe(least, 'r.yaml')).toEqual(defaults)
  })

  test('may say everything, and an empty value is as good as none', () => {
    const text = `${least}
architecture: amd64
mirror: http://mirror.example/debian
security-mirror: https://mirror.example/security
image-sources: ["deb [arch=amd64] http://public.example/debian trixie main"]
guest-user: trove
element-paths: [./mine, ../theirs]
elements:
  - vm
  - my-element
packages: [htop, "libc6:amd64"]
disk: dib
image-size: 6144MiB
formats: [qcow2, raw]
compression:
`
    expect(parseRecipe(text, 'r.yaml')).toEqual({
      ...defaults,
      mirror: 'http://mirror.example/debian',
      securityMirror: 'https://mirror.example/security',
      imageSources: ['deb [arch=amd64] http://public.example/debian trixie main'],
      guestUser: 'trove',
      elementPaths: ['./mine', '../theirs'],
      elements: ['vm', 'my-element'],
      packages: ['htop', 'libc6:amd64'],
      disk: 'dib',
      imageSize: '6144MiB',
      formats: ['qcow2', 'raw'],
    })
  })
})

describe('set', () => {
  test.each([
    ['a text', ['guest-user=trove'], { guestUser: 'trove' }],
    ['a text with an equals sign', ['mirror=http://m.example/?a=b'], { mirror: 'http://m.example/?a=b' }],
    ['a list by commas', ['packages=htop, strace'], { packages: ['htop', 'strace'] }],
    ['a list as YAML', ['packages=["htop", strace]'], { packages: ['htop', 'strace'] }],
    ['a list of one', ['formats=raw'], { formats: ['raw'] }],
    ['the last of two', ['image-size=6GiB', 'image-size=7GiB'], { imageSize: '7GiB' }],
    ['nothing: the default holds', ['image-size='], {}],
  ])('takes %s', (_, set, expected) => {
    const text = `${least}image-size: 5GiB\npackages: [less]\n`
    expect(parseRecipe(text, 'r.yaml', set)).toEqual({ ...defaults, packages: ['less'], ...expected })
  })

  test.each([
    ['image-size', ['set "image-size": expected path=value, such as image-size=8GiB']],
    ['=3', ['set "=3": expected path=value, such as image-size=8GiB']],
    ['image_size=8GiB', [`set "image_size=8GiB": unknown key "image_size"; did you mean "image-size"? ${known}`]],
    [
      'image-size=8',
      ['set "image-size=8": image-size: got "8"; expected a whole number with GiB or MiB, such as 5GiB'],
    ],
    ['formats=vmdk', ['set "formats=vmdk": formats item 1: got "vmdk"; legal are qcow2, raw']],
    ['release=sid', ['set "release=sid": release: debian sid is not supported; legal are bookworm, trixie']],
  ])('refuses %s', (item, expected) => {
    expect(complaints(least, [item])).toEqual(expected)
  })
})

describe('a wrong recipe is refused', () => {
  test.each<[string, string, string[]]>([
    ['empty', '', [`r.yaml: a recipe is a list of "key: value" lines; ${known}`]],
    ['a list', '- a\n', [`r.yaml: a recipe is a list of "key: value" lines; ${known}`]],
    ['prose', 'hello', [`r.yaml: a recipe is a list of "key: value" lines; ${known}`]],
    ['not YAML', `${least}elements: [a\n`, [expect.stringMatching(/^r\.yaml:6: not YAML: .*flow/i)]],
    ['a key twice', `${least}compression:\nname: other\n`, ['r.yaml:6: "name" stands in r.yaml:1 already']],
    [
      'an unknown key',
      `${least}imagesize: 5GiB\n`,
      [`r.yaml:5: unknown key "imagesize"; did you mean "image-size"? ${known}`],
    ],
    ['a key like nothing', `${least}quux-corge: 1\n`, [`r.yaml:5: unknown key "quux-corge"; ${known}`]],
    [
      'keys of code',
      `${least}guestUser: a\n`,
      [`r.yaml:5: unknown key "guestUser"; did you mean "guest-user"? ${known}`],
    ],
    [
      'a missing key',
      'name: mine\ndistribution: debian\nrelease: trixie\n',
      ['r.yaml: dib-version: is required. Version of diskimage-builder; the private environment holds it.'],
    ],
    ['a number', `${least.replace('trixie', '13')}`, ['r.yaml:3: release: expected text, got 13; put it in quotes']],
    [
      'a version of two parts',
      least.replace('3.43.0', '3.43'),
      ['r.yaml:4: dib-version: expected text, got 3.43; put it in quotes'],
    ],
    ['a text for a list', `${least}packages: htop\n`, ['r.yaml:5: packages: expected a list, got "htop"']],
    ['a mapping', `${least}guest-user:\n  a: b\n`, ['r.yaml:5: guest-user: expected text, got {"a":"b"}']],
    [
      'a list of numbers',
      `${least}packages:\n- less\n- 7\n`,
      ['r.yaml:5: packages item 2: expected text, got 7; put it in quotes'],
    ],
    ['distribution', least.replace('debian', 'suse'), ['r.yaml:2: distribution: got "suse"; legal are debian']],
    [
      'release',
      least.replace('trixie', 'noble'),
      ['r.yaml:3: release: debian noble is not supported; legal are bookworm, trixie'],
    ],
    ['architecture', `${least}architecture: arm64\n`, ['r.yaml:5: architecture: got "arm64"; legal are amd64']],
    [
      'name',
      least.replace('mine', 'My_Image'),
      ['r.yaml:1: name: got "My_Image"; expected lower-case letters, digits and dashes, such as debian-trixie'],
    ],
    [
      'mirror',
      `${least}mirror: mirror.example\n`,
      ['r.yaml:5: mirror: got "mirror.example"; expected an http or https address'],
    ],
    ['no format', `${least}formats: []\n`, ['r.yaml:5: formats: must not be empty']],
    [
      'two faults',
      `${least}formats: [iso]\ncompression: lzma\n`,
      [
        'r.yaml:5: formats item 1: got "iso"; legal are qcow2, raw',
        'r.yaml:6: compression: got "lzma"; legal are zstd, zlib, none',
      ],
    ],
  ])('%s', (_, text, expected) => {
    expect(complaints(text)).toEqual(expected)
  })
})

describe('an impossible combination is refused', () => {
  test.each<[string, string[]]>([
    ['base: local', ['r.yaml:5: base: local needs base-file: a disk image (qcow2, raw) or a root tarball']],
    ['base-file: root.tar', ['r.yaml:5: base-file: is only used with base: local; set that or remove this']],
    [
      'agent: local',
      [
        'r.yaml:5: agent: local needs agent-source: the folder of a checkout of openstack/trove, and ' +
          'constraints-file: upper-constraints.txt of its series',
      ],
    ],
    ['agent-source: ../trove', ['r.yaml:5: agent-source: is only used with agent: local; set that or remove this']],
    ['agent-branch: master', ['r.yaml:5: agent-branch: is only used with agent: local; set that or remove this']],
    [
      'constraints-file: u.txt',
      ['r.yaml:5: constraints-file: is only used with agent: local; set that or remove this'],
    ],
    ['mirror: ftp://m.example/debian', ['r.yaml:5: mirror: ftp:// is not supported; legal are http:// and https://']],
    [
      'mirror: https://me:secret@m.example/debian',
      ['r.yaml:5: mirror: holds a user name or password, which would stand in lock, plan and image; remove it'],
    ],
    [
      'image-sources: [m.example trixie main]',
      [
        'r.yaml:5: image-sources: "m.example trixie main" is no line of apt\'s sources; expected such as "deb URL SUITE COMPONENT"',
      ],
    ],
    [
      'image-sources: ["deb http://me:secret@m.example/ trixie main"]',
      ['r.yaml:5: image-sources: holds a user name or password, which every guest would get; remove it'],
    ],
    [
      'image-sources: []',
      ['r.yaml:5: image-sources: is empty: the guest could install nothing; give lines or remove the key'],
    ],
    ['elements: [a, b, a]', ['r.yaml:5: elements: "a" is listed twice']],
    ['elements: [../a]', ['r.yaml:5: elements: "../a" is no element\'s name; folders belong in element-paths']],
    [
      'element-paths: ["a:b"]',
      [
        'r.yaml:5: element-paths: "a:b" cannot stand in ELEMENTS_PATH: it must be non-empty, without blanks, colons, quotes and $',
      ],
    ],
    ['packages: [Htop]', ['r.yaml:5: packages: "Htop" is no Debian package name']],
    [
      'image-size: 2560MiB',
      ['r.yaml:5: image-size: 2560MiB is too small for a guest with 2 GiB free; the least is 3GiB'],
    ],
    ['{compression: zstd, formats: [raw]}', ['r.yaml:5: compression: zstd compresses qcow2 only, and formats has raw']],
    ['elements: [vm]', ['r.yaml:5: elements: "vm" lets DIB make the disk: set disk: dib as well, or remove it']],
    [
      'guest-user: root',
      ['r.yaml:5: guest-user: root cannot be the guest user: Trove expects an ordinary user with sudo'],
    ],
  ])('%s', (line, expected) => {
    const lines = line.startsWith('{') ? 'compression: zstd\nformats: [raw]\n' : `${line}\n`
    expect(complaints(least + lines)).toEqual(expected)
  })

  test('an agent of a checkout needs its constraints', () => {
    const local = `${least}agent: local\nagent-source: ../trove\n`
    expect(complaints(local)).toEqual([
      'r.yaml:5: agent: local needs constraints-file: upper-constraints.txt of its series',
    ])
    expect(complaints(`${local}constraints-file: ../requirements/upper-constraints.txt\n`)).toEqual([])
  })

  test('raw alone is fine while nobody asks for compression', () => {
    expect(complaints(`${least}formats: [raw]\n`)).toEqual([])
  })
})
