/** One word of a shell command, quoted only where the shell would read it otherwise. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** The name of a file of the current folder as an argument: one that begins with a dash is no option. */
export function quoteFile(name: string): string {
  return quote(name.startsWith('-') ? `./${name}` : name)
}

/** A command over several lines: the first word group, then one group a line. */
export function commandLines(...groups: readonly (readonly string[])[]): string[] {
  const lines = groups.filter(group => group.length > 0).map(group => group.join(' '))
  return lines.map((line, index) => `${index === 0 ? '' : '  '}${line}${index === lines.length - 1 ? '' : ' \\'}`)
}
