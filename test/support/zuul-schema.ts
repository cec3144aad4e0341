import { z } from 'zod'

/**
 * What Zuul 14 accepts in files of an untrusted project, after its loader (`zuul/configloader.py`): the attributes, and the
 * shapes of their values.
 */
const listOf = <Item extends z.ZodType>(item: Item) => z.union([item, z.array(item)])
const regex = z.union([z.string(), z.strictObject({ regex: z.string(), negate: z.boolean().optional() })])
const ansibleVariables = z.record(z.string().regex(/^[a-zA-Z][a-zA-Z0-9_]*$/), z.unknown())
const playbook = z.union([z.string(), z.strictObject({ name: z.string(), semaphores: listOf(z.string()).optional() })])
const postPlaybook = z.union([
  z.string(),
  z.strictObject({ name: z.string(), semaphores: listOf(z.string()).optional(), cleanup: z.boolean().optional() }),
])
const semaphoreUse = z.union([
  z.string(),
  z.strictObject({ name: z.string(), 'resources-first': z.boolean().optional() }),
])
const secretUse = z.union([
  z.string(),
  z.strictObject({
    name: z.string().regex(/^[a-zA-Z][a-zA-Z0-9_]*$/),
    secret: z.string(),
    'pass-to-parent': z.boolean().optional(),
  }),
])
const project = z.union([
  z.string(),
  z.strictObject({
    name: z.string(),
    'override-branch': z.string().optional(),
    'override-checkout': z.string().optional(),
  }),
])
const chosenProject = z.union([
  z.string(),
  z.strictObject({ type: z.literal('name').optional(), name: z.string() }),
  z.strictObject({ type: z.enum(['change', 'item']) }),
])
const includedVariables = z.union([
  z.string(),
  z.strictObject({ name: z.string(), project: z.string().optional(), required: z.boolean().optional() }),
  z.strictObject({
    name: z.string(),
    'zuul-project': z.boolean(),
    'use-ref': z.boolean().optional(),
    required: z.boolean().optional(),
  }),
])
const node = z.strictObject({ name: listOf(z.string()), label: z.string() })
const group = z.strictObject({ name: z.string(), nodes: listOf(z.string()) })
const nodes = z.strictObject({ nodes: listOf(node), groups: listOf(group).optional() })
const alternatives = z.strictObject({ alternatives: z.array(z.union([nodes, z.string()])) })
const named = { name: z.string() }

const controlled = z.enum([
  'requires',
  'provides',
  'tags',
  'files',
  'irrelevant-files',
  'required-projects',
  'include-projects',
  'exclude-projects',
  'vars',
  'extra-vars',
  'host-vars',
  'group-vars',
  'include-vars',
  'dependencies',
  'failure-output',
  'type',
  'pre-run',
  'run',
  'post-run',
  'voting',
])

