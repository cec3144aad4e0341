import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { nodeUser } from './settings.ts'
import { siteFolder } from './site.ts'

/** What a site can leave: its folder, its node's user with all that is his, and processes of either. A line each. */
export function leftOver(): string[] {
  const known = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find(line => line.startsWith(`${nodeUser}:`))
  return [
    ...[siteFolder, `/home/${nodeUser}`, `/etc/sudoers.d/${nodeUser}`, `/var/mail/${nodeUser}`].filter(existsSync),
    ...(known === undefined ? [] : [known]),
    ...readdirSync('/proc')
      .filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)
      .flatMap(pid =>
        belongs(pid) ? [`process ${pid}: ${words(`/proc/${pid}/cmdline`).join(' ').slice(0, 200)}`] : [],
      ),
  ]
}

/** Whether a process names the site on its command line, works in its folder, or comes from a login of its user. */
function belongs(pid: string): boolean {
  const named = words(`/proc/${pid}/cmdline`).some(word => word.includes(siteFolder))
  if (named) return true
  try {
    if (readlinkSync(`/proc/${pid}/cwd`).startsWith(siteFolder)) return true
  } catch {
    return false // it ended while we looked
  }
  return words(`/proc/${pid}/environ`).includes(`USER=${nodeUser}`)
}

function words(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\0')
  } catch {
    return []
  }
}
