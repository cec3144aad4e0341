import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { checkoutSchema, commitAround, developmentVersion, readCheckout } from '../checkout/index.ts'
import type { Recipe } from '../recipe/index.ts'
import { sha256, sha256Schema } from '../system/documents.ts'
import { InputError } from '../system/errors.ts'

/** Where the guest agent of an image comes from; without addresses and places. Part of plan.json and image.json. */
export const agentSchema = z.discriminatedUnion('source', [
  z.object({ source: z.literal('distribution') }),
  z.object({
    source: z.literal('local'),
    checkout: checkoutSchema,
    /** The version that the installed package has, made of the checkout's last tag. */
    version: z.string(),
    constraints: z.object({
      /** SHA-256 of upper-constraints.txt. */
      digest: sha256Schema,
      /** The commit of the checkout that the file lies in, as it does in openstack/requirements. */
      commit: z.string().nullable(),
    }),
  }),
])
export type Agent = z.infer<typeof agentSchema>

/** Where the agent's source lies on this machine; absolute. */
export interface AgentPlaces {
  readonly checkout: string
  readonly constraintsFile: string
}

/** The places that a recipe names; null when the agent is the distribution's. Its relative paths start at `recipeFolder`. */
export function agentPlacesOf(recipe: Recipe, recipeFolder: string): AgentPlaces | null {
  const { agent, agentSource, constraintsFile } = recipe
  if (agent !== 'local' || agentSource === undefined || constraintsFile === undefined) return null
  return { checkout: resolve(recipeFolder, agentSource), constraintsFile: resolve(recipeFolder, constraintsFile) }
}

/**
 * Reads what the agent will be built from.
 *
 * @throws InputError when a place is not what it should be
 */
export async function readAgent(places: AgentPlaces | null): Promise<Agent> {
  if (places === null) return { source: 'distribution' }
  const checkout = await readCheckout({
    folder: places.checkout,
    named: 'recipe key "agent-source"',
    project: 'openstack/trove',
  })
  return {
    source: 'local',
    checkout,
    version: developmentVersion(checkout.describe),
    constraints: {
      digest: sha256(readConstraints(places.constraintsFile)),
      commit: await commitAround(dirname(places.constraintsFile)),
    },
  }
}

/**
 * Holds the checkout against the branch that the recipe asks for. Pure.
 *
 * @throws InputError
 */
export function requireBranch(agent: Agent, branch: string | undefined): void {
  if (agent.source !== 'local' || branch === undefined || agent.checkout.branch === branch) return
  throw new InputError(
    `recipe key "agent-branch": the checkout of openstack/trove is of the branch ${agent.checkout.branch} by its ` +
      `.gitreview, but the recipe asks for ${branch}: an agent of another series than its control plane may not understand it`,
  )
}

function readConstraints(file: string): string {
  const named = `recipe key "constraints-file": ${file}`
  const legal = 'expected upper-constraints.txt of openstack/requirements, of the same series as the agent'
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const reason = { ENOENT: 'there is no such file', EISDIR: 'is a folder' }[String(code)] ?? message
    throw new InputError(`${named}: ${reason}; ${legal}`)
  }
  if (!/^[\w.-]+===\S+/m.test(text)) throw new InputError(`${named}: has no line such as "PACKAGE===VERSION"; ${legal}`)
  return text
}
