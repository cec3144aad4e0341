import { afterEach, describe, expect, test, vi } from 'vitest'
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

test('a secret is masked, one of several lines also by each of them', () => {
  expect(written(platform => platform.secret('sesame'))).toBe('::add-mask::sesame\n')
  expect(written(platform => platform.secret('one\n\ntwo'))).toBe(
    '::add-mask::one%0A%0Atwo\n::add-mask::one\n::add-mask::two\n',
  )
  expect(written(platform => platform.secret(''))).toBe('')
})

test.each(['::set-output name=x::y', '  ::add-path::/evil', 'a\n##[error]b', 'guest: ##[add-mask]b'])(
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

describe('groups', () => {
  async function grouped(work: (platform: GithubPlatform) => Promise<unknown>): Promise<string[]> {
    let text = ''
    vi.spyOn(process.stdout, 'write').mockImplementation(chunk => {
      text += String(chunk)
      return true
    })
    await work(new GithubPlatform()).catch(() => undefined)
    return text.trimEnd().split('\n')
  }

  test('one that begins while another is open ends it: groups do not nest', async () => {
    const lines = await grouped(platform =>
      platform.group('outer', async () => {
        platform.log.info('a')
        await platform.group('inner', async () => platform.log.info('b'))
        platform.log.info('c')
      }),
    )
    expect(lines).toEqual(['::group::outer', 'a', '::endgroup::', '::group::inner', 'b', '::endgroup::', 'c'])
  })

  test('one whose end is only told when the next has begun', async () => {
    const lines = await grouped(async platform => {
      let end = (): void => undefined
      const first = platform.group('first', () => new Promise<void>(resolve => (end = resolve)))
      end()
      const second = platform.group('second', async () => platform.log.info('in the second'))
      await Promise.all([first, second])
    })
    expect(lines).toEqual(['::group::first', '::endgroup::', '::group::second', 'in the second', '::endgroup::'])
  })

  test('is closed when its work fails', async () => {
    const lines = await grouped(platform => platform.group('work', () => Promise.reject(new Error('no'))))
    expect(lines).toEqual(['::group::work', '::endgroup::'])
  })
})
