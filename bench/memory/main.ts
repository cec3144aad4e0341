import { execFileSync, spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectRoot } from '../../src/system/home.ts'
import { recipeWithHook } from '../../test/support/recipe-with-hook.ts'

/** The memory of our own process with a large log and a large image. See README.md beside this file. */
const limitBytes = 200e6
const folder = mkdtempSync(join(tmpdir(), 'bench-memory.'))
const print = (text: string) => process.stdout.write(`${text}\n`)

interface Measured {
  readonly status: number | null
  readonly seconds: number
  readonly peakBytes: number
}

/** The launcher replaces itself by Node, so its process number is Node's; the kernel keeps the mark until the end. */
async function measure(args: readonly string[]): Promise<Measured> {
  const output = openSync(join(folder, 'log'), 'w')
  const startedAt = performance.now()
  const child = spawn(join(projectRoot(), 'trove-image'), args, { stdio: ['ignore', output, output], cwd: folder })
  let peakBytes = 0
  const sampler = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
      peakBytes = Math.max(peakBytes, Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024)
    } catch {
      // it has ended
    }
  }, 50)
  const status = await new Promise<number | null>(resolve => child.once('exit', resolve))
  clearInterval(sampler)
  closeSync(output)
  return { status, seconds: (performance.now() - startedAt) / 1000, peakBytes }
}

/** Its element prints 1 GB in lines of 200 bytes and fails. */
const floodingRecipe = () =>
  recipeWithHook(join(folder, 'own'), 'floods', 'head -c 1000000000 /dev/zero | tr "\\0" x | fold -w 200; exit 3')

/** Sparse; by the header of a partition table it is known as a raw disk. */
function largeImage(): string {
  const image = join(folder, 'large.raw')
  writeFileSync(image, '')
  truncateSync(image, 10e9)
  execFileSync('sfdisk', ['--quiet', image], { input: 'label: gpt\n,\n' })
  return image
}

const cases = [
  {
    name: '1 GB log',
    exitStatus: 4,
    args: () => ['build', '--yes', '--log', 'plain', '--recipe', floodingRecipe(), '--output', join(folder, 'built')],
  },
  {
    name: '10 GB image',
    exitStatus: 0,
    args: () => [
      ...['publish', largeImage(), '--output', join(folder, 'published'), '--log', 'plain'],
      ...['--allow', 'not-inspected', '--allow', 'not-smoke-tested'],
    ],
  },
]

let failed = 0
print(`${'case'.padEnd(14)}${'time'.padStart(10)}${'peak'.padStart(10)}   limit ${Math.round(limitBytes / 1e6)} MB`)
for (const { name, exitStatus, args } of cases) {
  const { status, seconds, peakBytes } = await measure(args())
  const good = status === exitStatus && peakBytes > 0 && peakBytes <= limitBytes
  if (!good) failed += 1
  print(
    `${name.padEnd(14)}${`${seconds.toFixed(1)} s`.padStart(10)}${`${Math.round(peakBytes / 1e6)} MB`.padStart(10)}   ${
      good
        ? 'ok'
        : status === exitStatus
          ? 'FAILED: above the limit'
          : `FAILED: exit status ${status}, expected ${exitStatus}`
    }`,
  )
  if (!good)
    print(
      readFileSync(join(folder, 'log'), 'utf8')
        .slice(-2000)
        .replaceAll(/x{50,}/g, 'xx...'),
    )
}
rmSync(folder, { recursive: true, force: true })
process.exit(failed === 0 ? 0 : 1)
