import { copyFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { EnvironmentError } from '../system/errors.ts'
import type { MachinePlan } from './qemu-command.ts'

/** Where Debian's and Ubuntu's package ovmf keeps UEFI without Secure Boot: code, and the variables of a new machine. */
const places = [
  { code: '/usr/share/OVMF/OVMF_CODE_4M.fd', variables: '/usr/share/OVMF/OVMF_VARS_4M.fd' },
  { code: '/usr/share/OVMF/OVMF_CODE.fd', variables: '/usr/share/OVMF/OVMF_VARS.fd' },
]

/** @throws EnvironmentError when UEFI is wanted and ovmf is not installed */
export function prepareFirmware(kind: 'bios' | 'uefi', folder: string): MachinePlan['firmware'] {
  if (kind === 'bios') return { kind, log: join(folder, 'firmware.log') }
  const found = places.find(place => existsSync(place.code) && existsSync(place.variables))
  if (found === undefined) {
    throw new EnvironmentError(
      `A boot by UEFI needs the firmware OVMF; none of ${places.map(place => place.code).join(', ')} exists with its ` +
        'variables. Install the package ovmf ("trove-image setup" does it), or boot with --firmware bios.',
    )
  }
  const variables = join(folder, 'variables.fd')
  copyFileSync(found.variables, variables)
  return { kind, code: found.code, variables }
}
