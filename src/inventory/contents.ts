import { FileTree } from './file-tree.ts'

/** What was read of the image's files, by path; links are followed within the image. */
export class Contents {
  readonly #files: ReadonlyMap<string, Uint8Array>
  readonly #tree: FileTree

  constructor(files: ReadonlyMap<string, Uint8Array>, tree: FileTree = new FileTree([])) {
    this.#files = files
    this.#tree = tree
  }

  /** A file's text; undefined when it is not there or was not read. */
  text(path: string): string | undefined {
    const bytes = this.#files.get(path) ?? this.#files.get(this.#tree.resolve(path)?.path ?? '')
    return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8')
  }

  /** The paths that were read and lie below a folder, sorted. */
  below(folder: string): string[] {
    const start = this.#tree.resolve(folder)?.path ?? folder
    return [...this.#files.keys()].filter(path => path.startsWith(`${start}/`)).toSorted()
  }

  /** Whether a file's bytes look like text: no NUL near the beginning. */
  isText(path: string): boolean {
    return !(this.#files.get(path)?.subarray(0, 8192).includes(0) ?? true)
  }
}
