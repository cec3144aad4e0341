import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { chain, stages } from '../chain.ts'
import { contractPage } from '../report/index.ts'
import type { AnyStage } from '../stage.ts'
import { projectRoot, projectVersion } from '../system/home.ts'
import { actionReadme } from './action-readme.ts'
import { actionMain, actionYml, rootActionYml } from './action-yml.ts'
import { zuulFiles } from './zuul-job.ts'

/** A kind of file that is made of the stages: paths below the project's root, each with its text. */
type Kind = (stages: readonly AnyStage[]) => readonly (readonly [path: string, text: string])[]

/** Every kind; a further one is a further line. */
const kinds: readonly Kind[] = [
  () => [['docs/contract.md', contractPage()]],
  all => [['action.yml', rootActionYml(all, projectVersion())]],
  all => all.map(stage => [`actions/${stage.name}/action.yml`, actionYml(stage)]),
  all => all.map(stage => [`actions/${stage.name}/main.ts`, actionMain(stage)]),
  all => all.map(stage => readmeOf(stage)),
  () => [...zuulFiles(chain)],
]

/** Every generated file, by its path below the project's root. */
export function generatedFiles(): ReadonlyMap<string, string> {
  return new Map(kinds.flatMap(kind => kind(stages)))
}

/** The text of a README is its own source: a stage's new input changes its table and nothing else. */
function readmeOf(stage: AnyStage): readonly [string, string] {
  const path = `actions/${stage.name}/README.md`
  const file = join(projectRoot(), path)
  if (!existsSync(file)) throw new Error(`${path} is missing: introduction and example are written by hand`)
  return [path, actionReadme(stage, readFileSync(file, 'utf8'))]
}

if (import.meta.main) {
  for (const [path, text] of generatedFiles()) {
    const file = join(projectRoot(), path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
}
