import { accessSync, constants, existsSync } from 'node:fs'
import { rootShell } from '../system/privilege.ts'

const device = '/dev/kvm'

/** Whether there is a KVM that this user may not open. Guests are x86_64: on another machine KVM could not run them. */
export function kvmIsClosed(path = device): boolean {
  if (process.arch !== 'x64' || !existsSync(path)) return false
  try {
    accessSync(path, constants.R_OK | constants.W_OK)
    return false
  } catch {
    return true
  }
}

/** As GitHub's documentation has it for hosted runners: the device is root's there, since 2024. */
export const kvmRule = 'KERNEL=="kvm", GROUP="kvm", MODE="0666", OPTIONS+="static_node=kvm"'
export const kvmRuleFile = '/etc/udev/rules.d/99-trove-image-kvm.rules'

/** Whether this has been done: when the device is closed all the same, doing it again will not help. */
export function kvmRuleIsWritten(file = kvmRuleFile): boolean {
  return existsSync(file)
}

/** Lets every user open /dev/kvm, by a rule of udev. Whether it then works is another question, which is measured. */
export async function openKvm(): Promise<void> {
  await rootShell(
    `printf '%s\\n' "$1" >"$2" && udevadm control --reload-rules && udevadm trigger --name-match=kvm --settle`,
    [kvmRule, kvmRuleFile],
  )
}
