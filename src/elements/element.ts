import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { InputError } from '../system/errors.ts'

/** A folder of elements, in the order of ELEMENTS_PATH: an earlier one wins. */
export interface ElementPath {
  /** Absolute. */
  readonly folder: string
  readonly origin: ElementOrigin
}

/** Whose element it is: the recipe's `element-paths`, this project's `elements/`, or DIB's own. */
export type ElementOrigin = 'recipe' | 'project' | 'dib'

/** A name in `element-deps` or `element-provides`. */
export interface NamedLine {
  readonly name: string
  readonly line: number
}

/** What resolution needs to know of an element. */
export interface Element {
  readonly name: string
  /** Absolute, links resolved. */
  readonly folder: string
  readonly origin: ElementOrigin
  readonly depends: readonly NamedLine[]
  readonly provides: readonly NamedLine[]
  /** The elements of the same name further down the path, nearest first. */
  readonly overrides: readonly Element[]
}

export type Catalogue = ReadonlyMap<string, Element>

/** A file of an element; links are followed, as DIB follows them. */
export interface ElementFile {
  /** Relative to the element's folder. */
  readonly path: string
  readonly executable: boolean
  /** Null for a link that leads nowhere. */
  readonly content: Buffer | null
}

export interface ElementWithFiles extends Element {
  readonly files: readonly ElementFile[]
}

/**
 * Finds all elements, as `_find_all_elements` of DIB's element_dependencies.py does: each directory is one, named by the
 * last component of its real path; what is found in an earlier folder of the path wins.
 *
 * @throws InputError for an entry that is no directory (DIB ends there too)
 */
export function readCatalogue(paths: readonly ElementPath[]): Catalogue {
  const catalogue = new Map<string, Element>()
  for (const { folder, origin } of paths.toReversed()) {
    for (const name of listFolder(folder)) {
      const path = join(folder, name)
      if (!isDirectory(path)) continue
      const real = realpathSync(path)
      const overridden = catalogue.get(basename(real))
      catalogue.set(basename(real), {
        name: basename(real),
        folder: real,
        origin,
        depends: readNames(join(real, 'element-deps')),
        provides: readNames(join(real, 'element-provides')),
        overrides: overridden && overridden.folder !== real ? [overridden, ...overridden.overrides] : [],
      })
    }
  }
  return catalogue
}

/** Reads an element's files, without what DIB itself leaves behind (`tests`, `__pycache__`, `*.pyc`). Sorted by path. */
export function readElementFiles(folder: string): ElementFile[] {
  const files: ElementFile[] = []
  const walk = (path: string) => {
    for (const entry of readdirSync(path)) {
      const full = join(path, entry)
      const name = relative(folder, full)
      if (name === 'tests' || entry === '__pycache__' || entry.endsWith('.pyc')) continue
      const status = statSync(full, { throwIfNoEntry: false })
      if (status?.isDirectory()) walk(full)
      else if (!status) files.push({ path: name, executable: false, content: null })
      else if (status.isFile()) {
        files.push({ path: name, executable: (status.mode & 0o111) !== 0, content: readFileSync(full) })
      }
    }
  }
  walk(folder)
  return files.toSorted((left, right) => (left.path < right.path ? -1 : 1))
}

/** Names, one a line; blanks around them and empty lines do not count. DIB has no comments here. */
export function parseNames(text: string): NamedLine[] {
  return text
    .split(/\r\n|\r|\n/)
    .map((line, index) => ({ name: line.trim(), line: index + 1 }))
    .filter(({ name }) => name !== '')
}

function readNames(file: string): NamedLine[] {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ? parseNames(readFileSync(file, 'utf8')) : []
}

function listFolder(folder: string): string[] {
  if (!isDirectory(folder)) {
    throw new InputError(`element path ${folder} is not a directory; element-paths names folders that hold elements`)
  }
  return readdirSync(folder).toSorted()
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
