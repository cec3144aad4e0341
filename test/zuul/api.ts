import { createHmac } from 'node:crypto'

/** What of an answer the tests look at. */
export interface Build {
  readonly uuid: string
  readonly job_name: string
  readonly result: string | null
  readonly voting: boolean
  readonly duration: number | null
  readonly log_url: string | null
  readonly error_detail: string | null
  readonly artifacts: readonly {
    readonly name: string
    readonly url: string
    readonly metadata?: Readonly<Record<string, unknown>>
  }[]
}

export interface ConfigurationError {
  readonly name: string
  readonly severity: string
  readonly error: string
  readonly short_error: string
  readonly source_context: { readonly project: string; readonly path: string }
}

export interface Buildset {
  readonly uuid: string
  readonly result: string | null
  readonly builds: readonly Build[]
}

export interface Component {
  readonly hostname: string
  readonly state: string
}

/** Zuul's REST interface, as far as the tests use it. */
export class ZuulApi {
  readonly #base: string
  readonly #token: string

  constructor(base: string, operatorSecret: string) {
    this.#base = base
    this.#token = adminToken(operatorSecret)
  }

  components(): Promise<Readonly<Record<string, readonly Component[]>>> {
    return this.#get('components')
  }

  tenants(): Promise<readonly { readonly name: string; readonly projects: number }[]> {
    return this.#get('tenants')
  }

  configurationErrors(tenant: string): Promise<readonly ConfigurationError[]> {
    return this.#get(`tenant/${tenant}/config-errors`)
  }

  /** The jobs that an item of a pipeline would get, whatever files it touches. */
  pipelineJobs(tenant: string, pipeline: string, project: string): Promise<readonly { readonly name: string }[]> {
    return this.#get(`tenant/${tenant}/${branchOf(pipeline, project)}/freeze-jobs`)
  }

  frozenJob(tenant: string, pipeline: string, project: string, job: string): Promise<unknown> {
    return this.#get(`tenant/${tenant}/${branchOf(pipeline, project)}/freeze-job/${job}`)
  }

  builds(tenant: string, query: Readonly<Record<string, string>>): Promise<readonly Build[]> {
    return this.#get(`tenant/${tenant}/builds?${new URLSearchParams(query)}`)
  }

  buildsets(tenant: string, query: Readonly<Record<string, string>>): Promise<readonly { readonly uuid: string }[]> {
    return this.#get(`tenant/${tenant}/buildsets?${new URLSearchParams(query)}`)
  }

  buildset(tenant: string, uuid: string): Promise<Buildset> {
    return this.#get(`tenant/${tenant}/buildset/${uuid}`)
  }

  /** What an operator does when a pipeline's trigger is not at hand. The commit before must be a real one. */
  async enqueue(
    tenant: string,
    project: string,
    item: { readonly pipeline: string; readonly oldrev: string; readonly newrev: string },
  ): Promise<void> {
    await this.#request(`tenant/${tenant}/project/${project}/enqueue`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...item, ref: 'refs/heads/master' }),
    })
  }

  async #get<Answer>(path: string): Promise<Answer> {
    return (await this.#request(path)) as Answer
  }

  async #request(path: string, options: RequestInit = {}): Promise<unknown> {
    const response = await fetch(`${this.#base}/api/${path}`, { ...options, signal: AbortSignal.timeout(60_000) })
    const text = await response.text()
    if (!response.ok) throw new Error(`${options.method ?? 'GET'} ${path}: ${response.status} ${text.slice(0, 500)}`)
    return JSON.parse(text)
  }
}

const branchOf = (pipeline: string, project: string) => `pipeline/${pipeline}/project/${project}/branch/master`

/** A token as `zuul-admin create-auth-token` makes it, signed by the site's own secret. */
function adminToken(secret: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const now = Math.floor(Date.now() / 1000)
  const head = part({ alg: 'HS256', typ: 'JWT' })
  const claims = part({
    iss: 'zuul_operator',
    aud: 'site.example',
    sub: 'operator',
    iat: now - 60,
    exp: now + 86_400,
    zuul: { admin: ['site', 'openstack'] },
  })
  return `${head}.${claims}.${createHmac('sha256', secret).update(`${head}.${claims}`).digest('base64url')}`
}
