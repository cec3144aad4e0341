import { agentUnitPattern } from '../contract/index.ts'
import { type ConsolePattern, matchConsole } from './console-patterns.ts'
import { type Limits, mostConsoleBytes } from './limits.ts'

/** What ended the wait for a guest. Whatever comes first wins. */
export type Ending =
  | { readonly kind: 'registered' }
  | { readonly kind: 'login' }
  | { readonly kind: 'console'; readonly pattern: ConsolePattern; readonly words: string }
  | { readonly kind: 'exit'; readonly reason: string }
  | { readonly kind: 'stall'; readonly seconds: number; readonly lastLine: string }
  | { readonly kind: 'agent'; readonly seconds: number }
  | { readonly kind: 'cap'; readonly seconds: number }
  | { readonly kind: 'flood'; readonly mebibytes: number; readonly lastLine: string }

/** A moment of the boot, in seconds since QEMU was started. */
export interface Moment {
  readonly event: string
  readonly seconds: number
}

/** What is seen once in a boot, and what it is called in the timeline. */
const milestones: ReadonlyArray<readonly [string, RegExp]> = [
  ['kernel', /Linux version \d/],
  ['systemd', /systemd\[1\]: systemd \d|Welcome to .*!$/],
  ['cloud-init', /cloud-init\[\d+\]: Cloud-init v\. /],
  ['network', /ci-info: \|\s*(?!lo\b)\S+\s*\|\s*True\s*\|\s*\d+\.\d+\.\d+\.\d+/],
  ['docker started', /\[ {2}OK {2}\] Started docker\.service/],
  ['agent started', agentStarted()],
  ['multi-user', /\[ {2}OK {2}\] Reached target multi-user\.target/],
  ['cloud-init finished', /Cloud-init v\. \S+ finished at /],
]

/** The whole boot transaction is done: cloud-init's last stage comes after multi-user.target. */
const bootFinished = /Cloud-init v\. \S+ (?:running 'modules:final'|finished) at /

