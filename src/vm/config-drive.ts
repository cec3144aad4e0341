import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../system/run.ts'

/** What Nova tells an instance about itself. */
export interface Instance {
  readonly id: string
  readonly name: string
  readonly projectId: string
  readonly macAddress: string
  readonly userData: string
}

/** A MAC address as Neutron makes them (`base_mac` fa:16:3e). */
export function newMacAddress(): string {
  return ['fa', '16', '3e', ...[...randomBytes(3)].map(byte => byte.toString(16).padStart(2, '0'))].join(':')
}

/**
 * The files of a config drive as Nova writes them (nova/api/metadata/base.py): the instance, its one network with DHCP,
 * and the user data.
 */
export function configDriveFiles(instance: Instance): Map<string, string> {
  const link = 'tap0'
  const metadata = {
    availability_zone: 'nova',
    dedicated_cpus: [],
    devices: [],
    hostname: `${instance.name}.novalocal`,
    launch_index: 0,
    meta: { trove_instance_id: instance.id, trove_project_id: instance.projectId },
    name: instance.name,
    project_id: instance.projectId,
    uuid: instance.id,
  }
  const network = {
    links: [{ ethernet_mac_address: instance.macAddress, id: link, mtu: 1500, type: 'bridge', vif_id: link }],
    networks: [{ id: 'network0', link, network_id: instance.projectId, type: 'ipv4_dhcp' }],
    services: [],
  }
  return new Map([
    ['openstack/latest/meta_data.json', JSON.stringify(metadata)],
    ['openstack/latest/network_data.json', JSON.stringify(network)],
    ['openstack/latest/user_data', instance.userData],
  ])
}

/** Makes the ISO 9660 image with the label by which cloud-init finds it. */
export async function makeConfigDrive(
  files: ReadonlyMap<string, string>,
  folder: string,
  signal?: AbortSignal,
): Promise<string> {
  const tree = join(folder, 'config-drive')
  for (const [name, content] of files) {
    const path = join(tree, name)
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, content)
  }
  const image = join(folder, 'config-drive.iso')
  await run(
    'xorriso',
    ['-as', 'mkisofs', '-quiet', '-volid', 'config-2', '-joliet', '-rational-rock', '-output', image, tree],
    { supervised: true, timeoutSeconds: 60, signal },
  )
  return image
}
