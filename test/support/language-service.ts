import { existsSync, readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { parse } from 'yaml'
import { projectRoot } from '../../src/system/home.ts'
import { ownRepository } from './own-repository.ts'

// GitHub's language service imports JSON without saying so, which Node refuses.
registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context)
    return found.url.endsWith('.json') ? { ...found, importAttributes: { type: 'json' } } : found
  },
})
const { validate } = await import('@actions/languageservice')
const { fileIdentifier } = await import('@actions/workflow-parser/workflows/file-reference')

interface RemoteInputs {
  readonly required: readonly string[]
  readonly optional: readonly string[]
}

/**
 * The inputs of other people's actions at the commits that are used here, read from their action.yml there. Whoever
 * moves a pin writes them down anew.
 */
const remoteActions = JSON.parse(
  readFileSync(join(projectRoot(), 'test/fixtures/remote-actions.json'), 'utf8'),
) as Record<string, RemoteInputs>

let documents = 0

/**
 * What GitHub's own language service says about a workflow or an action.yml, as "line: message": its schema, its
 * expressions, and the `with:` of every step and call against the real files.
 */
export async function diagnose(path: string, text: string): Promise<string[]> {
  // Answers are kept by address: each text gets its own.
  const document = TextDocument.create(`file:///${++documents}/${path}`, 'yaml', 1, text)
  const found = await validate(document, {
    fileProvider: {
      getFileContent: async reference => {
        const own = 'repository' in reference ? `${reference.owner}/${reference.repository}` === ownRepository : true
        const local = reference.path.replace(/^\.?\//, '')
        if (!own || !existsSync(join(projectRoot(), local))) throw new Error(`${reference.path} does not exist`)
        return { name: fileIdentifier(reference), content: readFileSync(join(projectRoot(), local), 'utf8') }
      },
    },
    actionsMetadataProvider: {
      fetchActionMetadata: async ({ owner, name, ref, path: folder = '' }) => {
        if (`${owner}/${name}` === ownRepository) {
          const file = join(projectRoot(), folder, 'action.yml')
          return existsSync(file) ? parse(readFileSync(file, 'utf8')) : undefined
        }
        const inputs = remoteActions[`${owner}/${name}@${ref}`]
        if (inputs === undefined) return undefined
        const entry = (required: boolean) => (input: string) => [input, { description: input, required }]
        return {
          name,
          description: name,
          inputs: Object.fromEntries([...inputs.required.map(entry(true)), ...inputs.optional.map(entry(false))]),
        }
      },
    },
  })
  return found.map(({ range, message }) => `${range.start.line + 1}: ${message}`)
}
