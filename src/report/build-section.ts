import type { BuildRecord } from '../dib/index.ts'
import { formatDuration } from '../system/duration.ts'
import { gantt } from './gantt.ts'
import { code, folded, table } from './markdown.ts'
import { formatSize } from './quantity.ts'

/** Hooks that the table of the slowest has. */
const hooksShown = 8

/** The section about a build: the files that were made, and where the time went. */
export function buildSection({ files, phases, diskSteps }: BuildRecord): string {
  const hooks = phases.flatMap(({ name, hooks: all }) => all.map(hook => ({ ...hook, name: `${name}/${hook.name}` })))
  const slowest = hooks.toSorted((left, right) => right.seconds - left.seconds).slice(0, hooksShown)
  const words = ({ name, seconds }: { name: string; seconds: number }) => ({
    name: `${name} (${formatDuration(seconds)})`,
    seconds,
  })
  return [
    '### Files',
    '',
    table(
      ['file', 'size:', 'SHA-256'],
      files.map(({ name, sizeBytes, sha256 }) => [code(name), formatSize(sizeBytes), code(sha256)]),
    ),
    '### Where the time went',
    '',
    gantt('seconds since the start', [
      { name: 'diskimage-builder', bars: phases.map(words) },
      // The record has how long each took, and not when it began: the appliance starts while the file system is written.
      { name: 'disk (partly at once)', bars: diskSteps.map(words) },
    ]),
    slowest.length === 0
      ? ''
      : folded(
          'The slowest hooks',
          table(
            ['hook', 'time:'],
            slowest.map(({ name, seconds }) => [code(name), formatDuration(seconds)]),
          ),
        ),
  ].join('\n')
}
