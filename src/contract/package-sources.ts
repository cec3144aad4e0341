import type { PackageSource } from '../inventory/index.ts'
import type { Rule } from './rule.ts'

/** apt's switches that take its checks away (apt-secure(8)), in lower case, with the value that is harmless. */
const unsafe = /^(true|1|yes|on|with|enable)$/i
const unsafeSettings = [
  'apt::get::allowunauthenticated',
  'apt::get::allow-unauthenticated',
  'acquire::allowinsecurerepositories',
  'acquire::allowweakrepositories',
  'acquire::allowdowngradetoinsecurerepositories',
  'aptitude::cmdline::ignore-trust-violations',
]
const localNetworks = /^(0|10|127|192\.168|169\.254|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./
const loosened = /^acquire::(https|http)(::[^:]+)*::verify-(peer|host)$/i

/** Where a guest's packages come from. */
export const packageSourceRules: readonly Rule[] = [
  {
    id: 'package-sources-present',
    title: 'apt has a source.',
    why: 'An operator who must mend a guest installs from there.',
    remedy: "Write the distribution's sources under /etc/apt/sources.list.d (element trove-image-sources does).",
    check: ({ inventory: { packageSources } }) =>
      packageSources.sources.some(source => source.enabled && source.types.includes('deb'))
        ? []
        : ['no source of packages is enabled'],
  },
  {
    id: 'apt-configuration-valid',
    title: "apt's configuration parses.",
    why: 'apt refuses all work with a configuration that it cannot read.',
    remedy: 'Correct the file.',
    check: ({ inventory: { packageSources } }) => packageSources.faults.map(({ file, text }) => `${file}: ${text}`),
  },
  {
    id: 'apt-authenticated',
    title: 'apt checks signatures and certificates.',
    why:
      "DIB's openstack-ci-mirrors, in upstream's element list since 2026-08, writes 99unauthenticated and leaves it: every " +
      'guest then installs what anybody in between gives it.',
    remedy: 'Remove the setting from apt.conf.d, and trusted=yes from the sources.',
    check: ({ inventory: { packageSources } }) => [
      ...packageSources.settings
        .filter(
          ({ name, value }) =>
            (unsafeSettings.includes(name.toLowerCase()) && unsafe.test(value)) ||
            (loosened.test(name) && !unsafe.test(value)),
        )
        .map(({ file, name, value }) => `${file}: ${name} "${value}"`),
      ...packageSources.sources
        .filter(source => source.unverified)
        .map(source => `${place(source)}: signatures are not checked`),
    ],
  },
  {
    id: 'package-sources-signed',
    title: 'Every source has a key that apt can check it with.',
    why: 'A source without a key fails, or was used without a check.',
    remedy: 'Install the archive keyring, and name it with signed-by.',
    check: ({ inventory: { packageSources }, tree }) =>
      packageSources.sources
        .filter(source => source.enabled)
        .flatMap(source => {
          if (source.signedBy.length === 0) {
            return packageSources.trustedKeys.length > 0
              ? []
              : [`${place(source)}: no signed-by, and apt trusts no key`]
          }
          return source.signedBy
            .filter(key => key.startsWith('/') && !tree.exists(key))
            .map(key => `${place(source)}: ${key} is missing`)
        }),
  },
  {
    id: 'package-sources-public',
    title: 'The sources are addresses that a guest can reach.',
    why: 'An address of the build host or of a private network means nothing in a guest; a password in it is a secret.',
    remedy: 'Set image-sources in the recipe, or leave it to the element trove-image-sources.',
    check: ({ inventory: { packageSources } }) =>
      packageSources.sources
        .filter(source => source.enabled)
        .flatMap(source => [
          ...source.uris.filter(isLocal).map(uri => `${place(source)}: ${uri}`),
          ...(source.credentials ? [`${place(source)}: an address with a password`] : []),
        ]),
  },
  {
    id: 'no-build-mirror',
    title: 'The mirror that the build used is not in the sources.',
    why: "A company's mirror or a CI node's cache in a published image breaks every guest.",
    remedy: 'Add the element trove-image-sources, or set image-sources in the recipe.',
    check: ({ inventory: { packageSources }, buildMirrors }) => {
      if (buildMirrors === null) return { notAsked: 'no lock.json was given: the mirror of the build is not known' }
      const isUsed = (uri: string) => buildMirrors.used.some(mirror => bare(uri).startsWith(bare(mirror)))
      const isAllowed = (uri: string) =>
        buildMirrors.allowed.some(mirror => `${bare(uri)}/`.startsWith(`${bare(mirror)}/`.replace(/\/+$/, '/')))
      return packageSources.sources
        .filter(source => source.enabled)
        .flatMap(source =>
          source.uris.filter(uri => isUsed(uri) && !isAllowed(uri)).map(uri => `${place(source)}: ${uri}`),
        )
    },
  },
]

function place(source: PackageSource): string {
  return `${source.file}:${source.line}`
}

/**
 * Host and path of an address. Without a path it ends with a slash, so that no longer name of a host begins with it; with one
 * it does not: beside `/debian` the same mirror has `/debian-security`.
 */
function bare(uri: string): string {
  const address = uri
    .replace(/^[a-z0-9+.-]+:\/\/([^/@]*@)?/i, '')
    .replace(/\/+$/, '')
    .toLowerCase()
  return address.includes('/') ? address : `${address}/`
}

/** Files, loopback, private networks (RFC 1918, 4193, 6598, link-local), and names without a dot. */
function isLocal(uri: string): boolean {
  if (/^(file|copy|cdrom):/i.test(uri)) return true
  const host = /^[a-z0-9+.-]+:\/\/(\[[^\]]+\]|[^/:]+)/i.exec(uri)?.[1]?.toLowerCase() ?? ''
  if (host.startsWith('[')) return /^\[(::1|f[cd]|fe80)/.test(host)
  if (/^[\d.]+$/.test(host)) return localNetworks.test(host)
  return !host.includes('.') || /\.(localhost|local|internal|lan|localdomain|home\.arpa|test|invalid)$/.test(host)
}
