import type { AnyStage } from './stage.ts'
import { assembleElements } from './stages/assemble-elements.ts'
import { buildImage } from './stages/build-image.ts'
import { fetchBaseImage } from './stages/fetch-base-image.ts'
import { inspectImage } from './stages/inspect-image.ts'
import { publishImage } from './stages/publish-image.ts'
import { setupHost } from './stages/setup-host.ts'
import { smokeTest } from './stages/smoke-test.ts'

/** Where a stage's input comes from: what the caller gave to the chain, or an earlier stage's output. */
export type Source = { readonly given: string } | { readonly stage: string; readonly output: string }

export interface Link {
  readonly stage: AnyStage
  /** Keyed by the stage's input; inputs not named here keep their defaults. */
  readonly wiring: Readonly<Record<string, Source>>
}

const given = (name: string): Source => ({ given: name })
const from = (stage: { name: string }, output: string): Source => ({ stage: stage.name, output })
const link = (stage: unknown, wiring: Record<string, Source>): Link => ({ stage: stage as AnyStage, wiring })

/** The default chain: what `trove-image build` runs, and what the workflows and playbooks mirror. */
export const chain: readonly Link[] = [
  link(setupHost, {
    recipe: given('recipe'),
    set: given('set'),
    dib: given('dib'),
    dibCheckout: given('dibCheckout'),
    output: given('output'),
  }),
  link(fetchBaseImage, {
    recipe: given('recipe'),
    set: given('set'),
    dib: given('dib'),
    dibCheckout: given('dibCheckout'),
    output: given('output'),
  }),
  link(assembleElements, {
    recipe: given('recipe'),
    set: given('set'),
    dib: given('dib'),
    dibCheckout: given('dibCheckout'),
    output: given('output'),
    lock: from(fetchBaseImage, 'lock'),
  }),
  link(buildImage, { plan: from(assembleElements, 'plan'), output: given('output') }),
  link(inspectImage, {
    image: from(buildImage, 'image'),
    output: given('output'),
    lock: from(fetchBaseImage, 'lock'),
    guestUser: from(assembleElements, 'guestUser'),
    waive: given('waive'),
  }),
  link(smokeTest, {
    image: from(buildImage, 'image'),
    output: given('output'),
    guestUser: from(assembleElements, 'guestUser'),
    brokerUrl: given('brokerUrl'),
  }),
  link(publishImage, {
    image: from(buildImage, 'image'),
    record: from(buildImage, 'record'),
    inspection: from(inspectImage, 'inspection'),
    smokeTest: from(smokeTest, 'smokeTest'),
    output: given('output'),
  }),
]

/** Every stage that has a command of its own, in the order of the help. */
export const stages: readonly AnyStage[] = chain.map(entry => entry.stage)

/** The inputs of one stage of a running chain. */
export function wire(
  entry: Link,
  givenInputs: Readonly<Record<string, unknown>>,
  outputs: ReadonlyMap<string, Readonly<Record<string, unknown>>>,
): Record<string, unknown> {
  const inputs: Record<string, unknown> = {}
  for (const [key, source] of Object.entries(entry.wiring)) {
    const value = 'given' in source ? givenInputs[source.given] : outputs.get(source.stage)?.[source.output]
    if (value !== undefined) inputs[key] = value
  }
  return inputs
}
