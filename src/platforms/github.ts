import { randomUUID } from 'node:crypto'
import * as core from '@actions/core'
import type { Annotation, Log, Platform, Progress } from '../platform.ts'
import { placeAnnotation } from './annotation-place.ts'
import { GithubArtifacts } from './github-artifacts.ts'
import { GithubCache } from './github-cache.ts'
import { Heartbeat } from './heartbeat.ts'

/** A step of a GitHub workflow. Besides the door, action.ts, which runs the step, what knows @actions/core. */
export class GithubPlatform implements Platform {
  readonly log: Log = {
    debug: text => core.debug(text),
    // What a tool printed may look like a workflow command: it is shown between stop-commands.
    info: text => {
      this.#heartbeat.lineWritten()
      core.info(looksLikeCommand(text) ? inert(text) : text)
    },
    warning: text => core.warning(text),
    error: text => core.error(text),
  }
  readonly cache = new GithubCache()
  readonly artifacts = new GithubArtifacts()
  readonly debugging = core.isDebug()
  readonly disposable = process.env.RUNNER_ENVIRONMENT === 'github-hosted'
  readonly #heartbeat = new Heartbeat(text => this.log.info(text))
  readonly #sections: string[] = []
  #openGroup: symbol | undefined

  /** Groups do not nest on GitHub, an inner end would close the outer one: a new group ends the one before. */
  async group<T>(title: string, work: () => Promise<T>): Promise<T> {
    const own = Symbol(title)
    this.closeGroup()
    this.#openGroup = own
    core.startGroup(title)
    try {
      return await work()
    } finally {
      if (this.#openGroup === own) this.closeGroup()
    }
  }

  closeGroup(): void {
    if (this.#openGroup === undefined) return
    this.#openGroup = undefined
    this.#heartbeat.rest()
    core.endGroup()
  }

  annotate(annotation: Annotation): void {
    const { level, message, file, line } = placeAnnotation(annotation, process.env.GITHUB_WORKSPACE)
    const properties = {
      ...(file === undefined ? {} : { file }),
      ...(line === undefined ? {} : { startLine: line }),
    }
    const write = { notice: core.notice, warning: core.warning, error: core.error }[level]
    write(message, properties)
  }

  /** Kept until the step is over: its heading, with what came of it, stands before. */
  async summary(markdown: string): Promise<void> {
    this.#sections.push(markdown)
  }

  get sections(): readonly string[] {
    return this.#sections
  }

  secret(value: string): void {
    // The runner masks line by line; a secret of several lines would be shown by each of them.
    for (const line of new Set([value, ...value.split('\n')])) if (line.trim() !== '') core.setSecret(line)
  }

  async confirm(): Promise<boolean> {
    return true // nobody sits at a runner; the step's inputs are the consent
  }

  /** A runner's log cannot be overwritten: what is being done stands there when a minute has passed without a line. */
  progress({ text }: Progress): void {
    this.#heartbeat.progress(text)
  }
}

/** The runner takes `::` at the start of a line, and the older `##[` anywhere in it. */
function looksLikeCommand(text: string): boolean {
  return /^\s*::|##\[/m.test(text)
}

function inert(text: string): string {
  const token = randomUUID()
  return `::stop-commands::${token}\n${text}\n::${token}::`
}
