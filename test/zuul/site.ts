import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { clean, cleanCurrentRun } from '../../src/system/cleanup.ts'
import { projectRoot } from '../../src/system/home.ts'
import { abandonedJournals, recordFolder } from '../../src/system/journal.ts'
import { addUser } from '../support/ordinary-user.ts'
import { ZuulApi } from './api.ts'
import { install } from './installation.ts'
import { makeCertificates, makeNodeKeys } from './keys.ts'
import {
  copyFixture,
  copyThisProject,
  copyZuulFiles,
  emptyRepository,
  fixtureRepositories,
  makeRepository,
  type Repository,
  repositoryAt,
} from './repositories.ts'
import {
  freePorts,
  listening,
  type Service,
  startDatabase,
  startNode,
  startZookeeper,
  startZuul,
  until,
  zuulServices,
} from './services.ts'
import {
  databaseSetUp,
  type Layout,
  layout,
  nodeProvider,
  nodeUser,
  type Ports,
  sshSettings,
  usualJobDiskMegabytes,
  zookeeperSettings,
  zuulSettings,
} from './settings.ts'
import { emptyProjects, labels, projectsOfDevstack, tenantFile, thisProject } from './tenants.ts'

/** What is needed to talk to a running site, also from another process. */
export interface SiteAccess {
  readonly at: Layout
  readonly api: ZuulApi
  readonly web: string
  readonly jobDiskMegabytes: number
  repository(host: Repository['host'], name: string): Repository
}

/** A running Zuul with all that it needs. */
export interface Site extends SiteAccess {
  /** How long each step of the start took, in seconds. */
  readonly seconds: Readonly<Record<string, number>>
  readonly services: readonly Service[]
  stop(): Promise<void>
}

export interface SiteOptions {
  readonly print?: (text: string) => void
  readonly signal?: AbortSignal
  /** What the executor allows the folder of a job; a job that publishes an image needs more than is usual. */
  readonly jobDiskMegabytes?: number
  /** A folder with clones of OpenDev's repositories, `openstack/trove` and so on, instead of the stand-ins. */
  readonly opendev?: string | undefined
}

/** One site a machine: a second would meet the first one's user. */
export const siteFolder = '/var/tmp/trove-image-zuul'

const fixtures = join(projectRoot(), 'test/fixtures/zuul/repositories')

/** Starts everything; whatever fails, nothing is left. Root only: it makes a user for the node. */
export async function startSite(options: SiteOptions = {}): Promise<Site> {
  if (process.getuid?.() !== 0) throw new Error('a Zuul site makes a user of its own for the node: run this as root')
  await undoAbandoned()
  if (existsSync(siteFolder)) throw new Error(`${siteFolder} exists: a site is up; stop it first`)
  try {
    return await startAll({
      print: () => undefined,
      signal: new AbortController().signal,
      jobDiskMegabytes: usualJobDiskMegabytes,
      opendev: undefined,
      ...options,
    })
  } catch (error) {
    await stopSite([])
    throw error
  }
}

