import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { describeFailure } from '../../../src/dib/failure.ts'
import type { Annotation } from '../../../src/platform.ts'
import { annotationsOf, placeAnnotation } from '../../../src/platforms/annotation-place.ts'
import { problemMatcherFile } from '../../../src/platforms/problem-matcher.ts'
import { parseRecipe } from '../../../src/recipe/index.ts'
import { asError } from '../../../src/system/errors.ts'

const workspace = '/srv/runner/mine'
const error = (file?: string, line?: number): Annotation => ({
  level: 'error',
  message: 'hook failed',
  ...(file === undefined ? {} : { file }),
  ...(line === undefined ? {} : { line }),
})

test.each<[string, Annotation, string | undefined, Annotation]>([
  ['no file', error(), workspace, error()],
  ['a file of the workspace', error(`${workspace}/e/x/install.d/50-x`, 7), workspace, error('e/x/install.d/50-x', 7)],
  ['a path relative to it', error('images/a.yaml', 3), workspace, error('images/a.yaml', 3)],
  [
    "diskimage-builder's own element",
    error('/home/runner/.cache/e/root.d/08-x', 7),
    workspace,
    { level: 'error', message: 'hook failed (/home/runner/.cache/e/root.d/08-x, line 7)' },
  ],
  [
    'a sister of the workspace',
    error('../other/x'),
    workspace,
    { level: 'error', message: 'hook failed (../other/x)' },
  ],
  ['no workspace', error('a/b', 1), undefined, error('a/b', 1)],
])('place of an annotation: %s', (_, annotation, where, expected) => {
  expect(placeAnnotation(annotation, where)).toEqual(expected)
})

/** Every fault of a recipe, in the words of the reader. */
function faultsOf(text: string): string {
  try {
    parseRecipe(text, 'images/mine.yaml', ['nonsense'])
  } catch (thrown) {
    return asError(thrown).message
  }
  return ''
}

const faulty = 'name: mine\ndistribution: debian\nrelease: potato\ndib-version: 3\n'

test('each fault of a recipe is an annotation on its line, the others are one together', () => {
  const annotations = annotationsOf(faultsOf(faulty))
  expect(annotations.map(({ file, line }) => [file, line])).toEqual([
    ['images/mine.yaml', 4],
    [undefined, undefined],
  ])
  expect(annotations[0]?.message).toContain('images/mine.yaml:4: dib-version: ')
  expect(annotations[1]?.message).toContain('set "nonsense"')
})

describe('problem matchers', () => {
  interface Pattern {
    readonly regexp: string
    readonly file?: number
    readonly line?: number
    readonly message?: number
  }
  const { problemMatcher } = JSON.parse(readFileSync(problemMatcherFile(), 'utf8')) as {
    problemMatcher: { owner: string; pattern: Pattern[] }[]
  }

  /** As the runner does: the patterns of a matcher, one after the other, on lines that follow one another. */
  function matches(lines: readonly string[]) {
    return problemMatcher.flatMap(({ owner, pattern }) =>
      lines.flatMap((_, start) => {
        const found = pattern.map(({ regexp }, offset) => new RegExp(regexp).exec(lines[start + offset] ?? ''))
        if (found.some(match => match === null)) return []
        const group = (key: 'file' | 'line' | 'message') => {
          const index = pattern.findIndex(candidate => candidate[key] !== undefined)
          return found[index]?.[pattern[index]?.[key] ?? 0]
        }
        return [{ owner, file: group('file'), line: group('line'), message: group('message') }]
      }),
    )
  }

  test('find the fault of a recipe in what the command prints', () => {
    const lines = `error: ${faultsOf(faulty)}`.split('\n')
    expect(matches(lines).map(({ owner, file, line }) => [owner, file, line])).toEqual([
      ['trove-image-recipe', 'images/mine.yaml', '4'],
    ])
  })

  test('find the hook that failed in what the command prints', () => {
    const hook = { phase: 'install.d', name: '50-x', element: 'mine', file: '/w/elements/mine/install.d/50-x' }
    const summary = {
      phases: [],
      completed: false,
      images: [],
      archiveStates: [],
      unfinished: { ...hook, runningSeconds: 3, line: 12, lastLines: [] },
      openPhase: 'install.d',
      cause: undefined,
      pythonCause: undefined,
      lastLines: [],
    }
    const words = describeFailure({ how: 'status', exitStatus: 1 }, summary, 'out/build.log')
    expect(matches(`error: ${words}`.split('\n'))).toEqual([
      {
        owner: 'trove-image-hook',
        file: '/w/elements/mine/install.d/50-x',
        line: '12',
        message: 'disk-image-create failed: hook install.d/50-x of element mine ended with exit status 1 after 3.0 s',
      },
    ])
  })

  test('leave an ordinary line alone', () => {
    const lines = ['lock  minimal, Debian archive', 'elements/x.yaml and more', 'at 12:30: done']
    // What grep -n prints of YAML, in a step of the user's own.
    const grep = ['ci.yaml:3:on: push', 'ci.yaml:12:    steps: []', 'ci.yaml:12: - run: x', 'ci.yaml:4: # a comment']
    expect(matches([...lines, ...grep])).toEqual([])
  })
})
