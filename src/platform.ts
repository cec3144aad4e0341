/** What a stage may ask of the world around it. A terminal and GitHub implement it; domain folders never see it. */
export interface Platform {
  readonly log: Log
  /** Runs a piece of work under a title; closes the group whatever happens. */
  group<T>(title: string, work: () => Promise<T>): Promise<T>
  /** A remark on a source line: an element's hook, a recipe's key. */
  annotate(annotation: Annotation): void
  /** Adds Markdown to the run's summary page, where the platform has one. */
  summary(markdown: string): Promise<void>
  /** From now on the value is hidden in all that the platform prints. */
  secret(value: string): void
  /** Asks a person. Without a terminal, or with `--yes`, the answer is yes. */
  confirm(question: string): Promise<boolean>
  /** What is happening now, for a display that is overwritten; `fraction` from 0 to 1 when it can be estimated. */
  progress(progress: Progress): void
}

export interface Log {
  debug(text: string): void
  info(text: string): void
  warning(text: string): void
  error(text: string): void
}

export interface Annotation {
  readonly level: 'notice' | 'warning' | 'error'
  readonly message: string
  readonly file?: string
  readonly line?: number
}

export interface Progress {
  readonly text: string
  readonly fraction?: number
}
