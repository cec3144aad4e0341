import { accessSync, constants, existsSync, statSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { kebabCase } from '../names.ts'
import { asError, EnvironmentError, InputError } from '../system/errors.ts'

/**
 * Whether a file can be written when everything is done, judged before anything is.
 * @throws InputError
 */
export function requireWritable(file: string): void {
  const refuse = (why: string): never => {
    throw new InputError(
      `option --outputs: ${why} (got "${file}"). Legal: a file that exists and may be written, or a new one in a folder that exists.`,
    )
  }
  const folder = dirname(resolve(file))
  if (existsSync(file)) {
    if (statSync(file).isDirectory()) refuse('it is a folder')
    if (!isWritable(file)) refuse('the file may not be written')
  } else {
    if (!existsSync(folder)) refuse(`the folder ${folder} does not exist`)
    if (!statSync(folder).isDirectory()) refuse(`${folder} is no folder`)
    if (!isWritable(folder)) refuse(`the folder ${folder} may not be written to`)
  }
}

/**
 * Writes outputs under their names as action.yml and the command line have them.
 * @throws EnvironmentError when the file has become unwritable meanwhile
 */
export function writeOutputs(file: string, outputs: Readonly<Record<string, unknown>>): void {
  const named = Object.fromEntries(Object.entries(outputs).map(([key, value]) => [kebabCase(key), value]))
  try {
    writeFileSync(file, `${JSON.stringify(named, null, 2)}\n`)
  } catch (thrown) {
    throw new EnvironmentError(`option --outputs: ${file} could not be written: ${asError(thrown).message}`)
  }
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}
