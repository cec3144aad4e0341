import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { chain, type Link } from '../../../src/chain.ts'
import { runChain, type StageReport } from '../../../src/cli/build.ts'
import { TerminalPlatform } from '../../../src/platforms/terminal.ts'
import { type AnyStage, defineStage, type Verdict } from '../../../src/stage.ts'
import { InputError, InterruptedError } from '../../../src/system/errors.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trove-image-chain.'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const platform = new TerminalPlatform({ yes: true, verbose: false, plain: true })
const seen: unknown[] = []

function stage(name: string, outputs: Record<string, string>, verdict?: Verdict): AnyStage {
  return defineStage({
    name,
    command: name,
    summary: 'A stage.',
    inputs: z.object({
      recipe: z.string().optional(),
      document: z.string().optional(),
      set: z.array(z.string()).default([]),
    }),
    outputs: z.object({ document: z.string() }),
    check(inputs) {
      if (inputs.set.includes('refused')) throw new InputError(`${name} refuses it`)
    },
    async run(inputs) {
      seen.push([name, inputs])
      return {
        outputs: { document: '', ...outputs },
        lines: [{ label: name, text: 'done' }],
        ...(verdict ? { verdict } : {}),
      }
    },
  }) as unknown as AnyStage
}

const links = (verdict?: Verdict): Link[] => [
  {
    stage: stage('setup-host', { document: 'first.json' }),
    wiring: { recipe: { given: 'recipe' }, set: { given: 'set' } },
  },
  {
    stage: stage('fetch-base-image', { document: 'second.json' }, verdict),
    wiring: { document: { stage: 'setup-host', output: 'document' } },
  },
  {
    stage: stage('publish-image', {}),
    wiring: { document: { stage: 'fetch-base-image', output: 'document' }, set: { given: 'waive' } },
  },
]
const run = (raw: object, verdict?: Verdict, signal = new AbortController().signal) => {
  seen.length = 0
  const finished: StageReport[] = []
  return runChain(links(verdict), { output: join(folder, 'out'), ...raw }, platform, signal, report =>
    finished.push(report),
  ).then(reports => {
    expect(finished).toEqual(reports)
    return reports.map(report => report.stage)
  })
}

describe('runChain', () => {
  test('hands the given inputs and the outputs of earlier stages on', async () => {
    expect(await run({ recipe: 'r', set: ['a=1'] })).toEqual(['setup-host', 'fetch-base-image', 'publish-image'])
    expect(seen).toEqual([
      ['setup-host', { recipe: 'r', set: ['a=1'] }],
      ['fetch-base-image', { document: 'first.json', set: [] }],
      ['publish-image', { document: 'second.json', set: [] }],
    ])
  })

  test('ends after the stage that "until" names', async () => {
    expect(await run({ until: 'fetch-base-image' })).toEqual(['setup-host', 'fetch-base-image'])
  })

  test('ends at a failed verdict: nothing that was not proven is published', async () => {
    expect(await run({}, { status: 'failed', text: 'one rule' })).toEqual(['setup-host', 'fetch-base-image'])
  })

  test('an abort between two stages ends it', async () => {
    const abort = new AbortController()
    abort.abort(new InterruptedError('SIGTERM'))
    await expect(run({}, undefined, abort.signal)).rejects.toEqual(new InterruptedError('SIGTERM'))
    expect(seen).toEqual([])
  })

  test('what only the last stage reads is judged before the first one runs', async () => {
    await expect(run({ waive: ['refused'] })).rejects.toThrow('publish-image refuses it')
    expect(seen).toEqual([])
  })

  test('a refused input makes no output folder', async () => {
    await expect(run({ dib: 'newest' })).rejects.toThrow('input "dib"')
    expect(existsSync(join(folder, 'out'))).toBe(false)
  })
})

describe('the default chain', () => {
  const ran: string[] = []
  /** The real stages with their real checks; only their work is left out. */
  const idle = chain.map(({ stage, wiring }) => {
    const outputs = Object.fromEntries(Object.keys(stage.outputs.shape).map(key => [key, `of-${stage.name}`]))
    const run = async () => {
      ran.push(stage.name)
      return { outputs, lines: [] }
    }
    return { stage: { ...stage, run }, wiring }
  })

  test('needs nothing but its defaults, and wires every stage so that its own check is content', async () => {
    ran.length = 0
    await runChain(idle, { output: folder }, platform, new AbortController().signal, () => {})
    expect(ran).toEqual(chain.map(entry => entry.stage.name))
  })

  test('"until" takes a stage by its command too', async () => {
    ran.length = 0
    await runChain(idle, { output: folder, until: 'fetch' }, platform, new AbortController().signal, () => {})
    expect(ran).toEqual(['setup-host', 'fetch-base-image'])
  })
})
