import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { passwordForms } from '../../../src/controlplane/index.ts'
import { copyConsole, SecretFilter } from '../../../src/vm/console-copy.ts'

test("a console's copy has every byte but the password, in both of its forms", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'console-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const [from, to] = [join(folder, 'from'), join(folder, 'to')]
  const noise = Buffer.from([0x1b, 0x5b, 0x6d, 0xff, 0x00, 0xc3, 0x0d, 0x0a])
  const said = (password: string, encoded: string) =>
    Buffer.concat([noise, Buffer.from(`transport_url = rabbit://u:${encoded}@g\r\n${password} wörd`), noise])
  writeFileSync(from, said('p@ss/wörd', 'p%40ss%2Fw%C3%B6rd'))
  await copyConsole(from, to, ['', ...passwordForms('p@ss/wörd')])
  expect(readFileSync(to)).toEqual(said('***', '***'))
})

test.each<[string, string[], string[], string]>([
  ['split between chunks, byte by byte', ['sesame'], [...'a sesame, sesamesesame'], 'a ***, ******'],
  ['whose beginning is another secret', ['open', 'open sesame'], ['an open', ' sesame'], 'an ***'],
  ['that only begins', ['sesame'], ['sesa', 'me sesa'], '*** sesa'],
  ['with characters of patterns', ['a+b(c'], ['aab a+b(c'], 'aab ***'],
  ['that is empty', [''], ['all', ' of it'], 'all of it'],
])('a secret %s', async (_, secrets, chunks, expected) => {
  const shown = await text(Readable.from(chunks.map(chunk => Buffer.from(chunk))).pipe(new SecretFilter(secrets)))
  expect(shown).toBe(expected)
})
