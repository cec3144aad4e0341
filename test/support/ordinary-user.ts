import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'

/** A user with a home of its own; with passwordless sudo, or with none at all. */
export interface OrdinaryUser {
  readonly name: string
  readonly home: string
  remove(): void
}

export function addUser(name: string, sudo: 'passwordless' | 'none'): OrdinaryUser {
  const sudoers = `/etc/sudoers.d/${name}`
  const remove = () => {
    rmSync(sudoers, { force: true })
    execFileSync('/bin/sh', [
      '-c',
      'pkill -KILL -u "$1" 2>/dev/null; userdel --force --remove "$1" 2>/dev/null; true',
      'sh',
      name,
    ])
  }
  remove()
  execFileSync('/bin/sh', ['-c', patientUseradd, 'sh', name])
  if (sudo === 'passwordless') writeFileSync(sudoers, `${name} ALL=(ALL) NOPASSWD:SETENV: ALL\n`, { mode: 0o440 })
  return { name, home: `/home/${name}`, remove }
}

/** Status 1 says that somebody else changes the list of users at this moment. */
const patientUseradd = `
  for round in 1 2 3 4 5 6 7 8 9 10; do
    useradd --create-home --shell /bin/bash "$1"
    status=$?
    [ $status -eq 1 ] || exit $status
    sleep 1
  done
  exit 1`

/** Everything below the folders that belongs to root. */
export function ownedByRoot(folders: readonly string[]): string[] {
  const found = execFileSync('find', [...folders, '-uid', '0', '-print'], { encoding: 'utf8' })
  return found.split('\n').filter(line => line !== '')
}
