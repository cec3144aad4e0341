/**
 * The version that pbr is told for a checkout, because what it is built from has no git history: that of the last tag when
 * HEAD is the tag, else the next one's development version, as pbr makes it without hints in commit messages
 * (`_get_version_from_git`, pbr/packaging.py). Pure.
 *
 * @param described the words of `git describe --long --always`, such as `25.0.0-45-g4cdc0cda`
 */
export function developmentVersion(described: string): string {
  const [, tag = '', count = ''] = /^(\d+(?:\.\d+)*(?:(?:a|b|rc)\d+)?)-(\d+)-g[0-9a-f]+$/.exec(described) ?? []
  if (tag === '') return '0.0.1.dev1'
  return count === '0' ? tag : `${successor(tag)}.dev${count}`
}

/** The last number of a version raised by one: `25.0.0` to `25.0.1`, `25.0.0.0rc1` to `25.0.0.0rc2`. */
function successor(tag: string): string {
  return tag.replace(/\d+$/, last => String(Number(last) + 1))
}
