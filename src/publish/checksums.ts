/** A file with its digest, as SHA256SUMS and publication.json list it. */
export interface Checksum {
  readonly name: string
  /** Lower-case hexadecimal. */
  readonly sha256: string
}

/**
 * The text of SHA256SUMS, as `sha256sum -c` reads it. A name with a backslash or a line end is escaped and its line begins
 * with a backslash (coreutils manual, "md5sum invocation").
 */
export function formatChecksums(files: readonly Checksum[]): string {
  return files
    .map(({ name, sha256 }) => {
      const escaped = name.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r')
      return `${escaped === name ? '' : '\\'}${sha256}  ${escaped}\n`
    })
    .join('')
}
