import { execFileSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { projectRoot } from '../../src/system/home.ts'

/** Where `.ci/workflow-tools` puts what only the tests need. */
const toolsFolder = execFileSync(join(projectRoot(), '.ci/workflow-tools'), ['--print-path'], {
  encoding: 'utf8',
}).trim()

/** A PATH with the tools of the tests in front. */
export const toolsPath = `${toolsFolder}${delimiter}${process.env.PATH}`

/** Whether a tool is missing and may be: on a developer's machine. In CI its test then fails for want of it. */
export function mayBeAbsent(name: 'actionlint' | 'act' | 'zizmor' | 'shellcheck'): boolean {
  return !process.env.CI && !isOnPath(name)
}

/** @throws Error when the tool is on no folder of the PATH */
export function findTool(name: string): string {
  const found = placeOf(name)
  if (found === undefined) throw new Error(`${name} is missing: run .ci/tools`)
  return found
}

const isOnPath = (name: string): boolean => placeOf(name) !== undefined

function placeOf(name: string): string | undefined {
  return toolsPath
    .split(delimiter)
    .map(folder => join(folder, name))
    .find(place => {
      try {
        accessSync(place, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}
