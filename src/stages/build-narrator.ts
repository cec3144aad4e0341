import type { BuildProgress, DibEvent, RunningHook } from '../dib/index.ts'
import type { DiskEvent } from '../disk/index.ts'
import type { Platform } from '../platform.ts'
import { formatDuration } from '../system/duration.ts'

/** Tells a build on a platform: a group for each phase, a line for each hook that took time, and what is happening now. */
export class BuildNarrator {
  readonly #platform: Platform
  readonly #progress: BuildProgress
  #closeGroup: (() => void) | undefined
  #group: Promise<void> = Promise.resolve()
  #now = ''

  constructor(platform: Platform, progress: BuildProgress) {
    this.#platform = platform
    this.#progress = progress
  }

  /** Runs work whose events come here; ends its last group and its progress display whatever happens. */
  async follow<T>(work: () => Promise<T>): Promise<T> {
    const ticking = setInterval(() => this.#show(), 1000)
    ticking.unref()
    try {
      return await work()
    } finally {
      clearInterval(ticking)
      await this.#close()
    }
  }

  dib(event: DibEvent): void {
    switch (event.kind) {
      case 'phase-started':
        this.#open(`diskimage-builder ${event.phase}`)
        this.#begin(event.phase, event.phase)
        break
      case 'phase-finished':
        this.#progress.finished(event.phase)
        this.#platform.log.info(`${event.phase} took ${formatDuration(event.seconds)}`)
        break
      case 'hook-started':
        this.#begin(partOf(event.hook), partOf(event.hook))
        break
      case 'hook-finished':
        this.#progress.finished(partOf(event.hook))
        if (event.seconds >= 1) this.#platform.log.info(`${wordHook(event.hook)} ${formatDuration(event.seconds)}`)
        break
      case 'package':
        this.#now = `${this.#now.split(': ')[0]}: ${event.action} ${event.name} (${event.number}${event.total === undefined ? '' : ` of ${event.total}`})`
        break
      case 'proxy-withheld':
        this.#platform.log.warning(
          `${event.name} is kept from diskimage-builder, whose hooks would all see it: ${event.reason}`,
        )
        break
      case 'silent':
        this.#platform.log.info(wordSilence(event))
        break
    }
  }

  disk(event: DiskEvent): void {
    switch (event.kind) {
      case 'step-started':
        this.#begin(`disk/${event.step}`, `disk: ${diskWords[event.step]}`)
        break
      case 'step-finished':
        this.#progress.finished(`disk/${event.step}`)
        this.#platform.log.info(`disk: ${diskWords[event.step]} took ${formatDuration(event.seconds)}`)
        break
    }
  }

  #begin(part: string, words: string): void {
    this.#progress.started(part)
    this.#now = words
    this.#show()
  }

  #show(): void {
    const estimate = this.#progress.estimate()
    if (estimate === undefined) this.#platform.progress({ text: this.#now })
    else {
      const left = `about ${formatDuration(estimate.remainingSeconds)} left`
      this.#platform.progress({ text: `${this.#now}, ${left}`, fraction: estimate.fraction })
    }
  }

  /** A platform's group wraps a piece of work; a phase is one that ends when the next begins. */
  #open(title: string): void {
    this.#closeGroup?.()
    this.#group = this.#platform.group(title, () => new Promise(resolve => (this.#closeGroup = resolve)))
  }

  async #close(): Promise<void> {
    this.#closeGroup?.()
    this.#closeGroup = undefined
    await this.#group
  }
}

const diskWords: Readonly<Record<Extract<DiskEvent, { kind: 'step-started' }>['step'], string>> = {
  unpack: 'unpack the root file system',
  mend: 'mend and measure it',
  'file-system': 'write the file system',
  appliance: 'start the appliance',
  'boot-loader': 'install the boot loader',
  convert: 'write the image files',
}

function partOf(hook: RunningHook): string {
  return `${hook.phase}/${hook.name}`
}

function wordHook(hook: RunningHook): string {
  return `${partOf(hook)}${hook.element ? ` of ${hook.element}` : ''}`
}

/** `no output for 2 min 00 s; install.d/50-x of y runs since 3 min 10 s; last time it took 4 min 05 s` */
export function wordSilence(event: Extract<DibEvent, { kind: 'silent' }>): string {
  const what = event.hook ? wordHook(event.hook) : (event.phase ?? 'diskimage-builder')
  const last =
    event.lastTimeSeconds === undefined
      ? 'no earlier build tells how long it takes'
      : `last time it took ${formatDuration(event.lastTimeSeconds)}`
  return `no output for ${formatDuration(event.silentSeconds)}; ${what} runs since ${formatDuration(event.runningSeconds)}; ${last}`
}
