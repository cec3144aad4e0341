import { readFileSync, writeFileSync } from 'node:fs'
import { BootPlan } from '../../src/contract/boot-plan.ts'
import {
  FileTree,
  type Inventory,
  inventorySchema,
  requiredFiles,
  requiredPrograms,
} from '../../src/inventory/index.ts'

/**
 * Makes test/fixtures/contract/good.json of the inventory of a real image that satisfies the contract:
 *
 *     node test/support/reduce-inventory.ts out/inventory.json test/fixtures/contract/good.json
 *
 * What no rule could ask for is left out: units that do not start, programs that nothing names, most packages.
 */
export function reduceInventory(inventory: Inventory): Inventory {
  const tree = new FileTree(inventory.files, inventory.notListed)
  const plan = new BootPlan(inventory, tree)
  const running = new Set(plan.startedOrActivated.map(unit => unit.name))
  const units = inventory.units
    .filter(unit => running.has(unit.name) || (unit.masked && unit.name.startsWith('apt-')))
    .map(unit => ({
      ...unit,
      settings: unit.settings.filter(
        ({ key }) => !/^(Description|Documentation|.*(Protect|Restrict|Private|SystemCall|Memory).*)$/.test(key),
      ),
    }))
  const named = new Set(
    units
      .flatMap(unit => [...requiredPrograms(unit), ...requiredFiles(unit)])
      .flatMap(name => (name.startsWith('/') ? [name] : [`/usr/bin/${name}`, `/usr/sbin/${name}`]))
      .concat(tools.flatMap(tool => ['/usr/bin', '/usr/sbin'].map(folder => `${folder}/${tool}`)))
      .flatMap(path => tree.trail(path).map(entry => entry.path)),
  )
  const isKept = (path: string): boolean => {
    if (named.has(path)) return true
    if (/^\/(usr\/(bin|sbin|libexec|lib|local|share)|boot\/grub)\/./.test(path)) {
      return path === '/boot/grub/grub.cfg' || [...named].some(other => other.startsWith(`${path}/`))
    }
    return !/^\/(etc|var\/lib|var\/cache|run)\/.*\/.*\//.test(path) || /^\/etc\/systemd\/system\//.test(path)
  }
  const { _log, log_cfgs, system_info, ...configuration } = inventory.cloudInit.configuration
  const { default_user } = system_info as { default_user: string }
  return {
    ...inventory,
    units,
    files: inventory.files.filter(entry => isKept(entry.path)),
    packages: inventory.packages.filter(({ name }) =>
      /^(cloud|docker|trove|linux-image|grub|systemd|dpkg|libc6$)/.test(name),
    ),
    network: {
      ...inventory.network,
      networkd: inventory.network.networkd.filter(({ file }) => file.startsWith('/etc/')),
    },
    cloudInit: { ...inventory.cloudInit, configuration: { ...configuration, system_info: { default_user } } },
    packageSources: {
      ...inventory.packageSources,
      // The project names no archive.
      sources: inventory.packageSources.sources.map(source => ({
        ...source,
        uris: source.uris.map(uri => uri.replace(/\/\/[^/]+/, '//archive.example.org')),
      })),
    },
  }
}

/** Programs that rules ask for by name. */
const tools =
  'groupadd useradd blockdev blkid mkfs.ext4 mke2fs e2fsck dumpe2fs resize2fs mount umount chown install ip dockerd containerd runc iptables apparmor_parser growpart sfdisk sudo sh'.split(
    ' ',
  )

const [from, to] = process.argv.slice(2)
if (from !== undefined && to !== undefined) {
  const inventory = inventorySchema.parse(JSON.parse(readFileSync(from, 'utf8')))
  // One object a line: a change of the fixture can be read in a diff.
  const text = JSON.stringify(reduceInventory(inventory), null, 1).replaceAll(
    /\{\n\s+([^{}[\]]*?)\n\s*\}/g,
    (_, inner: string) => `{ ${inner.replaceAll(/\n\s+/g, ' ')} }`,
  )
  writeFileSync(to, `${text}\n`)
}
