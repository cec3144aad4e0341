import { type Catalogue, type ElementOrigin, type ElementWithFiles, parseNames } from '../../../src/elements/element.ts'

/** File contents by path; a path that begins with `+` is executable, null is a link that leads nowhere. */
export type Files = Readonly<Record<string, string | null>>

/** An element in memory, as readCatalogue and readElementFiles would find it under `/e/NAME`. */
export function element(name: string, files: Files = {}, origin: ElementOrigin = 'project'): ElementWithFiles {
  return {
    name,
    folder: `/e/${name}`,
    origin,
    depends: parseNames(files['element-deps'] ?? ''),
    provides: parseNames(files['element-provides'] ?? ''),
    overrides: [],
    files: Object.entries(files).map(([path, text]) => ({
      path: path.replace(/^\+/, ''),
      executable: path.startsWith('+'),
      content: text === null ? null : Buffer.from(text),
    })),
  }
}

export function catalogueOf(...elements: readonly ElementWithFiles[]): Catalogue {
  return new Map(elements.map(item => [item.name, item]))
}
