import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { ElementWithFiles } from './element.ts'

/** Variables that DIB's own scripts export before a hook runs; read from them, for there is no list. */
export function dibVariables(packageFolder: string): Set<string> {
  const folder = join(packageFolder, 'lib')
  const names = new Set(['PATH', 'HOME', 'USER', 'TARGET_ROOT', 'TMP_HOOKS_PATH', 'DIB_PYTHON_EXEC'])
  for (const entry of readdirSync(folder)) {
    const path = join(folder, entry)
    if (statSync(path).isFile()) for (const name of exportedNames(readFileSync(path, 'utf8'))) names.add(name)
  }
  return names
}

/** Variables that the elements' `environment.d` files export. */
export function elementVariables(elements: readonly ElementWithFiles[]): Set<string> {
  const names = elements.flatMap(element =>
    element.files
      .filter(file => file.path.startsWith('environment.d/'))
      .flatMap(file => exportedNames(file.content?.toString('utf8') ?? '')),
  )
  return new Set(names)
}

function exportedNames(script: string): string[] {
  return [...script.matchAll(/^[^#\n]*?\bexport\s+([^\n#]*)/gm)].flatMap(match =>
    [...(match[1] ?? '').matchAll(/(?:^|\s)([A-Za-z_]\w*)(?==|\s|;|$)/g)].map(name => name[1] ?? ''),
  )
}
