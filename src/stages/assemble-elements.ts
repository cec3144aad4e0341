import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import { z } from 'zod'
import { agentPlacesOf, readAgent, requireBranch } from '../agent/index.ts'
import { lockSchema } from '../base/index.ts'
import { assemblePlan, type Finding, findingText, planSchema } from '../elements/index.ts'
import { readRecipe } from '../recipe/index.ts'
import { defineStage } from '../stage.ts'
import { readDocument, writeDocument } from '../system/documents.ts'
import { holdOutputFolder } from '../system/output-folder.ts'
import { checkDibInputs, chooseDib } from './chosen-dib.ts'
import { recipeInputs } from './recipe-inputs.ts'

/** Resolves the elements of a recipe as DIB will and writes plan.json. */
export const assembleElements = defineStage({
  name: 'assemble-elements',
  command: 'plan',
  summary: 'Resolves, checks and digests the elements of a recipe, and writes down all that a build will do.',
  positional: 'recipe',
  inputs: z.object({
    ...recipeInputs,
    lock: z
      .string()
      .optional()
      .describe('Path of lock.json; by default the one in the output folder. Without any the plan is unresolved.'),
    output: z.string().default('out').describe('Folder that plan.json is written to; it is made when it is absent.'),
  }),
  outputs: z.object({
    plan: z.string().describe('Path of plan.json.'),
    digest: z.string().describe('Digest of the plan; empty when it is unresolved.'),
    guestUser: z.string().describe("The recipe's guest user, who owns injected files and runs the agent."),
  }),
  check: checkDibInputs,
  async run(inputs, platform) {
    const read = readRecipe(inputs.recipe, inputs.set)
    const { dib, checkout: dibCheckout } = await chooseDib(inputs, read.recipe)
    const agent = await readAgent(agentPlacesOf(read.recipe, read.folder))
    requireBranch(agent, read.recipe.agentBranch)
    const lockFile = inputs.lock ?? defaultLock(inputs.output)
    const { plan, findings } = assemblePlan({
      recipe: read.recipe,
      recipeFolder: read.folder,
      dib,
      dibCheckout,
      agent,
      lock: lockFile === null ? null : readDocument(lockFile, lockSchema),
      lockFile: lockFile === null ? null : relative(inputs.output, lockFile),
    })
    if (agent.source === 'local' && agent.checkout.modified) platform.log.warning(wordModified('openstack/trove'))
    if (dibCheckout?.modified) platform.log.warning(wordModified('openstack/diskimage-builder'))
    for (const finding of findings) platform.annotate(annotationOf(finding))
    holdOutputFolder(inputs.output)
    const file = join(inputs.output, 'plan.json')
    writeDocument(file, planSchema, plan)
    const digest =
      plan.digest === null ? 'unresolved: no lock, run "trove-image fetch" first' : `sha256:${plan.digest.slice(0, 12)}`
    return {
      outputs: { plan: file, digest: plan.digest ?? '', guestUser: plan.recipe.guestUser },
      lines: [{ label: 'plan', text: `${read.recipe.name}  ${plan.elements.length} elements  ${digest}` }],
    }
  },
})

function wordModified(project: string): string {
  return `the checkout of ${project} has files that differ from its commit: they are used, and plan and record say so`
}

function defaultLock(output: string): string | null {
  const file = join(output, 'lock.json')
  return existsSync(file) ? file : null
}

function annotationOf(finding: Finding) {
  return {
    level: finding.level,
    message: finding.file === undefined ? findingText(finding) : finding.message,
    ...(finding.file === undefined ? {} : { file: finding.file }),
    ...(finding.line === undefined ? {} : { line: finding.line }),
  }
}
