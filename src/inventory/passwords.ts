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

/**
 * How long one hash, and all of an image, may keep the comparison busy: a hash says itself how often it is to be repeated, and
 * the hash comes from the image.
 */
export interface PasswordLimits {
  readonly eachSeconds: number
  readonly allSeconds: number
}

/**
 * Accounts as users of the inventory, with whether a password is the user's own name.
 *
 * @throws InterruptedError when `signal` aborts
 */
export async function judgePasswords(
  accounts: readonly Account[],
  signal?: AbortSignal,
  limits: PasswordLimits = { eachSeconds: 20, allSeconds: 60 },
): Promise<User[]> {
  const endsAt = performance.now() + limits.allSeconds * 1000
  const users: User[] = []
  for (const { hash, ...account } of accounts) {
    if (hash === undefined) users.push({ ...account, passwordIsName: 'no' })
    else {
      const leftSeconds = Math.min(limits.eachSeconds, (endsAt - performance.now()) / 1000)
      users.push({ ...account, ...(await compareWithName(hash, account.name, leftSeconds, signal)) })
    }
  }
  return users
}

async function compareWithName(
  hash: string,
  name: string,
  leftSeconds: number,
  signal: AbortSignal | undefined,
): Promise<Pick<User, 'passwordIsName' | 'passwordNote'>> {
  const tooExpensive = { passwordIsName: 'unknown', passwordNote: 'its hash is too expensive to test' } as const
  if (leftSeconds <= 0) return tooExpensive
  const startedAt = performance.now()
  try {
    const input = `${hash}\t${name}\n`
    const { stdout } = await run('perl', ['-e', compare], {
      input,
      supervised: true,
      timeoutSeconds: leftSeconds,
      signal,
    })
    if (stdout.trim() === '1') return { passwordIsName: 'yes' }
    if (stdout.trim() === '0') return { passwordIsName: 'no' }
    return { passwordIsName: 'unknown', passwordNote: "this machine's libcrypt does not know the hash" }
  } catch (error) {
    if (!(error instanceof ToolError)) throw error
    if ((performance.now() - startedAt) / 1000 >= leftSeconds) return tooExpensive
    return { passwordIsName: 'unknown', passwordNote: 'perl, whose crypt() compares passwords, could not be run' }
  }
}
