import { resolve } from 'node:path'
import { type Checkout, readCheckout } from '../checkout/index.ts'
import { type DibInstallation, findCheckoutDib, findDib } from '../dib/index.ts'
import type { Recipe } from '../recipe/index.ts'
import { InputError } from '../system/errors.ts'

/** The inputs that say which diskimage-builder is used. */
export interface DibInputs {
  readonly dib: 'private' | 'system'
  readonly dibCheckout?: string | undefined
}

/**
 * Refuses two answers to one question. Pure.
 *
 * @throws InputError
 */
export function checkDibInputs({ dib, dibCheckout }: DibInputs): void {
  if (dib === 'private' || dibCheckout === undefined) return
  throw new InputError(
    'input "dib-checkout": cannot be used with dib: system, which takes the distribution\'s diskimage-builder; leave out one',
  )
}

/**
 * Reads the checkout of diskimage-builder that was asked for; null when a release was.
 *
 * @throws InputError when it is none
 */
export async function readDibCheckout({ dibCheckout }: DibInputs): Promise<Checkout | null> {
  if (dibCheckout === undefined) return null
  const folder = resolve(dibCheckout)
  return readCheckout({ folder, named: 'input "dib-checkout"', project: 'openstack/diskimage-builder' })
}

/**
 * Finds the diskimage-builder that the inputs and the recipe ask for.
 *
 * @throws EnvironmentError when it is not on this machine
 */
export async function chooseDib(
  inputs: DibInputs,
  recipe: Pick<Recipe, 'dibVersion'>,
): Promise<{ readonly dib: DibInstallation; readonly checkout: Checkout | null }> {
  const checkout = await readDibCheckout(inputs)
  const dib = checkout === null ? findDib(inputs.dib, recipe.dibVersion) : findCheckoutDib(checkout.contentDigest)
  return { dib, checkout }
}
