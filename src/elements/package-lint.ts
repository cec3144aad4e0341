import { isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml'
import { nearest } from '../system/nearest.ts'
import type { ElementFile, ElementWithFiles } from './element.ts'
import { type Finding, findingIn } from './finding.ts'

/** What the package lists are read for. */
export interface PackageContext {
  readonly architecture: string
  /** Names of variables that will be set when DIB evaluates `when`. */
  readonly variables: ReadonlySet<string>
}

const knownKeys = ['phase', 'uninstall', 'build-only', 'installtype', 'arch', 'not-arch', 'when', 'dib_python_version']
/** The phases in which DIB's element package-installs has a hook. */
const packagePhases = ['pre-install.d', 'install.d', 'post-install.d']

/**
 * Finds entries of `package-installs.yaml` and `.json` that DIB's `package-installs-squash` reads otherwise than they
 * look, or ends at. Pure.
 */
export function lintPackageInstalls(element: ElementWithFiles, context: PackageContext): Finding[] {
  return element.files
    .filter(file => /^package-installs\.(yaml|json)$/.test(file.path) && file.content !== null)
    .flatMap(file => new PackageList(element, file, context).findings())
}

class PackageList {
  readonly #element: ElementWithFiles
  readonly #path: string
  readonly #text: string
  readonly #context: PackageContext
  readonly #lines = new LineCounter()
  readonly #findings: Finding[] = []

  constructor(element: ElementWithFiles, file: ElementFile, context: PackageContext) {
    this.#element = element
    this.#path = file.path
    this.#text = file.content?.toString('utf8') ?? ''
    this.#context = context
  }

  findings(): Finding[] {
    // PyYAML reads YAML 1.1: there `yes` and `off` are booleans.
    const document = parseDocument(this.#text, {
      version: '1.1',
      uniqueKeys: false,
      lineCounter: this.#lines,
      prettyErrors: false,
    })
    for (const error of document.errors) this.#add(error.pos[0], `not YAML: ${error.message}`)
    if (document.errors.length > 0) return this.#findings
    if (!isMap(document.contents)) {
      this.#add(0, 'DIB ends at this file: it must map package names, "name:" a line (an empty file is an error too)')
      return this.#findings
    }
    const seen = new Set<string>()
    for (const pair of document.contents.items) {
      const name = scalarText(pair.key)
      if (seen.has(name)) this.#add(offsetOf(pair.key), `package ${name} is listed twice: DIB takes the last one only`)
      seen.add(name)
      this.#lintPackage(pair)
    }
    return this.#findings
  }

  #add(offset: number | undefined, message: string): void {
    const line = this.#lines.linePos(offset ?? 0).line || 1
    this.#findings.push(findingIn(this.#element, this.#path, message, line))
  }

  #lintPackage(pair: Pair): void {
    const name = scalarText(pair.key)
    const value = pair.value
    if (value === null || (isScalar(value) && !value.value)) return
    for (const parameters of isSeq(value) ? value.items : [value]) {
      if (isMap(parameters)) this.#lintParameters(name, parameters.items)
      else
        this.#add(
          offsetOf(parameters),
          `package ${name}: expected nothing, or "key: value" lines below it; DIB ends at this`,
        )
    }
  }

  #lintParameters(name: string, pairs: readonly Pair[]): void {
    const keys = pairs.map(pair => scalarText(pair.key))
    for (const pair of pairs) {
      const key = scalarText(pair.key)
      const message = knownKeys.includes(key) ? this.#faultOf(key, pair.value) : unknownKey(key)
      if (message !== undefined) this.#add(offsetOf(pair.key), `package ${name}: ${message}`)
    }
    const both = pairs.find(pair => scalarText(pair.key) === 'not-arch')
    if (keys.includes('arch') && both) {
      this.#add(offsetOf(both.key), `package ${name}: arch and not-arch together: DIB ends at this`)
    }
  }

  #faultOf(key: string, node: unknown): string | undefined {
    const text = scalarText(node)
    switch (key) {
      case 'phase':
        if (packagePhases.includes(text)) return undefined
        return `phase "${text}" installs nothing; legal are ${packagePhases.join(', ')}`
      case 'uninstall':
      case 'build-only':
        if (isScalar(node) && node.value === true) return undefined
        return `"${key}: ${text}" is read as if it were true: only the key's presence counts; remove the line`
      case 'installtype':
        if (/^[a-z]+$/.test(text)) return undefined
        return `installtype "${text}" never matches; usual are source, package`
      case 'arch':
      case 'not-arch':
        return faultOfArchitectures(key, node)
      case 'when':
        return (isSeq(node) ? node.items : [node]).map(item => this.#faultOfWhen(item)).find(Boolean)
      default:
        return undefined
    }
  }

  #faultOfWhen(node: unknown): string | undefined {
    if (!isScalar(node) || typeof node.value !== 'string')
      return 'when takes a text such as "VARIABLE = value": DIB ends at this'
    const match = /^(\w+)\s*(!?=)\s*(.*)$/.exec(node.value)
    if (!match) return `when "${node.value}" is malformed, DIB ends at this; expected VARIABLE = value, or != for not`
    const [, variable = '', , value = ''] = match
    if (value.startsWith('='))
      return `when "${node.value}" compares with the text "${value}"; DIB knows = and !=, not ==`
    if (/^(".*"|'.*')$/.test(value))
      return `when "${node.value}" compares with the quotes too; write the value without them`
    if (this.#context.variables.has(variable)) return undefined
    return (
      `when needs ${variable}, which nothing sets, and DIB ends there: ` +
      `give it a default in the element's environment.d`
    )
  }
}

function faultOfArchitectures(key: string, node: unknown): string | undefined {
  if (!isScalar(node) || typeof node.value !== 'string')
    return `${key} takes a text such as amd64,arm64: DIB ends at this`
  const padded = node.value.split(',').find(entry => entry !== entry.trim())
  if (padded === undefined) return undefined
  return `${key} "${node.value}": "${padded.trim()}" never matches because of the blank; write ${node.value.replaceAll(/\s*,\s*/g, ',')}`
}

function unknownKey(key: string): string {
  const near = nearest(key, knownKeys)
  return `DIB ignores "${key}"; ${near === undefined ? '' : `did you mean "${near}"? `}known are ${knownKeys.join(', ')}`
}

function scalarText(node: unknown): string {
  return isScalar(node) ? String(node.value) : String(node ?? '')
}

function offsetOf(node: unknown): number | undefined {
  return (node as Node | null)?.range?.[0]
}
