import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { type TerminalOptions, TerminalPlatform } from '../../../src/platforms/terminal.ts'

function terminal(options: Partial<TerminalOptions> & { tty?: boolean; columns?: number } = {}) {
  const stream = Object.assign(new PassThrough(), { isTTY: options.tty ?? false, columns: options.columns ?? 40 })
  const platform = new TerminalPlatform({
    yes: false,
    verbose: false,
    plain: false,
    ...options,
    stream: stream as unknown as NodeJS.WriteStream,
  })
  return { platform, shown: () => String(stream.read() ?? '') }
}

describe('a log file', () => {
  test('gets plain lines, no progress and no debug', async () => {
    const { platform, shown } = terminal()
    await platform.group('Build', async () => platform.log.info('a line'))
    platform.log.debug('hidden')
    platform.log.warning('careful')
    platform.progress({ text: 'working', fraction: 0.5 })
    platform.annotate({ level: 'error', message: 'wrong', file: 'elements/a/install.d/10-a', line: 3 })
    const [, words] = /^\[\d\d:\d\d:\d\d\] (.*)$/s.exec(shown()) ?? []
    expect(words).toBe('Build\na line\nwarning: careful\nerror: elements/a/install.d/10-a:3: wrong\n')
  })

  test('gets debug lines when asked for', () => {
    const { platform, shown } = terminal({ verbose: true })
    platform.log.debug('detail')
    expect(shown()).toBe('detail\n')
  })

  test('never gets a secret', () => {
    const { platform, shown } = terminal()
    platform.secret('sesame')
    platform.secret('')
    platform.log.error('amqp://user:sesame@host refused')
    expect(shown()).toBe('error: amqp://user:***@host refused\n')
  })
})

describe('a terminal', () => {
  test('shows progress in one line that the next line takes away', () => {
    const { platform, shown } = terminal({ tty: true, columns: 20 })
    platform.progress({ text: 'install.d 50-packages of trove-guest', fraction: 0.42 })
    platform.log.info('done')
    expect(shown()).toBe('\r\u001b[K 42 % install.d 50-\r\u001b[Kdone\n')
  })

  test('shows none of that with --log plain', () => {
    const { platform, shown } = terminal({ tty: true, plain: true })
    platform.progress({ text: 'x' })
    platform.log.warning('w')
    expect(shown()).toBe('warning: w\n')
  })
})