/** agetty's prompt: the host's name first. Kernel messages may follow on the same line. */
const loginPrompt = /^[\w.-]+ login: ?(?:$|\[)/

/** The line by which systemd says that it started the agent. */
export function agentStarted(): RegExp {
  return new RegExp(`Started ${agentUnitPattern}`)
}

/**
 * Follows a boot: fed with the console, the firmware's log, the state of QEMU and the clock, it says when and why waiting
 * is over. It knows no time of its own.
 */
export class BootWatch {
  readonly #limits: Limits
  readonly #until: 'registered' | 'login'
  readonly #moments: Moment[] = []
  readonly #notes = new Set<string>()
  #ending: Ending | undefined
  #agentStarts = 0
  #loginAt: number | undefined
  #upAt: number | undefined
  #firstAnswerAt: number | undefined
  #lastLine = ''
  #lastActivityAt = 0
  #lastProcessorSeconds = 0
  #lastTickAt = 0

  constructor(limits: Limits, until: 'registered' | 'login') {
    this.#limits = limits
    this.#until = until
  }

  /** Set as soon as waiting is over; the first one stays. */
  get ending(): Ending | undefined {
    return this.#ending
  }

  get moments(): readonly Moment[] {
    return this.#moments
  }

  /** Trouble that did not end the boot, each once, in the order of its coming. */
  get notes(): readonly string[] {
    return [...this.#notes]
  }

  get loginPrompt(): boolean {
    return this.#loginAt !== undefined
  }

  /** How often systemd said on the console that it started the agent. */
  get agentStarts(): number {
    return this.#agentStarts
  }

  /** A whole line of the console or of the firmware's log. */
  line(text: string, at: number): void {
    if (text.trim() === '') return
    if (loginPrompt.test(text)) this.#prompted(at)
    if (bootFinished.test(text)) this.#upAt ??= at
    this.#lastLine = text.trim()
    this.#lastActivityAt = at
    for (const [event, pattern] of milestones) if (pattern.test(text)) this.#once(event, at)
    if (agentStarted().test(text)) this.#agentStarts += 1
    this.#judge(text, at)
  }

  /** A line that has not ended: a prompt. */
  unfinished(text: string, at: number): void {
    if (text === '') return
    if (loginPrompt.test(text)) this.#prompted(at)
    this.#judge(text, at)
  }

  /** Whether the kernel has spoken; until then a boot loader may speak on the screen alone. */
  get kernelSeen(): boolean {
    return this.#moments.some(moment => moment.event === 'kernel')
  }

  /** What stands on the screen before the kernel starts. */
  screen(lines: readonly string[], at: number): void {
    for (const line of lines) this.#judge(line.trim(), at)
    this.#lastLine = lines.at(-1)?.trim() ?? this.#lastLine
  }

  /** Something that the broker said. */
  event(event: string, at: number): void {
    this.#once(event, at)
    if (event === 'answered') this.#firstAnswerAt ??= at
    this.#lastActivityAt = at
  }

  registered(at: number): void {
    this.#once('registered', at)
    this.#end({ kind: 'registered' })
  }

  /** How much the console or the firmware's log has grown to. */
  printed(bytes: number): void {
    if (bytes < mostConsoleBytes) return
    this.#end({ kind: 'flood', mebibytes: mostConsoleBytes / 1024 ** 2, lastLine: this.#lastLine.slice(0, 200) })
  }

  exited(reason: string): void {
    this.#end({ kind: 'exit', reason })
  }

  /** The clock; `processorSeconds` is what QEMU has used so far. */
  tick(at: number, processorSeconds: number): void {
    // An idle guest uses a little for its kernel's timers; a tenth of one processor is more than that.
    const busy = (processorSeconds - this.#lastProcessorSeconds) / Math.max(at - this.#lastTickAt, 0.001)
    if (busy > 0.1) this.#lastActivityAt = at
    this.#lastProcessorSeconds = processorSeconds
    this.#lastTickAt = at
    const { capSeconds, stallSeconds, agentSeconds } = this.#limits
    if (at >= capSeconds) this.#end({ kind: 'cap', seconds: capSeconds })
    // Once the guest is up a quiet console is the normal case; the agent has a limit of its own.
    if (this.#upAt === undefined && at - this.#lastActivityAt >= stallSeconds) {
      this.#end({ kind: 'stall', seconds: stallSeconds, lastLine: this.#lastLine })
    }
    if (this.#upAt !== undefined && this.#firstAnswerAt === undefined && at - this.#upAt >= agentSeconds) {
      this.#end({ kind: 'agent', seconds: agentSeconds })
    }
  }

  #prompted(at: number): void {
    this.#loginAt ??= at
    this.#upAt ??= at
    this.#once('login prompt', at)
    if (this.#until === 'login') this.#end({ kind: 'login' })
  }

  #judge(text: string, at: number): void {
    const found = matchConsole(text)
    if (found === undefined) return
    if (found.pattern.severity === 'note') this.#notes.add(found.words)
    else {
      this.#once(`console: ${found.pattern.id}`, at)
      this.#end({ kind: 'console', ...found })
    }
  }

  #once(event: string, seconds: number): void {
    if (this.#moments.some(moment => moment.event === event)) return
    this.#moments.push({ event, seconds: Math.round(seconds * 10) / 10 })
  }

  #end(ending: Ending): void {
    this.#ending ??= ending
  }
}

/** The ending in a few words, for the document and for people. */
export function describeEnding(ending: Ending): string {
  switch (ending.kind) {
    case 'registered':
      return 'registered'
    case 'login':
      return 'login prompt'
    case 'console':
      return `console: ${ending.pattern.id} (${ending.words})`
    case 'exit':
      return `QEMU's exit: ${ending.reason}`
    case 'stall':
      return `stall: neither console output nor processor time for ${ending.seconds} s; last line: ${ending.lastLine || 'none'}`
    case 'agent':
      return `agent: no answer within ${ending.seconds} s after the guest was up`
    case 'cap':
      return `cap: not done within ${ending.seconds} s`
    case 'flood':
      return `console: more than ${ending.mebibytes} MiB printed; last line: ${ending.lastLine || 'none'}`
  }
}
