import { execFileSync, spawn } from 'node:child_process'
import { closeSync, globSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { findDib } from '../../src/dib/index.ts'
import { buildRecordSchema } from '../../src/dib/record.ts'
import { planSchema } from '../../src/elements/plan.ts'
import { readDocument } from '../../src/system/documents.ts'
import { formatDuration } from '../../src/system/duration.ts'
import { projectRoot } from '../../src/system/home.ts'

/**
 * Our `build` (lock, plan, root file system, disk) beside plain `disk-image-create` with the same DIB, elements,
 * environment and mirror, in turn, in one run. See README.md beside this file for what the yardstick is.
 */
const { values } = parseArgs({
  options: { runs: { type: 'string', default: '3' }, keep: { type: 'boolean', default: false } },
})
const runs = Number(values.runs)
const folder = mkdtempSync(join(tmpdir(), 'bench-build.'))
const deviceMapper = globSync('/dev/mapper/control').length > 0 && commandSucceeds('dmsetup', ['version'])
const print = (text: string) => process.stdout.write(`${text}\n`)

interface Measured {
  readonly seconds: number
  /** The largest sum of resident memory over the command's process tree, sampled each half second. */
  readonly peakMemoryBytes: number
  readonly imageBytes: number
  readonly packages: string
}

function commandSucceeds(program: string, args: string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Resident memory of a process and all below it. */
function treeMemory(root: number): number {
  const parents = new Map<number, number>()
  const resident = new Map<number, number>()
  for (const file of globSync('/proc/[0-9]*/stat')) {
    try {
      const text = readFileSync(file, 'utf8')
      const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
      const pid = Number(text.split(' ')[0])
      parents.set(pid, Number(fields[1]))
      resident.set(pid, Number(fields[21]) * 4096)
    } catch {
      // it ended while we looked
    }
  }
  const below = (pid: number): boolean => pid === root || (pid > 1 && below(parents.get(pid) ?? 0))
  return [...resident].filter(([pid]) => below(pid)).reduce((sum, [, bytes]) => sum + bytes, 0)
}

async function measure(
  program: string,
  args: string[],
  env: NodeJS.ProcessEnv,
  log: string,
): Promise<Omit<Measured, 'imageBytes' | 'packages'>> {
  const output = openSync(log, 'w')
  const startedAt = performance.now()
  const child = spawn(program, args, { stdio: ['ignore', output, output], env, cwd: folder, detached: true })
  let peakMemoryBytes = 0
  const sampler = setInterval(() => {
    if (child.pid) peakMemoryBytes = Math.max(peakMemoryBytes, treeMemory(child.pid))
  }, 500)
  const status = await new Promise<number | null>(resolve => child.once('exit', resolve))
  clearInterval(sampler)
  closeSync(output)
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}; see ${log}`)
  return { seconds: (performance.now() - startedAt) / 1000, peakMemoryBytes }
}

/** Name and version of every installed package, read from the finished image. */
function packagesOf(image: string, device: string): string {
  const status = execFileSync('guestfish', ['--ro', '--format=qcow2', '-a', image], {
    input: `run\nmount-ro ${device} /\ncat /var/lib/dpkg/status\n`,
    encoding: 'utf8',
    maxBuffer: 64e6,
    env: { ...process.env, LIBGUESTFS_BACKEND: 'direct', LIBGUESTFS_BACKEND_SETTINGS: 'force_tcg' },
  })
  return status
    .split('\n\n')
    .flatMap(paragraph => {
      const field = (name: string) => paragraph.match(new RegExp(`^${name}: (.*)$`, 'm'))?.[1]
      return field('Status')?.endsWith(' installed') ? [`${field('Package')} ${field('Version')}`] : []
    })
    .sort()
    .join('\n')
}

async function ours(run: number): Promise<Measured & { record: ReturnType<typeof readRecord> }> {
  const output = join(folder, `ours-${run}`)
  const measured = await measure(
    join(projectRoot(), 'trove-image'),
    ['build', '--yes', '--log', 'plain', '--until', 'build-image', '--output', output],
    process.env,
    join(folder, `ours-${run}.log`),
  )
  const record = readRecord(output)
  const image = join(output, record.files[0]?.name ?? '')
  return { ...measured, record, imageBytes: statSync(image).size, packages: packagesOf(image, '/dev/sda3') }
}

function readRecord(output: string) {
  return readDocument(join(output, 'image.json'), buildRecordSchema)
}

/** What an operator types who has our elements but not our program. */
async function plain(run: number): Promise<Measured> {
  const plan = readDocument(join(folder, 'ours-1/plan.json'), planSchema)
  const dib = findDib('private', plan.dib.version)
  const output = join(folder, `plain-${run}`)
  mkdirSync(join(output, 'tmp'), { recursive: true })
  const elements = deviceMapper ? ['vm', ...plan.typedElements, 'block-device-efi'] : plan.typedElements
  const measured = await measure(
    join(dib.binFolder, 'disk-image-create'),
    [
      ...['-a', plan.recipe.architecture, '-t', 'qcow2', '--no-tmpfs', '-o', join(output, 'image')],
      ...(plan.packages.length > 0 ? ['-p', plan.packages.join(',')] : []),
      ...elements,
    ],
    {
      ...plan.environment,
      PATH: `${dib.binFolder}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
      HOME: process.env.HOME,
      USER: process.env.USER ?? 'root',
      TMPDIR: join(output, 'tmp'),
      DIB_IMAGE_CACHE: join(output, 'cache'),
      ELEMENTS_PATH: plan.elementPaths.join(':'),
    },
    join(folder, `plain-${run}.log`),
  )
  const image = join(output, 'image.qcow2')
  return {
    ...measured,
    imageBytes: statSync(image).size,
    packages: packagesOf(image, deviceMapper ? '/dev/sda3' : '/dev/sda'),
  }
}

