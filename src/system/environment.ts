/** Names whose values a child must not inherit: they would change what a plan means, or hand a token to a hook. */
const neverInherited =
  /^(DIB_|LIBGUESTFS_|SUPERMIN_|ACTIONS_|INPUT_|STATE_|OS_|PYTHON|ELEMENTS_PATH$|TMP_DIR$|break)|TOKEN|SECRET|PASSWORD|CREDENTIAL/

/**
 * The environment of a child process: the caller's without what must not be inherited, then `own`. An undefined value
 * removes a name.
 */
export function childEnvironment(own: Readonly<Record<string, string | undefined>> = {}): Record<string, string> {
  const environment: Record<string, string> = {}
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !neverInherited.test(name)) environment[name] = value
  }
  environment.LC_ALL = 'C.UTF-8'
  // Debian keeps sbin off an ordinary user's PATH; sfdisk, losetup and depmod live there and need no root to look at files.
  const folders = (environment.PATH ?? '/usr/local/bin:/usr/bin:/bin').split(':')
  const absent = ['/usr/local/sbin', '/usr/sbin', '/sbin'].filter(folder => !folders.includes(folder))
  environment.PATH = [...folders, ...absent].join(':')
  for (const [name, value] of Object.entries(own)) {
    if (value === undefined) delete environment[name]
    else environment[name] = value
  }
  return environment
}
