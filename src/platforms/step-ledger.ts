import { randomUUID } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { StepLine } from '../report/index.ts'

const lineSchema = z.object({
  id: z.string(),
  stage: z.string(),
  result: z.enum(['running', 'passed', 'failed', 'error', 'cancelled']),
  text: z.string(),
  seconds: z.number(),
})

/**
 * What the stages of one job came to, in a file of the runner's temporary folder, which is emptied between jobs: each step is a
 * process of its own, and the summary tells all of them in one table. A step that was killed stays `running`.
 */
export class StepLedger {
  readonly #file: string
  readonly #id = randomUUID()

  constructor(folder: string) {
    this.#file = join(folder, 'trove-image-stages.jsonl')
  }

  lines(): StepLine[] {
    if (!existsSync(this.#file)) return []
    const byId = new Map<string, StepLine>()
    for (const text of readFileSync(this.#file, 'utf8').split('\n')) {
      if (text === '') continue
      const { id, ...line } = lineSchema.parse(JSON.parse(text))
      byId.set(id, line)
    }
    return [...byId.values()]
  }

  /** Writes what this step came to; a later call replaces it. */
  write(line: StepLine): void {
    appendFileSync(this.#file, `${JSON.stringify({ id: this.#id, ...line })}\n`)
  }
}
