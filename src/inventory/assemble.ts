import { posix } from 'node:path'
import { ToolError } from '../system/errors.ts'
import { parseAccounts, parseGroups } from './accounts.ts'
import type { Capture } from './capture.ts'
import { notListed } from './capture-script.ts'
import { readCloudInit } from './cloud-init.ts'
import { Contents } from './contents.ts'
import { parseBlkid, parsePartitions, placeFileSystems } from './disk-layout.ts'
import { FileTree, parseListing } from './file-tree.ts'
import { filesThatMatter } from './files-that-matter.ts'
import { parseFstab } from './fstab.ts'
import { parseAssignments, parseGrubConfiguration } from './grub.ts'
import type { ImageEntry, Inventory } from './inventory.ts'
import { readKernels } from './kernels.ts'
import { readNetwork } from './network.ts'
import { readPackageSources } from './package-sources.ts'
import { parseDpkgStatus } from './packages.ts'
import { judgePasswords } from './passwords.ts'
import { redact } from './redaction.ts'
import { findEnvironmentDumps, findHistories, findProxies, findSecretAssignments } from './secrets.ts'
import { readSsh } from './ssh.ts'
import { readSudoers } from './sudoers.ts'
import { parseUnitFile } from './unit-file.ts'
import { readUnits } from './units.ts'

/**
 * Makes the inventory of what was read.
 *
 * @throws ToolError when an answer of the appliance is missing
 */
export async function assembleInventory(
  captured: Capture,
  image: Inventory['image'],
  collectedAt: Date,
  signal?: AbortSignal,
): Promise<Inventory> {
  const fact = (name: string) => {
    const text = captured.facts.get(name)
    // Read as empty it would pass for "there is none".
    if (text === undefined)
      throw new ToolError(`the appliance gave no answer on ${name} of ${image.name}`, 'guestfish', 1)
    return text
  }
  const mounted = [...captured.facts.keys()].flatMap(name => /^source-(fs\d+)$/.exec(name)?.[1] ?? [])
  const deviceOf = (name: string) => fact(`source-${name}`).trim()
  const rootText = (path: string) => Buffer.from(captured.files.get(`fs0/${path}`) ?? []).toString('utf8')

  const fstab = parseFstab(rootText('etc/fstab'))
  const layout = parsePartitions(fact('partitions'))
  // The appliance's own disk is among what blkid lists: only what the image's disk or its volumes hold counts.
  const own = parseBlkid(fact('blkid')).filter(
    ({ device }) => layout.nodes.includes(device) || mounted.some(name => deviceOf(name) === device),
  )
  const fileSystems = placeFileSystems(own, layout, deviceOf('fs0'), fstab)
  const placeOf = (name: string) => fileSystems.find(({ device }) => device === deviceOf(name))?.mountPoint ?? null

  const entries: ImageEntry[] = []
  const read = new Map<string, Uint8Array>()
  for (const name of mounted.toSorted()) {
    const place = placeOf(name)
    if (place === null) continue
    const listed = parseListing(fact(`listing-${name}`), place)
    const known = new Set(listed.map(entry => entry.path))
    entries.push(...listed, ...parseListing(fact(`everywhere-${name}`), place).filter(({ path }) => !known.has(path)))
    for (const [path, bytes] of captured.files) {
      if (path.startsWith(`${name}/`)) read.set(posix.join(place, path.slice(name.length + 1)), bytes)
    }
  }
  addCapabilities(entries, fact('capabilities'))
  const tree = new FileTree(entries, notListed)
  const contents = new Contents(read, tree)
  const text = (path: string) => contents.text(path) ?? ''

  const accounts = parseAccounts(text('/etc/passwd'), text('/etc/shadow'))
  const units = readUnits(tree, contents)
  const packageSources = readPackageSources(tree, contents)
  const grubFile = ['/boot/grub/grub.cfg', '/boot/grub2/grub.cfg'].find(file => contents.text(file) !== undefined)
  const release = parseAssignments(text('/etc/os-release'))
  const packages = parseDpkgStatus(text('/var/lib/dpkg/status'))
  const [blockSize = 0, blocks = 0, free = 0] = fact('space-fs0').split(' ').map(Number)
  const docker = readJson(contents.text('/etc/docker/daemon.json'))

  return {
    schemaVersion: 1,
    image,
    collectedAt: collectedAt.toISOString(),
    disk: {
      partitionTable: layout.partitionTable,
      partitions: layout.partitions,
      fileSystems: fileSystems.map(({ device: _, ...fileSystem }) => fileSystem),
      grubBootCode: Number(fact('boot-code').trim()) > 0,
      efiLoaders: entries
        .map(entry => entry.path)
        .filter(path => /^\/boot\/efi\/EFI\/BOOT\/BOOT\w+\.EFI$/i.test(path))
        .map(path => path.slice('/boot/efi/'.length)),
    },
    rootFileSystem: {
      sizeBytes: blockSize * blocks,
      freeBytes: blockSize * free,
      state: /^Filesystem state:\s+(.+)$/m.exec(fact('superblock'))?.[1] ?? '',
      features: (/^Filesystem features:\s+(.+)$/m.exec(fact('superblock'))?.[1] ?? '').split(/\s+/).filter(Boolean),
    },
    system: {
      id: release.ID ?? '',
      version: release.VERSION_ID ?? '',
      codename: release.VERSION_CODENAME ?? '',
      name: release.PRETTY_NAME ?? '',
      architecture: packages.find(({ name }) => name === 'dpkg' || name === 'libc6')?.architecture ?? '',
      hostname: text('/etc/hostname').trim(),
      hosts: text('/etc/hosts')
        .split('\n')
        .flatMap(line => {
          const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
          return address ? [{ address, names }] : []
        }),
    },
    packages,
    files: filesThatMatter(tree, units),
    notListed: [...notListed],
    units,
    users: await judgePasswords(accounts, signal),
    groups: parseGroups(text('/etc/group')),
    sudoers: readSudoers(tree, contents),
    kernels: readKernels(tree),
    grub: grubFile === undefined ? null : parseGrubConfiguration(text(grubFile), grubFile),
    grubDefaults: parseAssignments(
      ['/etc/default/grub', ...tree.within('/etc/default/grub.d').map(entry => entry.path)].map(text).join('\n'),
    ),
    fstab,
    cloudInit: readCloudInit(tree, contents),
    packageSources,
    ssh: readSsh(tree, contents, accounts),
    network: readNetwork(tree, contents),
    journal: {
      settings: readJournal(tree, contents),
      persistentFolder: tree.resolve('/var/log/journal')?.type === 'folder',
    },
    machineId: readMachineId(tree, contents),
    docker: {
      options: parseAssignments(text('/etc/default/docker')).DOCKER_OPTS ?? '',
      daemonConfiguration: docker.value,
      faults: docker.fault === undefined ? [] : [{ file: '/etc/docker/daemon.json', line: 0, text: docker.fault }],
    },
    agentOptions: tree
      .below('/etc/trove')
      .filter(entry => entry.path.endsWith('.conf'))
      .flatMap(entry =>
        parseUnitFile(text(entry.path)).map(({ section, key }) => ({ file: entry.path, section, key })),
      ),
    secrets: {
      privateKeys: fact('private-keys')
        .split('\0')
        .filter(path => path !== '')
        .map(path => {
          const [, name = '', rest = ''] = /^(fs\d+)\/(.*)$/s.exec(path) ?? []
          const place = placeOf(name)
          if (place !== null) return posix.join(place, rest)
          const device = fileSystems.find(found => found.device === deviceOf(name))
          return `partition ${device?.partition ?? 0}: /${rest}`
        })
        .toSorted(),
      assignments: findSecretAssignments(contents),
      environmentDumps: findEnvironmentDumps(tree),
      histories: findHistories(tree),
    },
    proxies: findProxies(tree, contents, packageSources.settings),
    temporaryFiles: ['/tmp', '/var/tmp'].flatMap(folder => tree.within(folder).map(entry => entry.path)),
  }
}

