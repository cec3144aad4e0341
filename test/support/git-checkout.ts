import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** What a checkout of openstack/trove is known by. */
export const troveFiles: Readonly<Record<string, string>> = {
  'setup.cfg': '[metadata]\nname = trove\n',
  'trove/cmd/guest.py': 'def main():\n    pass\n',
  '.gitignore': '*.pyc\n',
  '.gitreview': '[gerrit]\nproject=openstack/trove.git\ndefaultbranch=stable/2026.1\n',
}

/** Makes a git checkout with one commit of some files; with `tag` HEAD is tagged. Everything is the same at every call. */
export function makeCheckout(folder: string, files: Readonly<Record<string, string>>, tag?: string): string {
  writeFiles(folder, files)
  git(folder, 'init', '--quiet', '--initial-branch=work')
  git(folder, 'add', '--all')
  git(folder, 'commit', '--quiet', '--message=One')
  if (tag !== undefined) git(folder, 'tag', tag)
  return git(folder, 'rev-parse', 'HEAD').trim()
}

export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
}

export function git(folder: string, ...args: readonly string[]): string {
  const time = '2026-11-25T00:00:00Z'
  return execFileSync('git', ['-C', folder, ...args], {
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH ?? '',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_SYSTEM: '/dev/null',
      GIT_AUTHOR_NAME: 'A',
      GIT_AUTHOR_EMAIL: 'a@example.org',
      GIT_AUTHOR_DATE: time,
      GIT_COMMITTER_NAME: 'A',
      GIT_COMMITTER_EMAIL: 'a@example.org',
      GIT_COMMITTER_DATE: time,
    },
  })
}
