import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A recipe with an element of its own whose only hook is the given script, first in root.d. */
export function recipeWithHook(folder: string, name: string, script: string): string {
  const element = join(folder, 'elements', `test-${name}`)
  mkdirSync(join(element, 'root.d'), { recursive: true })
  writeFileSync(join(element, 'README.rst'), `${name}\n`)
  const hook = join(element, 'root.d', `00-${name}`)
  writeFileSync(hook, `#!/bin/bash\nset -eu\nset -o pipefail\n${script}\n`, { mode: 0o755 })
  const recipe = join(folder, 'recipe.yaml')
  writeFileSync(
    recipe,
    [
      `name: ${name}`,
      'distribution: debian',
      'release: trixie',
      'dib-version: 3.43.0',
      'element-paths: [elements]',
      `elements: [test-${name}]`,
      '',
    ].join('\n'),
  )
  return recipe
}
