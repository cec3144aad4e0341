import type { Element, ElementOrigin } from './element.ts'

/** What is wrong with the elements of a plan. An error stops the plan; a warning stands in it. */
export interface Finding {
  readonly level: 'error' | 'warning'
  readonly message: string
  readonly file?: string
  readonly line?: number
}

/** Nobody here can mend DIB's own elements: what they do wrong is worth a word, not a stop. */
export function levelFor(origin: ElementOrigin): Finding['level'] {
  return origin === 'dib' ? 'warning' : 'error'
}

/** A finding in a file of an element. */
export function findingIn(
  element: Pick<Element, 'folder' | 'origin'>,
  path: string,
  message: string,
  line?: number,
): Finding {
  return {
    level: levelFor(element.origin),
    message,
    file: `${element.folder}/${path}`,
    ...(line === undefined ? {} : { line }),
  }
}

/** `file:line: message`. */
export function findingText(finding: Finding): string {
  const line = finding.line === undefined ? '' : `:${finding.line}`
  return finding.file === undefined ? finding.message : `${finding.file}${line}: ${finding.message}`
}
