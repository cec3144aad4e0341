/** A package that is being handled, as progress. */
export interface PackageProgress {
  readonly action: 'unpacking' | 'configuring'
  readonly name: string
  readonly number: number
  readonly total: number | undefined
}

/** Counts what apt, dpkg and debootstrap say that they do. */
export class PackageCounter {
  #total: number | undefined
  #counts = { unpacking: 0, configuring: 0 }

  /** Progress, when the line is about a package. */
  read(line: string): PackageProgress | undefined {
    const announced = /^(\d+) upgraded, (\d+) newly installed/.exec(line)
    if (announced) {
      this.reset()
      this.#total = Number(announced[1]) + Number(announced[2])
      return undefined
    }
    const match =
      /^(?:I: )?(Unpacking|Extracting|Setting up|Configuring) ([a-z0-9][a-z0-9+.-]*?)(?::\w+)?(?:\.\.\.| \()/.exec(line)
    if (!match?.[1] || !match[2]) return undefined
    const action = match[1] === 'Unpacking' || match[1] === 'Extracting' ? 'unpacking' : 'configuring'
    this.#counts[action]++
    return { action, name: match[2], number: this.#counts[action], total: this.#total }
  }

  reset(): void {
    this.#total = undefined
    this.#counts = { unpacking: 0, configuring: 0 }
  }
}
