import type { ElementFile, ElementWithFiles } from './element.ts'

/** DIB's phases in the order in which they run (lib/disk-image-create); all but the environment, which is sourced. */
export const phases = [
  'root.d',
  'extra-data.d',
  'pre-install.d',
  'install.d',
  'post-install.d',
  'post-root.d',
  'block-device.d',
  'pre-finalise.d',
  'finalise.d',
  'cleanup.d',
] as const
export type Phase = (typeof phases)[number]

export interface PlannedHook {
  readonly phase: string
  readonly name: string
  readonly element: string
}

/** Names that dib-run-parts takes; others it passes over without a word. */
export const hookName = /^[0-9A-Za-z_-]+$/

/**
 * The hooks of a set of elements in the order in which dib-run-parts runs them, with those that the element
 * `install-types` links into `install.d` for the chosen install type.
 */
export function hooksOf(
  elements: readonly ElementWithFiles[],
  environment: Readonly<Record<string, string>>,
): PlannedHook[] {
  const hooks: PlannedHook[] = []
  for (const phase of phases) {
    const inPhase = elements.flatMap(element =>
      element.files.flatMap((file): PlannedHook[] => {
        const name = hookIn(file, phase, environment)
        return name === undefined ? [] : [{ phase, name, element: element.name }]
      }),
    )
    hooks.push(...inPhase.toSorted((left, right) => compareHooks(left.name, right.name)))
  }
  return hooks
}

/** `sort -n` in the C locale: by leading number, then bytewise. */
export function compareHooks(left: string, right: string): number {
  const difference = leadingNumber(left) - leadingNumber(right)
  if (difference !== 0) return difference
  return left < right ? -1 : left > right ? 1 : 0
}

function leadingNumber(name: string): number {
  return Number(/^-?\d+/.exec(name)?.[0] ?? 0)
}

function hookIn(file: ElementFile, phase: Phase, environment: Readonly<Record<string, string>>): string | undefined {
  const [folder, second = '', third, ...deeper] = file.path.split('/')
  if (folder !== phase || !file.executable || file.content === null || deeper.length > 0) return undefined
  if (third === undefined) return hookName.test(second) ? second : undefined
  if (phase !== 'install.d' || !hookName.test(third)) return undefined
  const [, prefix = '', type] = /^(.+)-([a-z]+)-install$/.exec(second) ?? []
  const wanted =
    environment[`DIB_INSTALLTYPE_${prefix.replaceAll('-', '_')}`] ?? environment.DIB_DEFAULT_INSTALLTYPE ?? 'source'
  return type === wanted ? third : undefined
}
