import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { projectRoot } from '../../src/system/home.ts'
import { realDib } from '../support/dib.ts'

const hook = join(projectRoot(), 'elements/trove-image-sources/cleanup.d/95-trove-image-sources')
const work = mkdtempSync(join(tmpdir(), 'image-sources-'))
afterAll(() => rmSync(work, { recursive: true }))

const mirror = 'http://mirror.example.org/debian'
const securityMirror = 'http://mirror.example.org/debian-security'

/** What DIB's element for Debian does in environment.d: 3.13 (faulty for Debian 12) and a later one. Public hosts are examples. */
const distribution = (version: '3.13' | 'later') => `
export DISTRO_NAME=debian
export DIB_DISTRIBUTION_MIRROR=\${DIB_DISTRIBUTION_MIRROR:-http://public.example.org/debian}
DIB_DEBIAN_SECURITY_MIRROR=\${DIB_DEBIAN_SECURITY_MIRROR:-http://security.example.org/}
export DIB_DEBIAN_COMPONENTS=\${DIB_DEBIAN_COMPONENTS:-main}
export DIB_DEBIAN_COMPONENTS_WS=\${DIB_DEBIAN_COMPONENTS//,/ }
DIB_APT_SOURCES_CONF_DEFAULT=\\
"default:deb \${DIB_DISTRIBUTION_MIRROR} \${DIB_RELEASE} \${DIB_DEBIAN_COMPONENTS_WS}
${version === '3.13' ? `backports:deb \${DIB_DISTRIBUTION_MIRROR} \${DIB_RELEASE}-backports main` : ''}
security:deb \${DIB_DEBIAN_SECURITY_MIRROR} \${DIB_RELEASE}${version === '3.13' ? '/updates' : '-security'} \${DIB_DEBIAN_COMPONENTS_WS}
"
export DIB_APT_SOURCES_CONF=\${DIB_APT_SOURCES_CONF:-\${DIB_APT_SOURCES_CONF_DEFAULT}}
`

let tree: string
let elements: string
let copies = 0

