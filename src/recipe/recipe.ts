import { z } from 'zod'

/**
 * What a person writes and reviews: one YAML file under `images/`. Keys are kebab-case in the file and camelCase here.
 * Unknown keys are refused.
 */
export const recipeSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/)
    .describe('Short name; part of the image file name.'),
  distribution: z.enum(['debian']).describe('The operating system inside the image.'),
  release: z.string().describe('Code name of the release, such as trixie.'),
  architecture: z.enum(['amd64']).default('amd64').describe("The image's architecture, in Debian's words."),
  dibVersion: z
    .string()
    .regex(/^\d+\.\d+\.\d+$/)
    .describe('Version of diskimage-builder; the private environment holds it.'),
  base: z.enum(['minimal', 'local']).default('minimal').describe('Where the root file system starts.'),
  baseFile: z.string().optional().describe('With base local: a disk image or a root tarball, relative to the recipe.'),
  mirror: z.url().optional().describe('Package mirror to build from; never left inside the image.'),
  securityMirror: z.url().optional().describe("Mirror of the distribution's security archive, likewise."),
  imageSources: z
    .array(z.string())
    .optional()
    .describe("Lines of apt's sources inside the image; by default what DIB's element for the distribution writes."),
  agent: z
    .enum(['distribution', 'local'])
    .default('distribution')
    .describe("Where the guest agent comes from: the distribution's package, or a checkout on this machine."),
  agentSource: z
    .string()
    .optional()
    .describe('With agent local: the folder of a git checkout of openstack/trove, relative to the recipe.'),
  agentBranch: z
    .string()
    .optional()
    .describe('With agent local: the branch that the checkout must be of by its .gitreview, such as stable/2026.1.'),
  constraintsFile: z
    .string()
    .optional()
    .describe('With agent local: upper-constraints.txt of openstack/requirements, relative to the recipe.'),
  guestUser: z
    .string()
    .regex(/^[a-z_][a-z0-9_-]*$/)
    .default('ubuntu')
    .describe('The user that the agent runs as; Trove gives injected files to ubuntu unless configured otherwise.'),
  elements: z.array(z.string()).default([]).describe('Further DIB elements.'),
  elementPaths: z.array(z.string()).default([]).describe('Folders with elements of your own, relative to the recipe.'),
  packages: z.array(z.string()).default([]).describe('Further packages, by the distribution’s names.'),
  disk: z.enum(['own', 'dib']).default('own').describe("Who makes the disk: this tool, or DIB's element vm."),
  imageSize: z
    .string()
    .regex(/^\d+(GiB|MiB)$/)
    .default('5GiB')
    .describe('Virtual size of the disk.'),
  formats: z
    .array(z.enum(['qcow2', 'raw']))
    .min(1)
    .default(['qcow2'])
    .describe('Files to write.'),
  compression: z.enum(['zstd', 'zlib', 'none']).default('zlib').describe('Compression of the qcow2 file.'),
})
export type Recipe = z.infer<typeof recipeSchema>