const jobAttributes = {
  parent: z.string().nullable(),
  description: z.string(),
  'variant-description': z.string(),
  tags: listOf(z.string()),
  final: z.boolean(),
  abstract: z.boolean(),
  protected: z.boolean(),
  intermediate: z.boolean(),
  'attribute-control': z.partialRecord(controlled, z.strictObject({ final: z.literal(true) })),
  type: z.enum(['regular', 'initializer', 'reporter']),
  voting: z.boolean(),
  'success-message': z.string(),
  'failure-message': z.string(),
  'success-url': z.string(),
  'failure-url': z.string(),
  'failure-output': listOf(z.string()),
  'hold-following-changes': z.boolean(),
  branches: listOf(regex),
  files: listOf(regex),
  'irrelevant-files': listOf(regex),
  'match-on-config-updates': z.boolean(),
  dependencies: listOf(z.union([z.string(), z.strictObject({ name: z.string(), soft: z.boolean().optional() })])),
  requires: listOf(z.string()),
  provides: listOf(z.string()),
  deduplicate: z.union([z.boolean(), z.literal('auto')]),
  'allowed-projects': listOf(z.string()),
  'post-review': z.boolean(),
  nodeset: z.union([z.string(), nodes, alternatives]),
  'required-projects': listOf(project),
  'include-projects': listOf(chosenProject),
  'exclude-projects': listOf(chosenProject),
  'override-branch': z.string(),
  'override-checkout': z.string(),
  'workspace-scheme': z.enum(['golang', 'flat', 'unique']),
  'workspace-checkout': z.union([z.boolean(), z.literal('auto')]),
  'preserve-home-paths': listOf(z.string()),
  roles: listOf(
    z.union([
      z.strictObject({ zuul: z.string(), name: z.string().optional() }),
      z.strictObject({ galaxy: z.string(), name: z.string().optional() }),
    ]),
  ),
  'image-build-name': z.string(),
  'pre-run': listOf(playbook),
  run: listOf(playbook),
  'post-run': listOf(postPlaybook),
  'cleanup-run': listOf(playbook),
  'pre-timeout': z.int(),
  timeout: z.int(),
  'post-timeout': z.int(),
  attempts: z.int(),
  'ansible-version': z.union([z.string(), z.number()]),
  'ansible-split-streams': z.boolean(),
  semaphore: semaphoreUse,
  semaphores: listOf(semaphoreUse),
  vars: ansibleVariables,
  'extra-vars': ansibleVariables,
  'host-vars': z.record(z.string(), ansibleVariables),
  'group-vars': z.record(z.string(), ansibleVariables),
  'include-vars': listOf(includedVariables),
  secrets: listOf(secretUse),
  'secret-exposure': z.enum(['ignore', 'redact', 'fail']),
}

const variant = z.strictObject(jobAttributes).partial()
const job = z.strictObject({ ...variant.shape, ...named })
const parameter = z.strictObject({
  name: z.string(),
  type: z.enum(['string', 'selection', 'multiple-selection', 'bool']),
  description: z.string().optional(),
  values: z.array(z.unknown()).optional(),
  default: z.unknown().optional(),
  required: z.boolean().optional(),
})
const pipeline = z.strictObject({
  debug: z.boolean().optional(),
  'fail-fast': z.boolean().optional(),
  // A job by name, alone or with attributes of this variant.
  jobs: z.array(z.union([z.string(), z.record(z.string(), z.union([z.string(), variant]))])).optional(),
  parameters: listOf(parameter).optional(),
})
const template = z
  .object({ name: z.string(), description: z.string(), queue: z.string(), vars: ansibleVariables })
  .partial()
  .catchall(pipeline)

/** A stanza's schema by its key. Pipelines, providers and the like belong to config-projects. */
export const stanzaSchemas: Readonly<Record<string, z.ZodType>> = {
  job,
  project: z
    .object({
      ...template.shape,
      branches: listOf(regex).optional(),
      templates: z.array(z.string()).optional(),
      'merge-mode': z
        .enum(['merge', 'merge-resolve', 'cherry-pick', 'squash-merge', 'rebase', 'rebase-first-parent'])
        .optional(),
      'default-branch': z.string().optional(),
    })
    .catchall(pipeline),
  'project-template': template,
  nodeset: z.union([z.strictObject({ ...named, ...nodes.shape }), z.strictObject({ ...named, ...alternatives.shape })]),
  secret: z.union([
    z.strictObject({ ...named, data: z.record(z.string(), z.unknown()) }),
    z.strictObject({ ...named, oidc: z.unknown() }),
  ]),
  semaphore: z.strictObject({ ...named, max: z.int().optional() }),
  queue: z.strictObject({
    ...named,
    'per-branch': z.boolean().optional(),
    'allow-circular-dependencies': z.boolean().optional(),
    'dependencies-by-topic': z.boolean().optional(),
    type: z.enum(['all-branches', 'per-branch', 'branch-assigned']).optional(),
  }),
  pragma: z.strictObject({
    'implied-branch-matchers': z.boolean().optional(),
    'implied-branches': listOf(regex).optional(),
  }),
}

export type Variant = z.infer<typeof variant>
export type Job = z.infer<typeof job>