function write(root: string, path: string, text: string): void {
  const file = join(root, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

beforeEach(() => {
  tree = join(work, `tree-${++copies}`)
  elements = join(work, `elements-${copies}`)
  write(elements, 'debian-minimal/element-provides', 'operating-system\n')
  write(elements, 'debian-minimal/environment.d/10-debian-minimal.bash', distribution('later'))
  write(elements, 'trove-guest/element-deps', 'package-installs\n')
  // The tree as DIB leaves it.
  write(tree, 'etc/apt/sources.list.d/default.list', `deb ${mirror} trixie main\n`)
  write(tree, 'etc/apt/sources.list.d/security.list', `deb ${securityMirror} trixie-security main\n`)
  write(tree, 'etc/apt/sources.list.d/.list', '\n')
  write(
    tree,
    'etc/apt/apt.conf.d/70debconf',
    'DPkg::Pre-Install-Pkgs {"/usr/sbin/dpkg-preconfigure --apt || true";};\n',
  )
  write(tree, 'etc/dib-manifests/dib_environment', 'declare -x DIB_PASSWORD="secret"\n')
  write(tree, 'etc/dib-manifests/dib_arguments', '-o /home/someone/out\n')
  write(tree, 'etc/dib-manifests/dib-manifest-dpkg-image', '{"packages": []}\n')
  write(tree, 'var/lib/apt/lists/mirror.example.org_debian_dists_trixie_InRelease', 'Suite: trixie\n')
  write(tree, 'var/cache/apt/pkgcache.bin', mirror)
  // The hook calls sudo as all of DIB's hooks outside the tree do.
  write(work, 'bin/sudo', '#!/bin/sh\nexec "$@"\n')
  chmodSync(join(work, 'bin/sudo'), 0o755)
})

/** Runs the hook as DIB does, the environment of the distribution's element sourced before it. */
function runHook(environment: Readonly<Record<string, string>>) {
  const array = readdirSync(elements)
    .map(name => `[${name}]=${join(elements, name)}`)
    .join(' ')
  const script = `
    get_image_element_array() { echo '${array}'; }
    export -f get_image_element_array
    for file in ${elements}/debian-minimal/environment.d/*; do source "$file"; done
    "$1"`
  const { status, stdout, stderr } = spawnSync('bash', ['-euo', 'pipefail', '-c', script, 'bash', hook], {
    env: {
      PATH: `${join(work, 'bin')}:${process.env.PATH}`,
      TARGET_ROOT: tree,
      ARCH: 'amd64',
      DIB_RELEASE: 'trixie',
      DIB_DISTRIBUTION_MIRROR: mirror,
      DIB_DEBIAN_SECURITY_MIRROR: securityMirror,
      ...environment,
    },
    encoding: 'utf8',
    // Node makes pipes of sockets, and bash takes a socket for a remote login.
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return { status, stdout, stderr }
}

/** The sources in the tree, file by file. */
function sources(): Record<string, string> {
  const folder = join(tree, 'etc/apt/sources.list.d')
  return Object.fromEntries(
    readdirSync(folder)
      .toSorted()
      .map(name => [name, readFileSync(join(folder, name), 'utf8')]),
  )
}

const publicSources = {
  'default.list': 'deb http://public.example.org/debian trixie main\n',
  'security.list': 'deb http://security.example.org/ trixie-security main\n',
}

describe('sources inside the image', () => {
  test('are what the element of the distribution writes when no mirror is named', () => {
    expect(runHook({})).toMatchObject({ status: 0, stderr: '' })
    expect(sources()).toEqual(publicSources)
  })

  test('are that too when the build was given whole lines', () => {
    const lines = `default:deb [signed-by=/keys/a.gpg] ${mirror} trixie main\nlocal:deb ${mirror}-local trixie main`
    expect(runHook({ DIB_APT_SOURCES_CONF: lines })).toMatchObject({ status: 0, stderr: '' })
    expect(sources()).toEqual(publicSources)
  })

  test("keep the build's components", () => {
    expect(runHook({ DIB_DEBIAN_COMPONENTS: 'main,contrib' })).toMatchObject({ status: 0 })
    expect(sources()).toEqual({
      'default.list': 'deb http://public.example.org/debian trixie main contrib\n',
      'security.list': 'deb http://security.example.org/ trixie-security main contrib\n',
    })
  })

  test('are mended where DIB 3.13 names the security suite wrongly and adds backports', () => {
    write(elements, 'debian-minimal/environment.d/10-debian-minimal.bash', distribution('3.13'))
    expect(runHook({ DIB_RELEASE: 'bookworm' })).toMatchObject({ status: 0, stderr: '' })
    expect(sources()).toEqual({
      'default.list': 'deb http://public.example.org/debian bookworm main\n',
      'security.list': 'deb http://security.example.org/ bookworm-security main\n',
    })
  })

  test("are the recipe's when it names some", () => {
    const lines = 'deb http://a.example.org/debian trixie main\ndeb http://b.example.org/debian trixie-security main'
    expect(runHook({ DIB_TROVE_IMAGE_SOURCES: lines })).toMatchObject({ status: 0, stderr: '' })
    expect(sources()).toEqual({ 'image.list': `${lines}\n` })
  })

  test('may be the mirror when the recipe says so', () => {
    expect(runHook({ DIB_TROVE_IMAGE_SOURCES: `deb ${mirror} trixie main` })).toMatchObject({ status: 0, stderr: '' })
    expect(sources()).toEqual({ 'image.list': `deb ${mirror} trixie main\n` })
  })

  test.skipIf(!realDib)("are those of the real DIB's element", () => {
    rmSync(join(elements, 'debian-minimal'), { recursive: true })
    symlinkSync(join(realDib?.elementsFolder ?? '', 'debian-minimal'), join(elements, 'debian-minimal'))
    expect(runHook({})).toMatchObject({ status: 0, stderr: '' })
    expect(Object.keys(sources())).toEqual(['default.list', 'security.list', 'updates.list'])
    expect(Object.values(sources()).join('')).toMatch(
      /^deb http\S+ trixie main\ndeb http\S+ trixie-security main\ndeb http\S+ trixie-updates main\n$/,
    )
    expect(Object.values(sources()).join('')).not.toContain('example.org')
  })
})

describe('what else the build left', () => {
  test('manifests with its environment and arguments, package lists and caches are gone, the rest is not', () => {
    expect(runHook({})).toMatchObject({ status: 0 })
    expect(readdirSync(join(tree, 'etc/dib-manifests'))).toEqual(['dib-manifest-dpkg-image'])
    expect(readdirSync(join(tree, 'var/lib/apt/lists'))).toEqual([])
    expect(readdirSync(join(tree, 'var/cache/apt'))).toEqual([])
    expect(readdirSync(join(tree, 'etc/apt/apt.conf.d'))).toEqual(['70debconf'])
  })

  test.each([
    ['a proxy', 'Acquire::http::Proxy "http://10.0.0.1:3142";\n'],
    ['packages without a signature', 'APT::Get::AllowUnauthenticated "true";\n'],
    ['repositories without a signature', 'Acquire::AllowInsecureRepositories "1";\n'],
    ['TLS without a check', 'Acquire::https::Verify-Peer "false";\n'],
  ])('apt options for %s are gone', (_, text) => {
    write(tree, 'etc/apt/apt.conf.d/99planted', text)
    write(tree, 'etc/apt/apt.conf', text)
    expect(runHook({})).toMatchObject({ status: 0, stderr: '' })
    expect(readdirSync(join(tree, 'etc/apt/apt.conf.d'))).toEqual(['70debconf'])
    expect(readdirSync(join(tree, 'etc/apt')).includes('apt.conf')).toBe(false)
  })

  test("a mirror's credentials are gone", () => {
    write(tree, 'etc/apt/auth.conf.d/mirror.conf', 'machine mirror.example.org login a password b\n')
    expect(runHook({})).toMatchObject({ status: 0, stderr: '' })
    expect(readdirSync(join(tree, 'etc/apt/auth.conf.d'))).toEqual([])
  })

  test.each([
    ['etc/environment', `http_proxy=http://user:word@10.0.0.1:3142\n`, 'http://user:***@10.0.0.1:3142'],
    ['etc/profile.d/mirror.sh', `export MIRROR="${mirror}/"\n`, mirror],
    ['etc/apt/preferences.d/mirror', `# from ${mirror} only\n`, mirror],
  ])('an address of the build in %s fails it and is named without its password', (path, text, address) => {
    write(tree, path, text)
    const { status, stdout, stderr } = runHook({ http_proxy: 'http://user:word@10.0.0.1:3142/' })
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: `The address above is of this build and no source of the image: ${address}\n`,
    })
    expect(stdout).toContain(join(tree, path))
  })
})
