/**
 * One argument of a guestfish command, quoted. Everything is quoted, because guestfish runs a line beginning with `!` or
 * `<!` on the host and expands `~` and `#`. Escapes as in guestfish(1), "Escape sequences in double quoted arguments".
 *
 * @throws Error for a control character: a newline would begin a command of its own
 */
export function quote(argument: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\x00-\x1f\x7f]/.test(argument)) {
    throw new Error(`guestfish argument ${JSON.stringify(argument)} holds a control character`)
  }
  return `"${argument.replaceAll(/["\\]/g, character => `\\${character}`)}"`
}

/** A whole command line. Its name is ours and never comes from an image. */
export function commandLine(name: string, args: readonly string[]): string {
  if (!/^[a-z][a-z0-9-]*$/.test(name)) throw new Error(`${JSON.stringify(name)} is not the name of a guestfish command`)
  return [name, ...args.map(quote)].join(' ')
}

/**
 * The argument of guestfish's `debug sh`. Libguestfs splits it into words by its own rules, in which a word in single
 * quotes is whole; the script therefore must not contain one.
 */
export function shellScript(script: string): string {
  if (script.includes("'")) throw new Error(`script for the appliance contains a single quote: ${script}`)
  return `'${script}'`
}