const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
const spread = (numbers: readonly number[]) =>
  `${formatDuration(median(numbers))} (${numbers.map(number => number.toFixed(0)).join(', ')} s)`
const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`

const mine: Awaited<ReturnType<typeof ours>>[] = []
const theirs: Measured[] = []
for (let run = 1; run <= runs; run++) {
  mine.push(await ours(run))
  print(`run ${run} of ${runs}: trove-image build           ${formatDuration(mine.at(-1)?.seconds ?? 0)}`)
  theirs.push(await plain(run))
  print(`run ${run} of ${runs}: disk-image-create           ${formatDuration(theirs.at(-1)?.seconds ?? 0)}`)
}

const lists = new Set([...mine, ...theirs].map(run => run.packages))
if (lists.size !== 1) {
  print(`The images do not hold the same packages, so the times cannot be compared. Kept: ${folder}`)
  const [first = '', second = ''] = [...lists].map(list => list)
  const [left, right] = [new Set(first.split('\n')), new Set(second.split('\n'))]
  for (const name of [...left].filter(item => !right.has(item))) print(`  only in one:   ${name}`)
  for (const name of [...right].filter(item => !left.has(item))) print(`  only in other: ${name}`)
  process.exit(1)
}
print('')
print(`${[...lists][0]?.split('\n').length} packages, the same in all images.`)
print(
  deviceMapper
    ? 'Yardstick: disk-image-create with vm and block-device-efi (partitions, boot loader, zlib).'
    : 'Yardstick: disk-image-create WITHOUT vm (no device-mapper here): whole-disk ext4, no partitions, no boot loader, zlib. This favours the yardstick.',
)
print(
  `trove-image build      ${spread(mine.map(run => run.seconds))}  peak ${megabytes(median(mine.map(run => run.peakMemoryBytes)))}  image ${megabytes(mine[0]?.imageBytes ?? 0)}`,
)
print(
  `disk-image-create      ${spread(theirs.map(run => run.seconds))}  peak ${megabytes(median(theirs.map(run => run.peakMemoryBytes)))}  image ${megabytes(theirs[0]?.imageBytes ?? 0)}`,
)
const ratios = mine.map((run, index) => run.seconds / (theirs[index]?.seconds ?? Number.NaN))
print(`ratio ours/yardstick   ${median(ratios).toFixed(2)} (${ratios.map(ratio => ratio.toFixed(2)).join(', ')})`)
print('')
print('Our phases, last run:')
for (const phase of mine.at(-1)?.record.phases ?? [])
  print(`  ${phase.name.padEnd(20)} ${formatDuration(phase.seconds)}`)
for (const step of mine.at(-1)?.record.diskSteps ?? [])
  print(`  disk: ${step.name.padEnd(14)} ${formatDuration(step.seconds)}`)
if (values.keep) print(`kept: ${folder}`)
else rmSync(folder, { recursive: true, force: true })