function addCapabilities(entries: ImageEntry[], text: string): void {
  const found = new Map(
    [...text.matchAll(/^# file: fs0(\S+)\nsecurity\.capability=(\S+)$/gm)].map(([, path = '', value = '']) => [
      path,
      value,
    ]),
  )
  entries.forEach((entry, index) => {
    const capabilities = found.get(entry.path)
    if (capabilities !== undefined) entries[index] = { ...entry, capabilities }
  })
}

function readJournal(tree: FileTree, contents: Contents): Record<string, string> {
  const files = [
    '/usr/lib/systemd/journald.conf',
    '/etc/systemd/journald.conf',
    ...['/usr/lib/systemd/journald.conf.d', '/etc/systemd/journald.conf.d'].flatMap(folder =>
      tree
        .within(folder)
        .map(entry => entry.path)
        .filter(path => path.endsWith('.conf')),
    ),
  ]
  return Object.fromEntries(
    files.flatMap(file => parseUnitFile(contents.text(file) ?? '')).map(({ key, value }) => [key, value]),
  )
}

function readMachineId(tree: FileTree, contents: Contents): Inventory['machineId'] {
  const kind = (path: string) => {
    const content = contents.text(path)?.trim()
    if (tree.entry(path) === undefined) return 'absent' as const
    if (content === 'uninitialized') return 'uninitialized' as const
    return content === undefined || content === '' ? ('empty' as const) : ('filled' as const)
  }
  const dbus = tree.entry('/var/lib/dbus/machine-id')
  const dbusSize = dbus?.sizeBytes ?? 0
  return {
    state: kind('/etc/machine-id'),
    dbus: dbus === undefined ? 'absent' : dbus.type === 'link' ? 'link' : dbusSize === 0 ? 'empty' : 'filled',
  }
}

function readJson(text: string | undefined): { value: Inventory['docker']['daemonConfiguration']; fault?: string } {
  if (text === undefined) return { value: null }
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return { value: {}, fault: 'it is not an object' }
    return { value: redact(value) as Record<string, string> }
  } catch (error) {
    return { value: {}, fault: (error as Error).message }
  }
}
