/** What of a plan diskimage-builder is told. `plan.json` has this form. */
export interface DibPlan {
  readonly recipe: { readonly distribution: string; readonly release: string; readonly architecture: string }
  /** Elements as typed on DIB's command line, in order. */
  readonly typedElements: readonly string[]
  /** ELEMENTS_PATH without DIB's own; absolute. */
  readonly elementPaths: readonly string[]
  /** All that a hook sees beyond PATH, HOME, USER and TMPDIR. */
  readonly environment: Readonly<Record<string, string>>
  /** What hooks see besides, of the folders of this machine. */
  readonly placeEnvironment: Readonly<Record<string, string>>
  readonly packages: readonly string[]
  readonly image: {
    /** File name without extension. */
    readonly name: string
    readonly sizeBytes: number
    readonly formats: readonly string[]
    readonly disk: 'own' | 'dib'
  }
}
