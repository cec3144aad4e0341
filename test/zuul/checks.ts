import type { ZuulApi } from './api.ts'
import { type FrozenJob, frozen } from './frozen.ts'
import { thisProject } from './tenants.ts'

export const tenants = ['site', 'openstack'] as const
export type Tenant = (typeof tenants)[number] | 'faulty'

/** Every error and warning of a tenant's configuration, a line each: none is what is wanted. */
export async function configurationFaults(api: ZuulApi, tenant: Tenant): Promise<string[]> {
  const errors = await api.configurationErrors(tenant)
  return errors.map(({ severity, name, source_context: { project, path }, short_error, error }) => {
    const words = short_error || error
    return `${severity} ${name} in ${project} ${path}: ${words.replaceAll(/\s+/g, ' ').slice(0, 400)}`
  })
}

/** Whose pipelines are looked at. Zuul drops a job that it cannot place without a word: what is listed is compared. */
export const stanzas: readonly { readonly tenant: Tenant; readonly project: string; readonly pipelines: string[] }[] = [
  { tenant: 'site', project: `github.com/${thisProject}`, pipelines: ['check', 'gate'] },
  {
    tenant: 'site',
    project: 'site.example/consumer/database-images',
    pipelines: ['check', 'post', 'periodic', 'periodic-weekly'],
  },
  { tenant: 'openstack', project: `github.com/${thisProject}`, pipelines: ['check', 'gate'] },
  { tenant: 'openstack', project: 'opendev.org/openstack/consumer', pipelines: ['check', 'periodic'] },
]

/** One job of one pipeline as Zuul would run it. */
export interface Frozen {
  /** Such as `openstack-check-trove-image-devstack-smoke`. */
  readonly name: string
  readonly job: FrozenJob
}

/** Every job of every stanza, frozen by Zuul. */
export async function freezeAll(api: ZuulApi): Promise<Frozen[]> {
  const all: Frozen[] = []
  for (const { tenant, project, pipelines } of stanzas) {
    for (const pipeline of pipelines) {
      for (const { name } of await api.pipelineJobs(tenant, pipeline, project)) {
        const job = frozen(await api.frozenJob(tenant, pipeline, project, name))
        const short = project.split('/').at(-1)
        all.push({ name: `${tenant}-${short}-${pipeline}-${name}`, job })
      }
    }
  }
  return all
}
