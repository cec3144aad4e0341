import { ToolError } from '../system/errors.ts'
import { run } from '../system/run.ts'
import type { Account } from './accounts.ts'
import type { User } from './inventory.ts'

/**
 * Perl's crypt() is libcrypt's, so it knows every hash that Debian and Ubuntu use, yescrypt too. One line in is
 * `HASH<TAB>PASSWORD`; a line out is 1 (it fits), 0 (it does not) or ? (libcrypt does not know the kind). Hashes go over
 * standard input: the arguments of a process can be read by everybody.
 */
const compare = String.raw`
  while (<STDIN>) {
    chomp; my ($hash, $word) = split /\t/, $_, 2;
    my $made = crypt($word, $hash);
    print defined($made) && $made !~ /^\*/ ? ($made eq $hash ? "1" : "0") : "?", "\n";
  }`

/** Accounts as users of the inventory, with whether a password is the user's own name. */
export async function judgePasswords(accounts: readonly Account[]): Promise<User[]> {
  const asked = accounts.filter(account => account.hash !== undefined)
  const answers = new Map<string, string>()
  let note: string | undefined
  if (asked.length > 0) {
    try {
      const input = asked.map(account => `${account.hash}\t${account.name}\n`).join('')
      const { stdout } = await run('perl', ['-e', compare], { input })
      for (const [index, answer] of stdout.trim().split('\n').entries()) answers.set(asked[index]?.name ?? '', answer)
    } catch (error) {
      if (!(error instanceof ToolError)) throw error
      note = 'perl, whose crypt() compares passwords, could not be run'
    }
  }
  return accounts.map(({ hash: _, ...account }) => {
    if (account.password !== 'set') return { ...account, passwordIsName: 'no' }
    const answer = answers.get(account.name)
    if (answer === '1') return { ...account, passwordIsName: 'yes' }
    if (answer === '0') return { ...account, passwordIsName: 'no' }
    return {
      ...account,
      passwordIsName: 'unknown',
      passwordNote: note ?? "this machine's libcrypt does not know the hash",
    }
  })
}
