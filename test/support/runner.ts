import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

/** What one process of an action came to, read as GitHub's runner reads it. */
export interface ProcessResult {
  readonly exitStatus: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  readonly seconds: number
  readonly outputs: Readonly<Record<string, string>>
  readonly state: Readonly<Record<string, string>>
  readonly environment: Readonly<Record<string, string>>
  readonly path: readonly string[]
  readonly summary: string
  readonly annotations: readonly RunnerAnnotation[]
  readonly groups: readonly string[]
  /** Groups that began inside another one, ended without a begin, or never ended: all faults. */
  readonly groupFaults: readonly string[]
  readonly masks: readonly string[]
}

export interface RunnerAnnotation {
  readonly level: string
  readonly message: string
  readonly file?: string
  readonly line?: number
}

export interface JobOptions {
  /** The folder of the job: workspace, temporary folder, home. */
  readonly folder: string
  /** The checkout whose actions run; as the runner has it below `_actions`. */
  readonly checkout: string
  readonly env?: Readonly<Record<string, string>>
}

/** A step that is under way. */
export interface RunningStep {
  readonly pid: number
  /** As GitHub cancels a job: SIGINT, after 7.5 s SIGTERM, after 2.5 s more SIGKILL. */
  cancel(): void
  kill(signal: NodeJS.Signals): void
  readonly done: Promise<ProcessResult>
}

/**
 * A job of GitHub's runner, as far as an action of Node can tell (NodeScriptActionHandler, FileCommandManager): main and post
 * with the workspace as current folder, an environment made from nothing, inputs as `INPUT_*` with their hyphens and with the
 * defaults of action.yml, command files, state carried from main to post, masks and annotations from standard output.
 */
export class Job {
  readonly workspace: string
  readonly temporary: string
  readonly #options: JobOptions
  #steps = 0

  constructor(options: JobOptions) {
    this.#options = options
    this.workspace = join(options.folder, 'workspace')
    this.temporary = join(options.folder, 'temporary')
    for (const name of ['workspace', 'temporary', 'tools', 'home', 'files', 'run']) {
      mkdirSync(join(options.folder, name), { recursive: true })
    }
  }

  /** Runs the main step of an action to its end. */
  main(action: string, inputs: Readonly<Record<string, string>> = {}): Promise<ProcessResult> {
    return this.start(action, inputs).done
  }

  /** Starts the main step of an action. Throws for an input that the action does not have, where GitHub only warns. */
  start(action: string, inputs: Readonly<Record<string, string>> = {}): RunningStep {
    const declared = this.#read(action)
    const unknown = Object.keys(inputs).filter(name => !(name in declared.inputs))
    if (unknown.length > 0) throw new Error(`${action} has no input ${unknown.join(', ')}`)
    const given = Object.entries(declared.inputs).map(([name, input]) => [name, inputs[name] ?? input.default ?? ''])
    return this.#spawn(action, declared.runs.main, inputVariables(given as [string, string][]))
  }

  /** Runs the post step of an action with the state that its main step has saved. */
  post(action: string, main?: ProcessResult): Promise<ProcessResult> {
    const state = Object.entries(main?.state ?? {}).map(([name, value]) => [`STATE_${name}`, value])
    return this.#spawn(action, this.#read(action).runs.post, Object.fromEntries(state)).done
  }

  /** What is still there that belongs to this job: processes, mounts, loop devices, temporary files, journals of runs. */
  left(): string[] {
    const { folder } = this.#options
    const list = (path: string) => (existsSync(path) ? readdirSync(path).map(name => join(path, name)) : [])
    return [
      ...globSync('/proc/[0-9]*').filter(
        process => Number(process.slice('/proc/'.length)) !== globalThis.process.pid && speaksOf(process, folder),
      ),
      ...readFileSync('/proc/mounts', 'utf8')
        .split('\n')
        .filter(line => line.includes(folder)),
      ...globSync('/sys/block/loop*/loop/backing_file').filter(file => readText(file).includes(folder)),
      ...list(this.temporary).filter(path => !path.endsWith('/trove-image-stages.jsonl')),
      ...list(join(folder, 'run')),
      ...list(join(folder, 'home/.cache/trove-image/runs')),
    ]
  }

