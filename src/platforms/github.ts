import { randomUUID } from 'node:crypto'
import * as core from '@actions/core'
import type { Annotation, Log, Platform } from '../platform.ts'
import { GithubArtifacts } from './github-artifacts.ts'
import { GithubCache } from './github-cache.ts'

/** A step of a GitHub workflow. Besides action.ts, which runs the step, the only file that knows @actions/core. */
export class GithubPlatform implements Platform {
  readonly log: Log = {
    debug: text => core.debug(text),
    // What a tool printed may look like a workflow command: it is shown between stop-commands.
    info: text => core.info(looksLikeCommand(text) ? inert(text) : text),
    warning: text => core.warning(text),
    error: text => core.error(text),
  }

  readonly cache = new GithubCache()
  readonly artifacts = new GithubArtifacts()

  group<T>(title: string, work: () => Promise<T>): Promise<T> {
    return core.group(title, work)
  }

  annotate({ level, message, file, line }: Annotation): void {
    const properties = {
      ...(file === undefined ? {} : { file }),
      ...(line === undefined ? {} : { startLine: line }),
    }
    const write = { notice: core.notice, warning: core.warning, error: core.error }[level]
    write(message, properties)
  }

  async summary(markdown: string): Promise<void> {
    if (process.env.GITHUB_STEP_SUMMARY) await core.summary.addRaw(markdown, true).write()
  }

  secret(value: string): void {
    if (value !== '') core.setSecret(value)
  }

  async confirm(): Promise<boolean> {
    return true // nobody sits at a runner; the step's inputs are the consent
  }

  progress(): void {
    // A runner's log cannot be overwritten; stages log a line a minute as well.
  }
}

function looksLikeCommand(text: string): boolean {
  return /^\s*(::|##\[)/m.test(text)
}

function inert(text: string): string {
  const token = randomUUID()
  return `::stop-commands::${token}\n${text}\n::${token}::`
}
