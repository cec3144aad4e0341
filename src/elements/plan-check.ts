import { readAgent } from '../agent/index.ts'
import type { DibInstallation } from '../dib/index.ts'
import { canonicalJson } from '../system/documents.ts'
import { InputError } from '../system/errors.ts'
import { codeDigest, elementDigest } from './digest.ts'
import { readCatalogue, readElementFiles } from './element.ts'
import type { Plan } from './plan.ts'

/**
 * A plan is a promise of what a build does. Refuses one whose elements, whose agent or whose diskimage-builder have changed
 * since it was made: the record would name digests of something else.
 *
 * @throws InputError that names what changed
 */
export async function requirePlanHolds(plan: Plan, dib: DibInstallation): Promise<void> {
  const catalogue = readCatalogue([
    ...plan.elementPaths.map(folder => ({ folder, origin: 'recipe' as const })),
    { folder: dib.elementsFolder, origin: 'dib' },
  ])
  const changed = plan.elements.flatMap(({ name, digest }) => {
    const element = catalogue.get(name)
    if (element === undefined) return [`the element ${name} is gone`]
    return elementDigest(readElementFiles(element.folder)) === digest ? [] : [`the element ${name} (${element.folder})`]
  })
  if (codeDigest(dib.packageFolder) !== plan.dib.codeDigest) changed.push(`diskimage-builder (${dib.packageFolder})`)
  changed.push(...(await agentChanges(plan)))
  if (changed.length === 0) return
  throw new InputError(`since the plan was made, this has changed: ${changed.join(', ')}. Run 'trove-image plan' again`)
}

async function agentChanges({ agent, agentPlaces }: Plan): Promise<string[]> {
  if (agent.source !== 'local' || agentPlaces === null) return []
  const now = await readAgent(agentPlaces)
  if (now.source !== 'local' || canonicalJson(now) === canonicalJson(agent)) return []
  return now.constraints.digest === agent.constraints.digest
    ? [`the agent's checkout (${agentPlaces.checkout})`]
    : [`the constraints of the agent (${agentPlaces.constraintsFile})`]
}
