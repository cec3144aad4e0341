import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { passwordForms } from '../../../src/controlplane/index.ts'
import { copyConsole } from '../../../src/vm/console-copy.ts'

test("a console's copy has every byte but the password, in both of its forms", () => {
  const folder = mkdtempSync(join(tmpdir(), 'console-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const [from, to] = [join(folder, 'from'), join(folder, 'to')]
  const noise = Buffer.from([0x1b, 0x5b, 0x6d, 0xff, 0x00, 0xc3, 0x0d, 0x0a])
  const said = (password: string, encoded: string) =>
    Buffer.concat([noise, Buffer.from(`transport_url = rabbit://u:${encoded}@g\r\n${password} wörd`), noise])
  writeFileSync(from, said('p@ss/wörd', 'p%40ss%2Fw%C3%B6rd'))
  copyConsole(from, to, ['', ...passwordForms('p@ss/wörd')])
  expect(readFileSync(to)).toEqual(said('***', '***'))
})
