/** What one line of DIB's log means. Lines of hooks that mean nothing to us are `text`. */
export type Marker =
  | { readonly kind: 'element'; readonly name: string }
  | { readonly kind: 'hook-file'; readonly phase: string; readonly name: string; readonly file: string }
  | { readonly kind: 'phase'; readonly phase: string }
  | { readonly kind: 'hook-running'; readonly phase: string; readonly name: string }
  | { readonly kind: 'hook-completed'; readonly name: string }
  | { readonly kind: 'table-target'; readonly phase: string }
  | { readonly kind: 'table-row'; readonly name: string; readonly seconds: number }
  | { readonly kind: 'table-end' }
  | { readonly kind: 'unmount'; readonly path: string }
  /** The tree is measured and copied to the block device. */
  | { readonly kind: 'block-device' }
  | { readonly kind: 'python-cause'; readonly text: string }
  | { readonly kind: 'image-created'; readonly file: string }
  /** Printed by our element trove-image-sources: an InRelease file that apt had, under apt's name for it. */
  | { readonly kind: 'archive-state'; readonly file: string; readonly sha256: string }
  | { readonly kind: 'completed' }
  | { readonly kind: 'text' }

/** A line of the log taken apart. */
export interface LogLine {
  /** Milliseconds since the epoch; undefined when the line has no stamp. */
  readonly time: number | undefined
  /** Without the stamp. */
  readonly text: string
  readonly marker: Marker
}

const stamp = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{3}) \| ?(.*)$/s

/** Reads a line. The stamp is optional: `DIB_NO_TIMESTAMP` removes it. */
export function readLogLine(line: string): LogLine {
  const stamped = stamp.exec(line)
  const text = stamped?.[3] ?? line
  const time = stamped ? Date.parse(`${stamped[1]}T${stamped[2]}Z`) : undefined
  return { time, text, marker: readMarker(text) }
}

/**
 * DIB promises its options and variables, not the text of its log; so this recognises what it must and takes all else as
 * text. A hook that ends without a newline glues DIB's next marker to its own last words, hence no `^` before them.
 */
function readMarker(text: string): Marker {
  if (text.includes('dib-run-parts ')) {
    const marker = readRunPartsMarker(text)
    if (marker) return marker
  }
  let match = /^Copying hooks for (\S+)$/.exec(text)
  if (match?.[1]) return { kind: 'element', name: match[1] }
  match = /^Copying hooks (\/\S*\/([a-z-]+\.d)\/(\S+))$/.exec(text)
  if (match?.[1] && match[2] && match[3]) return { kind: 'hook-file', file: match[1], phase: match[2], name: match[3] }
  match = /^Running hooks from \S*\/([a-z-]+\.d)$/.exec(text)
  if (match?.[1]) return { kind: 'phase', phase: match[1] }
  match = /^Unmount (\/\S*)$/.exec(text)
  if (match?.[1]) return { kind: 'unmount', path: match[1] }
  if (text.startsWith('Calculating image size') || / \[-\] create\(\) called$/.test(text))
    return { kind: 'block-device' }
  match = /\bexec_sudo failed: ?(.*)$/.exec(text)
  if (match) return { kind: 'python-cause', text: match[1] ?? '' }
  match = /^Image file (\S+) created\.\.\.$/.exec(text)
  if (match?.[1]) return { kind: 'image-created', file: match[1] }
  match = /^Archive state of this image: ([0-9a-f]{64}) (\S+)$/.exec(text)
  if (match?.[1] && match[2]) return { kind: 'archive-state', sha256: match[1], file: match[2] }
  if (text === 'Build completed successfully') return { kind: 'completed' }
  return { kind: 'text' }
}

function readRunPartsMarker(text: string): Marker | undefined {
  let match = /dib-run-parts Running \S*\/([a-z-]+\.d)\/([0-9A-Za-z_-]+)$/.exec(text)
  if (match?.[1] && match[2]) return { kind: 'hook-running', phase: match[1], name: match[2] }
  match = /dib-run-parts ([0-9A-Za-z_-]+) completed$/.exec(text)
  if (match?.[1]) return { kind: 'hook-completed', name: match[1] }
  match = /^dib-run-parts Sourcing environment file \S*\/([a-z-]+\.d)\/\.\.\/environment\.d\/\S+$/.exec(text)
  if (match?.[1]) return { kind: 'phase', phase: match[1] }
  match = /^dib-run-parts Target: ([a-z-]+\.d)$/.exec(text)
  if (match?.[1]) return { kind: 'table-target', phase: match[1] }
  match = /^dib-run-parts ([0-9A-Za-z_-]+)\s+(\d+\.\d{3})$/.exec(text)
  if (match?.[1] && match[2]) return { kind: 'table-row', name: match[1], seconds: Number(match[2]) }
  if (/^dib-run-parts -+ END PROFILING -+$/.test(text)) return { kind: 'table-end' }
  return undefined
}
