import type { ObjectKey } from './objects/index.ts'

/** What a stage may ask of the world around it. A terminal and GitHub implement it; domain folders never see it. */
export interface Platform {
  readonly log: Log
  /** Whether the traces of diskimage-builder and libguestfs are asked for: a job run again with debug logging, `--verbose`. */
  readonly debugging: boolean
  /** Whether this machine is thrown away after the job, so that its settings may be changed: a GitHub-hosted runner. */
  readonly disposable: boolean
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
  /** Objects that an earlier run has made. */
  readonly cache: ObjectCache
  /** Files that outlive the job, for other jobs and for people. */
  readonly artifacts: Artifacts
}

/** Keeps objects from one run to the next. Whatever is wrong with it is told as a reason; it never fails a run. */
export interface ObjectCache {
  /** Whether other machines reach what is kept here. What lies on this one anyway need not be kept for it alone. */
  readonly isShared: boolean
  /** The object, its bytes verified by its checksum. */
  take(key: ObjectKey, signal: AbortSignal): Promise<Taken>
  /** Has the object written to a path, and keeps it. */
  keep(key: ObjectKey, write: (path: string) => Promise<void>, signal: AbortSignal): Promise<Kept>
}

export type Taken =
  | { readonly hit: true; readonly path: string; readonly sizeBytes: number; readonly from: string }
  | { readonly hit: false; readonly reason: string }

export type Kept =
  | { readonly kept: true; readonly sizeBytes: number; readonly where: string }
  | { readonly kept: false; readonly reason: string }

/** An uploaded artifact of this run. */
export interface Artifact {
  readonly id: number
  readonly name: string
  readonly sizeBytes: number
  /** SHA-256 of what was uploaded: of the file itself, or of the archive of several. */
  readonly sha256: string
}

/** What to upload. A `file` is stored as it is, under its own name; `files` as one archive, named relative to `folder`. */
export type ArtifactUpload = {
  /** Days until it is deleted; 0 is the repository's own setting. */ readonly retentionDays: number
} & (
  | { readonly file: string; readonly sha256: string }
  /** Takes the place of an artifact of that name that this run already has. */
  | { readonly name: string; readonly folder: string; readonly files: readonly string[] }
)

export interface Artifacts {
  /** Whether this platform knows artifacts at all. */
  readonly isKnown: boolean
  /** Why nothing can be uploaded here, and what to do; undefined when it can. */
  fault(): string | undefined
  /**
   * @throws EnvironmentError when nothing can be uploaded, when there is no room, or when other bytes arrived
   * @throws InputError when the run already has a file of that name with other content
   */
  upload(upload: ArtifactUpload, signal: AbortSignal): Promise<Artifact>
  /**
   * By its number or, of those with that name, the one with the given SHA-256, else the newest: jobs that were run again have
   * uploaded under the same name before.
   *
   * @throws InputError when the run has no such artifact; the message lists those that there are
   */
  find(nameOrId: string, signal: AbortSignal, sha256?: string): Promise<Artifact>
  /**
   * Downloads an artifact that holds one file into a folder, verified by the artifact's digest, and says where it is.
   *
   * @throws EnvironmentError when the bytes do not arrive as they were uploaded
   */
  download(artifact: Artifact, folder: string, signal: AbortSignal): Promise<string>
  /**
   * Downloads an artifact of several files, verified by its digest, and says their names. A file that the folder has
   * already stays as it is.
   *
   * @throws EnvironmentError when the bytes do not arrive as they were uploaded
   */
  downloadFiles(artifact: Artifact, folder: string, signal: AbortSignal): Promise<string[]>
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
