import { afterEach, expect, test, vi } from 'vitest'
import { GithubPlatform } from '../../../src/platforms/github.ts'

afterEach(() => vi.restoreAllMocks())

/** What the platform writes to standard output, where the runner reads commands. */
function written(work: (platform: GithubPlatform) => void): string {
  let text = ''
  vi.spyOn(process.stdout, 'write').mockImplementation(chunk => {
    text += String(chunk)
    return true
  })
  work(new GithubPlatform())
  return text
}

test('an annotation names file and line', () => {
  expect(
    written(platform =>
      platform.annotate({ level: 'error', message: 'hook failed', file: 'elements/a/install.d/10-a', line: 7 }),
    ),
  ).toBe('::error file=elements/a/install.d/10-a,line=7::hook failed\n')
})

test('a secret is masked', () => {
  expect(written(platform => platform.secret('sesame'))).toBe('::add-mask::sesame\n')
  expect(written(platform => platform.secret(''))).toBe('')
})

test.each(['::set-output name=x::y', '  ::add-path::/evil', 'a\n##[error]b'])(
  'what looks like a command is made inert: %j',
  text => {
    const [stop = '', ...rest] = written(platform => platform.log.info(text)).split('\n')
    const token = stop.match(/^::stop-commands::([0-9a-f-]{36})$/)?.[1]
    expect(token).toBeDefined()
    expect(rest.join('\n')).toBe(`${text}\n::${token}::\n`)
  },
)

test('an ordinary line is shown as it is', () => {
  expect(written(platform => platform.log.info('a :: b'))).toBe('a :: b\n')
})
