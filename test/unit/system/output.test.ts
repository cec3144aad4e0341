import { expect, test } from 'vitest'
import { longestLine, Output, type OutputOptions } from '../../../src/system/output.ts'

const endless = 'x'.repeat(longestLine + 1)
const cut = `${'x'.repeat(longestLine)} [cut]`

/** A program that prints one line too long to be followed. */
function printed(options: OutputOptions): { text: string; tail: readonly string[] } {
  const output = new Output(options)
  output.write('stdout', Buffer.from(endless))
  output.end()
  return { text: output.text('stdout'), tail: output.tail.lines() }
}

test('a line that somebody follows is cut', () => {
  const heard: string[] = []
  expect(printed({ onLine: (line, stream) => heard.push(`${stream} ${line}`) })).toEqual({
    text: `${cut}\n`,
    tail: [cut],
  })
  expect(heard).toEqual([`stdout ${cut}`])
})

test('of output that is not kept no more than the end of a line stays', () => {
  expect(printed({ discardOutput: true })).toEqual({ text: '', tail: [cut] })
})

test('an answer that is asked for as a whole stays whole', () => {
  expect(printed({})).toEqual({ text: `${endless}\n`, tail: [endless] })
})
