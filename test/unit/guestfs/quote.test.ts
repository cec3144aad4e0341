import { expect, test } from 'vitest'
import { commandLine, quote, shellScript } from '../../../src/guestfs/quote.ts'

test.each([
  ['/dev/sda1', '"/dev/sda1"'],
  ['', '""'],
  ['!touch /tmp/x', '"!touch /tmp/x"'],
  ['<! cat /etc/passwd', '"<! cat /etc/passwd"'],
  ['# no comment', '"# no comment"'],
  ['a "b" \\ c', '"a \\"b\\" \\\\ c"'],
  ['~/x | sh', '"~/x | sh"'],
  ['Übung', '"Übung"'],
])('%s is one argument', (argument, quoted) => {
  expect(quote(argument)).toBe(quoted)
})

test.each(['a\n!touch /tmp/x', 'a\rb', 'a\0b', 'a\tb', '\x7f'])('%j is refused', argument => {
  expect(() => quote(argument)).toThrow('control character')
})

test('a command has a name of our own', () => {
  expect(commandLine('mount-ro', ['/dev/sda1', '/'])).toBe('mount-ro "/dev/sda1" "/"')
  for (const name of ['!ls', '<!ls', '-run', 'run\nx', ''])
    expect(() => commandLine(name, [])).toThrow('is not the name')
})

test('a script for the appliance stays one word', () => {
  expect(shellScript('echo "$x"; ls')).toBe('\'echo "$x"; ls\'')
  expect(() => shellScript("echo 'x'")).toThrow('single quote')
})
