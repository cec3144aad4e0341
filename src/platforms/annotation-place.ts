import { isAbsolute, relative } from 'node:path'
import type { Annotation } from '../platform.ts'

/**
 * GitHub shows an annotation on a file of the repository only, and takes any path for one: a file outside of the workspace, such
 * as an element that comes with diskimage-builder, is named in the message instead. Pure.
 */
export function placeAnnotation(annotation: Annotation, workspace: string | undefined): Annotation {
  const { level, message, file, line } = annotation
  if (file === undefined) return annotation
  const inside = workspace === undefined ? file : isAbsolute(file) ? relative(workspace, file) : file
  if (!isAbsolute(inside) && !inside.startsWith('../')) return { ...annotation, file: inside }
  const place = line === undefined ? file : `${file}, line ${line}`
  return { level, message: message.includes(place) ? message : `${message} (${place})` }
}

/** A line of a message that begins with its place in a YAML file, as faults of a recipe do: `images/mine.yaml:12: ...`. */
const placed = /^(\S+\.ya?ml):(\d+): ./

/** The annotations of an error's message: one for each line with a place, one for all the others together. Pure. */
export function annotationsOf(message: string): Annotation[] {
  const lines = message.split('\n')
  const rest = lines.filter(line => !placed.test(line))
  const annotations = lines.flatMap((line): Annotation[] => {
    const [, file, number] = placed.exec(line) ?? []
    // The log shows an annotation without its file: the message keeps it.
    return file === undefined ? [] : [{ level: 'error', message: line, file, line: Number(number) }]
  })
  return rest.length === 0 ? annotations : [...annotations, { level: 'error', message: rest.join('\n') }]
}
