import { existsSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { installPackages } from '../../src/host/index.ts'
import { sha256OfFile } from '../../src/system/hash.ts'
import { cacheFolder, projectRoot } from '../../src/system/home.ts'
import { run } from '../../src/system/run.ts'

/** Where the programs of a Zuul site lie. */
export interface Installation {
  /** Holds a virtual environment for each version of Ansible that Zuul knows. */
  readonly ansibleRoot: string
  /** The `bin` folder of Zuul's virtual environment. */
  readonly programs: string
}

/** What stands for each package: a file that it brings. */
const packages: readonly { readonly name: string; readonly file: string }[] = [
  { name: 'zookeeper', file: '/usr/share/java/zookeeper.jar' },
  { name: 'libnetty-java', file: '/usr/share/java/netty-codec.jar' },
  { name: 'libslf4j-java', file: '/usr/share/java/slf4j-simple.jar' },
  { name: 'default-jre-headless', file: '/usr/bin/java' },
  // Not mariadb-server: the core has the program without the service.
  { name: 'mariadb-server-core', file: '/usr/sbin/mariadbd' },
  // my_print_defaults, which the set-up of the database's folder calls.
  { name: 'mariadb-client-core', file: '/usr/bin/my_print_defaults' },
  { name: 'bubblewrap', file: '/usr/bin/bwrap' },
  { name: 'openssh-server', file: '/usr/sbin/sshd' },
  { name: 'openssh-client', file: '/usr/bin/ssh-keygen' },
  { name: 'openssl', file: '/usr/bin/openssl' },
  { name: 'rsync', file: '/usr/bin/rsync' },
  { name: 'sudo', file: '/usr/bin/sudo' },
  { name: 'python3-venv', file: '/usr/share/doc/python3-venv' },
]

/** Brings Debian's packages that are missing, and Zuul with Ansible into a virtual environment below the user's cache. */
export async function install(print: (text: string) => void, signal: AbortSignal): Promise<Installation> {
  const missing = packages.filter(({ file }) => !existsSync(file)).map(({ name }) => name)
  if (missing.length > 0) {
    print(`installing ${missing.join(' ')}`)
    await installPackages(missing, { signal, onEvent: () => undefined })
  }
  return installZuul(print, signal)
}

/**
 * One environment holds Zuul and the one Ansible that the site runs. Zuul looks for `<root>/<version>/bin/ansible` and wants
 * every version that it knows to answer, so the deprecated one is a link to the other.
 */
async function installZuul(print: (text: string) => void, signal: AbortSignal): Promise<Installation> {
  const requirements = join(projectRoot(), 'test/zuul/requirements.txt')
  const root = join(cacheFolder(), 'test-zuul')
  const environment = join(root, ansibleVersion)
  const installation = { ansibleRoot: root, programs: join(environment, 'bin') }
  const stamp = join(root, 'complete')
  const digest = await sha256OfFile(requirements)
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return installation
  print(`installing Zuul into ${environment}`)
  rmSync(root, { recursive: true, force: true })
  const supervised = { supervised: true, timeoutSeconds: 1800, signal } as const
  // The distribution's: of the machine, bubblewrap shows the executor's jobs little more than /usr.
  await run('/usr/bin/python3', ['-m', 'venv', environment], supervised)
  const python = join(environment, 'bin/python3')
  const pip = ['-m', 'pip', 'install', '--quiet', '--no-input', '--progress-bar', 'off', '--disable-pip-version-check']
  // Compiled is below only what is used: most of Ansible's collections and of the clouds' clients never is.
  const how = ['--no-compile', '--no-deps', '--require-hashes', '--requirement', requirements]
  await run(python, [...pip, ...how], supervised)
  const services = ['scheduler', 'executor', 'launcher', 'web'].map(name => `zuul.cmd.${name}`)
  await run(python, ['-c', `import zuul.lib.connections, ${services.join(', ')}`], supervised)
  // The executor shows Ansible a folder that it cannot write to: it would compile itself anew for every playbook.
  await run(python, ['-c', compileAnsible], supervised)
  for (const version of deprecatedAnsibleVersions) symlinkSync(ansibleVersion, join(root, version))
  writeFileSync(`${stamp}.new`, digest)
  renameSync(`${stamp}.new`, stamp)
  return installation
}

const compileAnsible = `
import compileall, pathlib, ansible
folder = pathlib.Path(ansible.__file__).parent
for part in folder, folder.parent / "jinja2", folder.parent / "yaml", folder.parent / "ansible_collections/ansible/posix":
    compileall.compile_dir(part, quiet=2)
`

/** The versions of `zuul/lib/ansible-config.conf` in the Zuul that requirements.txt names. */
const ansibleVersion = '11'
const deprecatedAnsibleVersions = ['9']
