import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { projectRoot } from '../../src/system/home.ts'
import { configurationFaults, freezeAll, tenants } from './checks.ts'
import { install } from './installation.ts'
import { leftOver } from './leftovers.ts'
import { fits, runScenario, type ScenarioName, scenarios } from './scenarios.ts'
import { usualJobDiskMegabytes } from './settings.ts'
import {
  ownerOfSite,
  removeConsoles,
  removeNodeUser,
  runningSite,
  type SiteAccess,
  startSite,
  undoAbandoned,
} from './site.ts'

const usage = `npm run test:zuul -- COMMAND
  install         brings what is missing: packages of Debian, Zuul and Ansible below the user's cache; up does it too
  up              starts a real Zuul in the background: ZooKeeper, MariaDB, scheduler, executor, launcher, web, a node;
                  --job-disk MB: what the executor allows a job, ${usualJobDiskMegabytes} unless said;
                  --opendev FOLDER: clones of OpenDev's repositories, openstack/trove and so on, instead of the stand-ins
  load            errors and warnings of both tenants' configuration
  freeze          compares every job, as Zuul would run it, with test/fixtures/zuul/frozen; --update writes them anew
  run [NAME ...]  runs jobs on the node: ${Object.keys(scenarios).join(', ')}; without a name all of them (about an hour)
  down            stops it and fails when anything is left
  all             all of the above, and always stops it
`
const print = (text: string) => void process.stdout.write(`${text}\n`)
const golden = join(projectRoot(), 'test/fixtures/zuul/frozen')

const commands: Readonly<Record<string, (names: readonly string[]) => Promise<number>>> = {
  install: async () => {
    await install(print, new AbortController().signal)
    return 0
  },
  up,
  down,
  serve,
  load: async () => load(theSite()),
  freeze: async names => freeze(theSite(), names.includes('--update')),
  run: async names => run(theSite(), names),
  all: async names => {
    const upFaults = await up(names)
    if (upFaults > 0) return upFaults
    let faults = 0
    try {
      const site = theSite()
      faults = (await load(site)) + (await freeze(site, false)) + (await run(site, []))
    } finally {
      faults += await down()
    }
    return faults
  },
}

const [name = '', ...names] = process.argv.slice(2)
const command = commands[name]
if (command === undefined) {
  process.stderr.write(usage)
  process.exit(2)
}
try {
  process.exitCode = (await command(names)) === 0 ? 0 : 1
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}

function theSite(): SiteAccess {
  const site = runningSite()
  if (site === undefined) {
    process.stderr.write('no site is up; start one by: npm run test:zuul -- up\n')
    process.exit(2)
  }
  return site
}

/** Starts the process that owns the services and waits until it says that all of them answer. */
async function up(args: readonly string[] = []): Promise<number> {
  const logFile = join(projectRoot(), 'test-results/zuul-site.log')
  mkdirSync(join(projectRoot(), 'test-results'), { recursive: true })
  const log = openSync(logFile, 'w')
  const owner = spawn(process.execPath, [fileURLToPath(import.meta.url), 'serve', ...args], {
    detached: true,
    stdio: ['ignore', log, log],
  })
  let ended = false
  owner.once('exit', () => {
    ended = true
  })
  while (runningSite() === undefined || ownerOfSite() !== owner.pid) {
    if (ended) {
      print(`the site did not start:\n${readFileSync(logFile, 'utf8')}`)
      return 1
    }
    await pause(300)
  }
  owner.unref()
  print(`${readFileSync(logFile, 'utf8').trimEnd()}\nup: ${runningSite()?.web}; stop it by: npm run test:zuul -- down`)
  return 0
}

/** Holds a site until a signal comes. */
async function serve(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { 'job-disk': { type: 'string' }, opendev: { type: 'string' } },
  })
  const jobDiskMegabytes = Number(values['job-disk'] ?? usualJobDiskMegabytes)
  if (!(jobDiskMegabytes > 0)) throw new Error(`--job-disk ${values['job-disk']}: wanted a number of megabytes`)
  const stop = new AbortController()
  const asked = new Promise<void>(resolve => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      process.on(signal, () => {
        stop.abort(new Error(`stopped by ${signal}`))
        resolve()
      })
    }
  })
  const site = await startSite({ print, signal: stop.signal, jobDiskMegabytes, opendev: values.opendev })
  print(
    Object.entries(site.seconds)
      .map(([step, seconds]) => `${step}: ${seconds} s`)
      .join('\n'),
  )
  await asked
  await site.stop()
  return 0
}

async function down(): Promise<number> {
  const owner = ownerOfSite()
  if (owner !== undefined) {
    process.kill(owner, 'SIGTERM')
    // The file that names it goes before the process does.
    for (let waited = 0; existsSync(`/proc/${owner}`); waited += 1) {
      if (waited > 600) return report('down', [`process ${owner}, which holds the site, does not end`])
      await pause(1000)
    }
  }
  removeConsoles()
  await undoAbandoned()
  removeNodeUser()
  return report('down: nothing is left', leftOver())
}

async function load(site: SiteAccess): Promise<number> {
  let faults = 0
  for (const tenant of tenants) {
    faults += report(`tenant ${tenant}: no errors, no warnings`, await configurationFaults(site.api, tenant))
  }
  return faults
}

async function freeze(site: SiteAccess, update: boolean): Promise<number> {
  const all = await freezeAll(site.api)
  const files = new Map(all.map(({ name, job }) => [`${name}.json`, `${JSON.stringify(job, null, 2)}\n`]))
  files.set('jobs.txt', `${all.map(({ name }) => name).join('\n')}\n`)
  if (update) rmSync(golden, { recursive: true, force: true })
  if (update) mkdirSync(golden, { recursive: true })
  const faults: string[] = []
  for (const [file, text] of files) {
    const path = join(golden, file)
    if (update) writeFileSync(path, text)
    else if (!existsSync(path)) faults.push(`${file} is not among the golden files`)
    else if (readFileSync(path, 'utf8') !== text) faults.push(`${file} differs; --update writes it, git diff shows it`)
  }
  return report(`${files.size - 1} jobs frozen, as in the golden files`, faults)
}

async function run(site: SiteAccess, wanted: readonly string[]): Promise<number> {
  const unknown = wanted.filter(name => !(name in scenarios))
  if (unknown.length > 0) return report('', [`${unknown.join(', ')}: known are ${Object.keys(scenarios).join(', ')}`])
  let faults = 0
  for (const name of (wanted.length > 0 ? wanted : Object.keys(scenarios)) as ScenarioName[]) {
    if (!fits(site, name)) {
      const need = 'needs a larger executor: down, then up --job-disk 2000'
      if (wanted.length > 0) faults += report(name, [need])
      else print(`left out ${name}: ${need}`)
      continue
    }
    faults += report(`${name}: ${scenarios[name].title}`, await runScenario(site, name, print))
  }
  return faults
}

function report(title: string, faults: readonly string[]): number {
  print(faults.length === 0 ? `ok      ${title}` : `FAILED  ${title}`)
  for (const fault of faults) print(`        ${fault}`)
  return faults.length
}