async function startAll({ print, signal, jobDiskMegabytes, opendev }: Required<SiteOptions>): Promise<Site> {
  const seconds: Record<string, number> = {}
  const timed = async <Result>(name: string, work: () => Promise<Result>): Promise<Result> => {
    signal.throwIfAborted()
    const startedAt = performance.now()
    print(`${name} ...`)
    try {
      return await work()
    } finally {
      seconds[name] = Math.round((performance.now() - startedAt) / 100) / 10
    }
  }
  const installation = await timed('installation', () => install(print, signal))
  const at = layout(siteFolder)
  recordFolder(at.folder)
  for (const folder of [at.folder, at.services, at.logs, at.builds, at.repositories, at.published]) {
    mkdirSync(folder, { recursive: true })
  }
  writeFileSync(ownerFile, `${process.pid}\n`)
  const [zookeeper = 0, database = 0, web = 0, finger = 0, ssh = 0] = await freePorts(5)
  const ports: Ports = { zookeeper, database, web, finger, ssh }
  const secret = () => randomBytes(16).toString('hex')
  const secrets = { database: secret(), keystore: secret(), operator: secret() }

  const services: Service[] = []
  const serve = async (service: Service, port: number, limit: number) => {
    services.push(service)
    await listening(service, port, limit, signal)
  }
  await timed('keys and repositories', async () => {
    recordFolder(`/home/${nodeUser}`)
    addUser(nodeUser, 'passwordless')
    await makeCertificates(at)
    const hostKey = await makeNodeKeys(at)
    writeFileSync(join(at.folder, 'zoo.cfg'), zookeeperSettings(at, ports))
    writeFileSync(join(at.services, 'database.sql'), databaseSetUp(secrets.database))
    writeFileSync(join(at.node, 'sshd_config'), sshSettings(at, ports, passedOn()))
    writeFileSync(
      at.zuulConf,
      zuulSettings(at, ports, { secrets, ansibleRoot: installation.ansibleRoot, jobDiskMegabytes }),
      { mode: 0o600 },
    )
    writeFileSync(at.siteVariables, stringify({ site_logs: at.logs }))
    writeFileSync(
      at.tenants,
      tenantFile(opendev === undefined ? emptyProjects : [...emptyProjects, ...projectsOfDevstack]),
    )
    execFileSync('chown', ['-R', `${nodeUser}:`, at.node])
    chmodSync(at.folder, 0o755)
    await fillRepositories(at, ports, hostKey, opendev)
  })
  await timed('ZooKeeper, MariaDB, node', () =>
    Promise.all([
      serve(startZookeeper(at), ports.zookeeper, 60),
      startDatabase(at, ports).then(service => serve(service, ports.database, 60)),
      serve(startNode(at), ports.ssh, 20),
    ]),
  )
  const file = {
    web: `http://127.0.0.1:${ports.web}`,
    operatorSecret: secrets.operator,
    jobDiskMegabytes,
  }
  const access = accessTo(file)
  const { api } = access
  await timed('Zuul', async () => {
    const started = zuulServices.map(name => ({ name, service: startZuul(at, installation, name) }))
    services.push(...started.map(({ service }) => service))
    const tenantsLoaded = async () => (await api.tenants().catch(() => [])).length === 3
    for (const { name, service } of started) {
      await until(`${service.name} to run`, 600, service, signal, () => runs(api, name))
      if (name === 'scheduler') await until('the tenants', 600, service, signal, tenantsLoaded)
    }
  })
  writeFileSync(`${siteFile}.new`, JSON.stringify(file), { mode: 0o600 })
  renameSync(`${siteFile}.new`, siteFile)
  return {
    ...access,
    seconds,
    services,
    stop: () => stopSite(services),
  }
}

/** What another process needs to find the site. */
interface SiteFile {
  readonly web: string
  readonly operatorSecret: string
  readonly jobDiskMegabytes: number
}

const siteFile = join(siteFolder, 'site.json')
const ownerFile = join(siteFolder, 'owner')

function accessTo(file: SiteFile): SiteAccess {
  const at = layout(siteFolder)
  return {
    at,
    web: file.web,
    jobDiskMegabytes: file.jobDiskMegabytes,
    api: new ZuulApi(file.web, file.operatorSecret),
    repository: (host, name) => repositoryAt(at.repositories, host, name),
  }
}

/** The site that is up, or undefined. */
export function runningSite(): SiteAccess | undefined {
  return existsSync(siteFile) ? accessTo(JSON.parse(readFileSync(siteFile, 'utf8'))) : undefined
}

/** The process that has the services as its children, from the first moment of their start; undefined when it is gone. */
export function ownerOfSite(): number | undefined {
  const owner = existsSync(ownerFile) ? Number(readFileSync(ownerFile, 'utf8')) : 0
  return owner > 0 && existsSync(`/proc/${owner}`) ? owner : undefined
}

