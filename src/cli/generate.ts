import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { stages } from '../chain.ts'
import { contractPage } from '../report/index.ts'
import { projectRoot } from '../system/home.ts'
import { actionMain, actionYml } from './action-yml.ts'

/** Every generated file, by its path below the project's root. */
export function generatedFiles(): ReadonlyMap<string, string> {
  const files = new Map<string, string>([['docs/contract.md', contractPage()]])
  for (const stage of stages) {
    files.set(`actions/${stage.name}/action.yml`, actionYml(stage))
    files.set(`actions/${stage.name}/main.ts`, actionMain(stage))
  }
  return files
}

if (import.meta.main) {
  for (const [path, text] of generatedFiles()) {
    const file = join(projectRoot(), path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
}
