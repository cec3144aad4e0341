import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

/** What a step of a workflow came to. */
export interface ActionRun {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
  readonly outputs: Readonly<Record<string, string>>
  /** Most memory that the action's own process ever had (VmHWM of /proc/PID/status), without its children. */
  readonly peakBytes: number
  readonly seconds: number
}

export interface ActionOptions {
  /** The bundle that is started. */
  readonly program: string
  /** Workspace, home and the runner's files; made when it is absent. */
  readonly folder: string
  readonly inputs: Readonly<Record<string, string>>
  /** What the runner gives beside that, such as the variables of the Results service. */
  readonly env?: Readonly<Record<string, string>>
}

/** Starts a bundle as the runner starts a node action: an environment made from nothing, the workspace as folder of work. */
export async function runActionProcess({ program, folder, inputs, env }: ActionOptions): Promise<ActionRun> {
  const [workspace, temporary] = [join(folder, 'workspace'), join(folder, 'temp')]
  for (const made of [workspace, temporary]) mkdirSync(made, { recursive: true })
  const files = Object.fromEntries(
    ['GITHUB_OUTPUT', 'GITHUB_STATE', 'GITHUB_ENV', 'GITHUB_PATH', 'GITHUB_STEP_SUMMARY'].map(variable => {
      const file = join(folder, variable)
      writeFileSync(file, '')
      return [variable, file]
    }),
  )
  const startedAt = performance.now()
  const child = spawn(process.execPath, [program], {
    cwd: workspace,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH ?? '',
      HOME: folder,
      GITHUB_ACTIONS: 'true',
      CI: 'true',
      RUNNER_TEMP: temporary,
      GITHUB_WORKSPACE: workspace,
      ...files,
      ...env,
      ...Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
    },
  })
  let peakBytes = 0
  const watch = setInterval(() => {
    peakBytes = Math.max(peakBytes, peakOf(Number(child.pid)))
  }, 50)
  const ended = new Promise<number | null>(resolve => child.once('close', resolve))
  const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  clearInterval(watch)
  return {
    status,
    stdout,
    stderr,
    outputs: parseOutputs(readFileSync(String(files.GITHUB_OUTPUT), 'utf8')),
    peakBytes,
    seconds: (performance.now() - startedAt) / 1000,
  }
}

/** Zero when the process is gone. */
function peakOf(pid: number): number {
  try {
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return Number(kibibytes ?? 0) * 1024
  } catch {
    return 0
  }
}

/** The runner's form: `NAME<<DELIMITER`, the value, the delimiter. */
function parseOutputs(content: string): Record<string, string> {
  return Object.fromEntries(
    [...content.matchAll(/^([\w-]+)<<(\S+)\n(.*?)\n?\2$/gms)].map(match => [String(match[1]), String(match[3])]),
  )
}
