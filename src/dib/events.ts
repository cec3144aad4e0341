/** A hook of an element, or what DIB does between the phases. */
export interface HookName {
  /** `install.d` */
  readonly phase: string
  /** `50-packages` */
  readonly name: string
}

/** A hook with where it came from, as far as DIB's log told it. */
export interface RunningHook extends HookName {
  readonly element: string | undefined
  /** The element's file, not DIB's copy of it. */
  readonly file: string | undefined
}

/** What the log of a build says while it is written. Times are of the log's own clock, in seconds. */
export type LogEvent =
  | { readonly kind: 'phase-started'; readonly phase: string }
  | { readonly kind: 'phase-finished'; readonly phase: string; readonly seconds: number }
  | { readonly kind: 'hook-started'; readonly hook: RunningHook }
  | { readonly kind: 'hook-finished'; readonly hook: RunningHook; readonly seconds: number }
  | {
      readonly kind: 'package'
      readonly action: 'unpacking' | 'configuring'
      readonly name: string
      /** Position among the packages of this call of the package manager. */
      readonly number: number
      /** Undefined when the package manager did not say it. */
      readonly total: number | undefined
    }

/** What the runner adds. */
export type DibEvent =
  | LogEvent
  /** A proxy of the caller's that diskimage-builder is not given. */
  | { readonly kind: 'proxy-withheld'; readonly name: string; readonly reason: string }
  | {
      /** Sent each minute in which DIB printed nothing. */
      readonly kind: 'silent'
      readonly hook: RunningHook | undefined
      readonly phase: string | undefined
      readonly silentSeconds: number
      readonly runningSeconds: number
      /** How long the same hook took in the last build of this recipe. */
      readonly lastTimeSeconds: number | undefined
    }
