import type { Inventory } from './inventory.ts'

/** A line of /etc/passwd with what /etc/shadow says; the hash stays in memory only. */
export interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly home: string
  readonly shell: string
  readonly password: 'locked' | 'empty' | 'set'
  readonly hash: string | undefined
}

/** Reads /etc/passwd and /etc/shadow. */
export function parseAccounts(passwd: string, shadow: string): Account[] {
  const secrets = new Map(records(shadow).map(([name = '', secret = '']) => [name, secret]))
  return records(passwd).flatMap(([name = '', inline = '', uid = '', gid = '', , home = '', shell = '']) => {
    if (name === '' || !/^\d+$/.test(uid)) return []
    // "x" says that the secret is in shadow; without a line there nobody gets in.
    const secret = inline === 'x' ? (secrets.get(name) ?? '*') : inline
    const password = secret === '' ? 'empty' : /^\$|^[./0-9A-Za-z]{13}$|^_/.test(secret) ? 'set' : 'locked'
    return [
      {
        name,
        uid: Number(uid),
        gid: Number(gid),
        home,
        shell,
        password,
        hash: password === 'set' ? secret : undefined,
      } as const,
    ]
  })
}

/** Reads /etc/group. */
export function parseGroups(text: string): Inventory['groups'] {
  return records(text).flatMap(([name = '', , gid = '', members = '']) =>
    name === '' ? [] : [{ name, gid: Number(gid), members: members.split(',').filter(member => member !== '') }],
  )
}

function records(text: string): string[][] {
  return text
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => line.split(':'))
}