  #read(action: string) {
    return parse(readFileSync(join(this.#options.checkout, 'actions', action, 'action.yml'), 'utf8')) as {
      inputs: Record<string, { default?: string }>
      runs: { main: string; post: string }
    }
  }

  #spawn(action: string, entry: string, variables: Readonly<Record<string, string>>): RunningStep {
    const { folder, checkout, env } = this.#options
    this.#steps += 1
    const names = ['OUTPUT', 'STATE', 'ENV', 'PATH', 'STEP_SUMMARY']
    const files = Object.fromEntries(
      names.map(name => {
        const file = join(folder, 'files', `${this.#steps}-${name}`)
        writeFileSync(file, '')
        return [`GITHUB_${name}`, file]
      }),
    )
    const startedAt = performance.now()
    const child = spawn(process.execPath, [join(checkout, 'actions', action, entry)], {
      cwd: this.workspace,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH ?? '',
        HOME: join(folder, 'home'),
        GITHUB_ACTIONS: 'true',
        CI: 'true',
        RUNNER_OS: 'Linux',
        RUNNER_ENVIRONMENT: 'self-hosted',
        RUNNER_TEMP: this.temporary,
        RUNNER_TOOL_CACHE: join(folder, 'tools'),
        GITHUB_WORKSPACE: this.workspace,
        // Where libguestfs puts its sockets: what this job leaves is then below its folder, whoever else is at work.
        XDG_RUNTIME_DIR: join(folder, 'run'),
        ...env,
        ...files,
        ...variables,
      },
    })
    return { pid: child.pid ?? 0, ...controls(child), done: resultOf(child, files, startedAt) }
  }
}

function speaksOf(process: string, folder: string): boolean {
  return ['cmdline', 'environ'].some(name => readText(join(process, name)).includes(folder))
}

/** Empty for what is gone, or not for us to read. */
function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function controls(child: ChildProcess): Pick<RunningStep, 'cancel' | 'kill'> {
  const isOver = () => child.exitCode !== null || child.signalCode !== null
  const later = (seconds: number, signal: NodeJS.Signals) =>
    setTimeout(() => isOver() || child.kill(signal), seconds * 1000).unref()
  return {
    kill: signal => void child.kill(signal),
    cancel() {
      child.kill('SIGINT')
      later(7.5, 'SIGTERM')
      later(10, 'SIGKILL')
    },
  }
}

async function resultOf(
  child: ChildProcess,
  files: Readonly<Record<string, string>>,
  startedAt: number,
): Promise<ProcessResult> {
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const [exitStatus, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, name) => resolve([code, name]))
  })
  const read = (name: string) => readFileSync(files[name] ?? '', 'utf8')
  return {
    exitStatus,
    signal,
    stdout,
    stderr,
    seconds: (performance.now() - startedAt) / 1000,
    outputs: keyValues(read('GITHUB_OUTPUT')),
    state: keyValues(read('GITHUB_STATE')),
    environment: keyValues(read('GITHUB_ENV')),
    path: read('GITHUB_PATH')
      .split('\n')
      .filter(line => line !== ''),
    summary: read('GITHUB_STEP_SUMMARY'),
    ...readCommands(stdout),
  }
}

/** Spaces become underscores, letters upper case, hyphens stay. */
function inputVariables(inputs: readonly [string, string][]): Record<string, string> {
  return Object.fromEntries(inputs.map(([name, value]) => [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, value]))
}

/** `name<<delimiter`, lines, delimiter. */
function keyValues(text: string): Record<string, string> {
  const values: Record<string, string> = {}
  for (const [, name = '', , value = ''] of text.matchAll(/^(.+?)<<(.+)\n([\s\S]*?)\n?\2$/gm)) values[name] = value
  return values
}

/** The runner takes a command of the new form at the start of a line, and one of the old form wherever it stands. */
const newForm = /^\s*::([a-z-]+)(?: ([^:]*))?::(.*)$/
const oldForm = /##\[([a-z-]+)(?: ([^\]]*))?\](.*)$/

function readCommands(stdout: string) {
  const annotations: RunnerAnnotation[] = []
  const groups: string[] = []
  const groupFaults: string[] = []
  const masks: string[] = []
  let open: string | undefined
  let stopped: string | undefined
  for (const line of stdout.split('\n')) {
    const [, name = '', properties = '', value = ''] = newForm.exec(line) ?? oldForm.exec(line) ?? []
    if (stopped !== undefined) {
      if (line === `::${stopped}::`) stopped = undefined
    } else if (name === 'stop-commands') stopped = value
    else if (name === 'add-mask') masks.push(decoded(value))
    else if (name === 'group') {
      if (open !== undefined) groupFaults.push(`"${value}" begins inside "${open}"`)
      open = value
      groups.push(value)
    } else if (name === 'endgroup') {
      if (open === undefined) groupFaults.push('an end without a begin')
      open = undefined
    } else if (name === 'error' || name === 'warning' || name === 'notice') {
      const pairs = Object.fromEntries(properties.split(',').map(pair => pair.split('=')))
      annotations.push({
        level: name,
        message: decoded(value),
        ...(pairs.file ? { file: decoded(pairs.file) } : {}),
        ...(pairs.line ? { line: Number(pairs.line) } : {}),
      })
    }
  }
  if (open !== undefined) groupFaults.push(`"${open}" is never closed`)
  return { annotations, groups, groupFaults, masks }
}

function decoded(text: string): string {
  return text
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%3A', ':')
    .replaceAll('%2C', ',')
    .replaceAll('%25', '%')
}
