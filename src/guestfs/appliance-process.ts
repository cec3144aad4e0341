import { readdirSync, readFileSync } from 'node:fs'
import { markVariable } from '../system/run.ts'

export interface MarkedProcess {
  readonly pid: number
  readonly args: readonly string[]
}

/** The processes that carry a mark in their environment, as far as this user may see them. */
export function markedProcesses(mark: string): MarkedProcess[] {
  return readdirSync('/proc').flatMap(name => {
    if (!/^\d+$/.test(name)) return []
    try {
      const environment = readFileSync(`/proc/${name}/environ`, 'utf8').split('\0')
      if (!environment.includes(`${markVariable}=${mark}`)) return []
      return [{ pid: Number(name), args: readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0') }]
    } catch {
      return [] // another user's, or gone meanwhile
    }
  })
}

/** The folder with libguestfs' sockets, read from its QEMU's command line: `-chardev socket,path=/tmp/libguestfsAbC/guestfsd.sock,...`. */
export function socketFolderOf(processes: readonly MarkedProcess[]): string | undefined {
  for (const { args } of processes) {
    for (const argument of args) {
      const folder = /(?:^|,)path=(\/[^,]*\/libguestfs[A-Za-z0-9]{6})\/[a-z]+\.sock(?:,|$)/.exec(argument)?.[1]
      if (folder !== undefined) return folder
    }
  }
  return undefined
}
