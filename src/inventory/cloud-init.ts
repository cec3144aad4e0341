import { isMap, parseAllDocuments } from 'yaml'
import type { Contents } from './contents.ts'
import type { FileTree } from './file-tree.ts'
import { parseAssignments } from './grub.ts'
import type { Inventory, Located } from './inventory.ts'
import { redact } from './redaction.ts'

type Configuration = Record<string, unknown>

/** Reads cloud-init's own configuration of an image: cloud.cfg and cloud.cfg.d merged, and what ds-identify is told. */
export function readCloudInit(tree: FileTree, contents: Contents): Inventory['cloudInit'] {
  const faults: Located[] = []
  const files = [
    '/etc/cloud/cloud.cfg',
    ...tree
      .within('/etc/cloud/cloud.cfg.d')
      .map(entry => entry.path)
      .filter(path => path.endsWith('.cfg')),
  ].filter(path => contents.text(path) !== undefined)
  let merged: Configuration = {}
  for (const file of files) {
    const [document] = parseAllDocuments(contents.text(file) ?? '', { merge: true })
    if (document === undefined || 'empty' in document) continue
    const [error] = document.errors
    if (error) faults.push({ file, line: error.linePos?.[0].line ?? 0, text: error.message.split('\n')[0] ?? '' })
    else if (isMap(document.contents)) merged = mergeOver(document.toJS() as Configuration, merged)
    else if (document.contents !== null) faults.push({ file, line: 1, text: 'it is not a mapping' })
  }
  const disabled = '/etc/cloud/cloud-init.disabled'
  return {
    files,
    configuration: redact(merged) as Inventory['cloudInit']['configuration'],
    dsIdentify: parseAssignments(contents.text('/etc/cloud/ds-identify.cfg') ?? ''),
    disabledBy: tree.resolve(disabled) === undefined ? null : disabled,
    faults,
  }
}

/** cloud-init's merge of its own configuration: mappings are joined, the later file's value wins, lists are replaced. */
function mergeOver(later: Configuration, earlier: Configuration): Configuration {
  const merged = { ...earlier }
  for (const [key, value] of Object.entries(later)) {
    const before = merged[key]
    merged[key] = isMapping(value) && isMapping(before) ? mergeOver(value, before) : value
  }
  return merged
}

function isMapping(value: unknown): value is Configuration {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