async function runs(api: ZuulApi, name: string): Promise<boolean> {
  const components = await api.components().catch(() => undefined)
  const own = components?.[name] ?? []
  return own.some(({ state }) => state === 'running')
}

async function fillRepositories(at: Layout, ports: Ports, hostKey: string, opendev: string | undefined): Promise<void> {
  const make = (host: Repository['host'], name: string, fill: (checkout: string) => void) =>
    makeRepository(repositoryAt(at.repositories, host, name), fill)
  for (const { host, name } of fixtureRepositories(fixtures)) {
    await make(host, name, checkout => {
      const clone = join(opendev ?? '', name)
      if (opendev !== undefined && host === 'opendev.org' && existsSync(clone)) copyZuulFiles(clone, checkout)
      else copyFixture(fixtures, host, name)(checkout)
      if (name === 'consumer/database-images')
        writeFileSync(join(checkout, 'zuul.d/secret.yaml'), fileServer(at, ports))
    })
  }
  await make('site.example', 'config/zuul-nodes', checkout =>
    writeFileSync(join(checkout, 'zuul.yaml'), nodeProvider(ports, hostKey, labels)),
  )
  const empty = opendev === undefined ? emptyProjects : [...emptyProjects, ...projectsOfDevstack]
  for (const name of empty) await make('opendev.org', name, emptyRepository)
  await make('github.com', thisProject, copyThisProject)
}

/** The consumer's secret, which a real project encrypts: the file server is the node. */
function fileServer(at: Layout, ports: Ports): string {
  const data = {
    user: nodeUser,
    port: String(ports.ssh),
    path: at.published,
    private_key: readFileSync(at.nodeKey, 'utf8'),
  }
  return stringify([{ secret: { name: 'database_images_file_server', data } }])
}

/** What of this process's environment a login on the node has: what pip and npm need to reach a registry. */
function passedOn(): Record<string, string> {
  const names = /^(PIP_(CERT|INDEX_URL|FIND_LINKS|DEFAULT_TIMEOUT)|NODE_EXTRA_CA_CERTS|(https?|no)_proxy)$/i
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value !== undefined && value !== '' && names.test(name) ? [[name, value]] : [],
    ),
  )
}

/** Stops Zuul before what it stands on, then undoes folder, home and journal, then removes the user. */
async function stopSite(services: readonly Service[]): Promise<void> {
  const isZuul = ({ name }: Service) => name.startsWith('zuul-')
  await Promise.all(services.filter(isZuul).map(service => service.child.stop()))
  await Promise.all(services.filter(service => !isZuul(service)).map(service => service.child.stop()))
  removeConsoles()
  // The home before its user: a build that was stopped has /dev of this machine mounted in it, which userdel would empty.
  await cleanCurrentRun()
  removeNodeUser()
}

/** Zuul's log streamer leaves a file on the node for each command; one that was there before the site is not ours. */
export function removeConsoles(): void {
  if (!existsSync(siteFolder)) return
  const begin = statSync(siteFolder).birthtimeMs
  for (const name of readdirSync('/tmp').filter(file => /^console-[0-9a-f-]+-node\.log$/.test(file))) {
    const file = join('/tmp', name)
    if (statSync(file).mtimeMs >= begin) rmSync(file)
  }
}

/** @throws Error when something is still mounted below the home: then nothing is removed */
export function removeNodeUser(): void {
  const home = `/home/${nodeUser}/`
  const mounted = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .filter(line => line.includes(` ${home}`))
  if (mounted.length > 0) throw new Error(`still mounted below ${home}, so the user stays:\n${mounted.join('\n')}`)
  const known = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .some(line => line.startsWith(`${nodeUser}:`))
  // To add is the only way to get at what removes.
  if (known) addUser(nodeUser, 'none').remove()
}

/** What a site left that was killed: its journal still stands. */
export async function undoAbandoned(): Promise<void> {
  for (const journal of abandonedJournals()) await clean(journal)
}
