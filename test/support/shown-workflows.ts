import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../../src/system/home.ts'

/** A whole workflow that a page shows. */
export interface ShownWorkflow {
  readonly page: string
  /** The line of the page on which it begins. */
  readonly line: number
  readonly text: string
}

/** Every whole workflow in the documentation, in the order of the pages. */
export function shownWorkflows(): ShownWorkflow[] {
  return globSync(['README.md', 'docs/*.md', 'actions/*/README.md'], { cwd: projectRoot() })
    .toSorted()
    .flatMap(page => {
      const text = readFileSync(join(projectRoot(), page), 'utf8')
      return [...text.matchAll(/^```yaml\n(.*?)^```$/gms)]
        .filter(([, block = '']) => /^jobs:$/m.test(block))
        .map(match => ({ page, line: text.slice(0, match.index).split('\n').length + 1, text: match[1] ?? '' }))
    })
}

/** The workflow that the README tells to paste into an empty repository. */
export function readmeWorkflow(): string {
  const [workflow] = shownWorkflows().filter(({ page }) => page === 'README.md')
  if (workflow === undefined) throw new Error('README.md shows no workflow')
  return workflow.text
}
