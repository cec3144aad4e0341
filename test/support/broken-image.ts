import { execFileSync } from 'node:child_process'
import { dirname } from 'node:path'
import { applianceEnvironment } from '../../src/guestfs/appliance.ts'
import { measureAccelerator } from '../../src/system/accelerator.ts'

/**
 * A copy of an image with one thing broken in it, by guestfish on a full copy. `commands` are guestfish lines after the
 * root file system has been mounted.
 */
export async function breakImage(image: string, target: string, commands: readonly string[]): Promise<void> {
  const { accelerator } = await measureAccelerator()
  const environment = await applianceEnvironment(accelerator, dirname(target))
  execFileSync('cp', ['--reflink=auto', image, target])
  execFileSync('guestfish', ['--rw', '--format=qcow2', '-a', target], {
    input: ['run', 'findfs-label cloudimg-rootfs', 'mount /dev/sda3 /', ...commands, 'umount-all', ''].join('\n'),
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}
