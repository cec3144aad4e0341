import { z } from 'zod'

/** The inputs of every stage, and of the whole chain, that begins with a recipe. */
export const recipeInputs = {
  recipe: z
    .string()
    .default('debian-trixie')
    .describe('Recipe: the name of a built-in one (no slash, no dot), or the path of a YAML file.'),
  set: z
    .array(z.string())
    .default([])
    .describe('Overrides of the recipe, each path=value such as image-size=8GiB; a list is a,b or a YAML list.'),
  dib: z
    .enum(['private', 'system'])
    .default('private')
    .describe("Whose diskimage-builder: the private environment's, or the distribution's package."),
  dibCheckout: z
    .string()
    .optional()
    .describe(
      'Folder of a git checkout of openstack/diskimage-builder to build with, instead of the release that the recipe names.',
    ),
}
