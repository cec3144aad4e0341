import type { Contents } from './contents.ts'
import type { FileTree } from './file-tree.ts'
import type { Inventory, Located } from './inventory.ts'
import { withoutCredentials } from './redaction.ts'

const secretAssignment =
  /\b([A-Z][A-Z0-9_]*(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|ACCESS_KEY|CREDENTIALS?)[A-Z0-9_]*)=(["']?)([^\s"']+)/
/** An option of a configuration file, in lower case: `database_password = x`, `api_key: x`. */
const secretOption =
  /^\s*(?:-\s+)?["']?((?:[a-z][a-z0-9_.-]*[_.-])?(?:password|passwd|pass|secret|token|api_?key|access_key|secret_key|encr_key))["']?\s*[=:]\s*(["']?)([^\s"',]+)/
/** A line of netrc(5), which apt's auth.conf is, too. */
const netrcPassword = /(?:^|\s)password\s+(\S+)/
const netrcFile = /\/(\.netrc|_netrc|netrc|auth\.conf)$|^\/etc\/apt\/auth\.conf\.d\/[^/]+$/
/** What `docker login` leaves. */
const dockerLogin = /"(auth|identitytoken|registrytoken)"\s*:\s*"[^"]+"/
const dockerFile = /\/(\.docker\/config\.json|\.dockercfg)$/
/** Values that are no secret: variables, fields of templates, words for nothing, switches, numbers. */
const harmlessValue =
  /^(\$|\*+$|<|%[A-Z(]|\{\{|@[A-Z_]+@|\(not|none$|null$|true$|false$|yes$|no$|x+$|\d{1,5}$|changeme$)/i
/** As in OpenStack's guides: RABBIT_PASS, TROVE_DBPASS. */
const guideWord = /^[A-Z_]*PASS(WORD)?$/
const credentialAddress = /\b[a-z][a-z0-9+.-]*:\/\/[^/\s:@"']+:[^/\s:@"']+@[^\s"']+/i
const bearer = /\b(?:authorization: *)?(bearer|basic) +[A-Za-z0-9+/_.~-]{16,}=*/i

/** Where a build leaves what it was told: manifests, logs, environment, home folders, the agent's configuration. */
const searched = [
  '/etc/dib-manifests',
  '/etc/profile.d',
  '/etc/default',
  '/etc/trove',
  '/etc/apt',
  '/etc/docker',
  '/etc/mysql',
  '/etc/openstack',
  '/var/log',
  '/root',
  '/home',
]
const searchedFiles = ['/etc/environment', '/etc/pip.conf', '/etc/wgetrc', '/etc/sudoers']

/** Values given to names that speak of secrets, and addresses with a password in them; the values are not kept. */
export function findSecretAssignments(contents: Contents): Located[] {
  return textFiles(contents).flatMap(file => {
    const isLog = file.startsWith('/var/log/')
    return (contents.text(file) ?? '').split('\n').flatMap((line, index) => {
      if (!isLog && /^\s*[#;]/.test(line)) return []
      const found = (text: string) => [{ file, line: index + 1, text }]
      const assignment = secretAssignment.exec(line)
      if (assignment && !/^(\$|\*+$|<|\(not|None$|null$|x+$)/i.test(assignment[3] ?? '')) {
        return found(`${assignment[1]}=(not shown)`)
      }
      const option = isLog ? null : secretOption.exec(line)
      if (option && ![harmlessValue, guideWord].some(form => form.test(option[3] ?? '')))
        return found(`${option[1]} = (not shown)`)
      if (netrcFile.test(file) && netrcPassword.test(line)) return found('password (not shown)')
      const login = dockerFile.test(file) ? dockerLogin.exec(line) : null
      if (login) return found(`"${login[1]}": (not shown)`)
      const address = credentialAddress.exec(line)
      if (address) return found(`an address with a password: ${withoutCredentials(address[0])}`)
      return bearer.test(line) && isLog ? found('an Authorization header') : []
    })
  })
}

/** DIB's element manifests saves all DIB_* variables, passwords and the build host's paths among them. */
export function findEnvironmentDumps(tree: FileTree): string[] {
  return tree
    .below('/etc/dib-manifests')
    .filter(entry => entry.type === 'file' && /\/dib_environment[^/]*$/.test(entry.path))
    .map(entry => entry.path)
}

/** Histories of shells and clients with something in them. */
export function findHistories(tree: FileTree): string[] {
  return ['/root', '/home']
    .flatMap(folder => tree.below(folder))
    .filter(entry => entry.type === 'file' && entry.sizeBytes > 0)
    .map(entry => entry.path)
    .filter(path => /\/\.(\w+_history|lesshst|viminfo)$/.test(path))
}

/** A proxy set for the whole system: in the environment, for units, for apt, pip, wget and Docker. */
export function findProxies(
  tree: FileTree,
  contents: Contents,
  aptSettings: Inventory['packageSources']['settings'],
): Located[] {
  const files = [
    '/etc/environment',
    '/etc/pip.conf',
    '/etc/wgetrc',
    '/root/.wgetrc',
    '/root/.curlrc',
    '/root/.docker/config.json',
    '/root/.gitconfig',
    '/etc/gitconfig',
    ...[
      '/etc/profile.d',
      '/etc/default',
      '/etc/environment.d',
      '/etc/systemd',
      '/etc/sudoers.d',
      '/root/.config/pip',
    ].flatMap(folder => tree.below(folder).map(entry => entry.path)),
  ]
  const found = files.flatMap(file =>
    (contents.text(file) ?? '').split('\n').flatMap((line, index) => {
      if (/^\s*[#;]/.test(line)) return []
      const match = /\b((?:https?|ftp|all|no)_?proxy)["']?\s*[=:]\s*["']?([^\s"']+)|^\s*proxy\s*=\s*(\S+)/i.exec(line)
      if (!match || /^no_?proxy$/i.test(match[1] ?? '')) return []
      const value = match[2] ?? match[3] ?? ''
      return value.startsWith('$') || !/[:.]/.test(value)
        ? []
        : [{ file, line: index + 1, text: withoutCredentials(line.trim()) }]
    }),
  )
  const apt = aptSettings
    .filter(
      ({ name, value }) =>
        /^Acquire::(\w+::Proxy|\w+::ProxyAutoDetect|\w+::Proxy-Auto-Detect)/i.test(name) &&
        !/^(false|direct|)$/i.test(value),
    )
    .map(({ file, name, value }) => ({ file, line: 0, text: `${name} "${value}"` }))
  return [...found, ...apt]
}

function textFiles(contents: Contents): string[] {
  const folders = searched.flatMap(folder => contents.below(folder))
  return [...searchedFiles, ...folders].filter(path => contents.isText(path))
}
