import type { Subject } from './subject.ts'

/**
 * What a rule found: faults (none is a pass); the reason why it cannot be known; or why the caller asked for nothing that
 * could be compared, which passes and is said.
 */
export type Finding = readonly string[] | { readonly unknown: readonly string[] } | { readonly notAsked: string }

/** One demand of the contract between a guest image and Trove, or between an image and its public. */
export interface Rule {
  /** Stable, kebab-case, never reused. */
  readonly id: string
  /** What is demanded, one sentence. */
  readonly title: string
  /** Why, and where that is known from. */
  readonly why: string
  /** What to do when it fails. */
  readonly remedy: string
  readonly check: (subject: Subject) => Finding
}
