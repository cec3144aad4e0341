import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { doorFlags } from '../../src/cli/arguments.ts'
import { commands } from '../../src/cli/command.ts'
import { parseWaivers } from '../../src/contract/waiver.ts'
import { describeInputs } from '../../src/inputs.ts'
import { proofFaults } from '../../src/publish/index.ts'
import { recipeSchema } from '../../src/recipe/index.ts'
import { projectRoot } from '../../src/system/home.ts'
import { majorTag } from '../support/own-repository.ts'
import { workflowPaths } from '../support/workflow-file.ts'

const root = projectRoot()
const pages = globSync(['*.md', 'docs/*.md', 'actions/*/README.md'], { cwd: root }).toSorted()
const text = (page: string) => readFileSync(join(root, page), 'utf8')

/** The anchors that GitHub makes of a page's headings. */
function anchorsOf(markdown: string): string[] {
  const headings = [...markdown.replaceAll(/^```.*?^```$/gms, '').matchAll(/^#+ (.*)$/gm)]
  const slugs = headings.map(([, heading = '']) =>
    heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  )
  return slugs.map((slug, index) => {
    const earlier = slugs.slice(0, index).filter(other => other === slug).length
    return earlier === 0 ? slug : `${slug}-${earlier}`
  })
}

/** The links of a page that lead to no file, or to no heading of it. `read` gives a file's text, or undefined. */
function deadLinks(page: string, read: (path: string) => string | undefined): string[] {
  const markdown = (read(page) ?? '').replaceAll(/^```.*?^```$/gms, '')
  return [...markdown.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)].flatMap(([, file = '', anchor]) => {
    const target = file === '' ? page : join(dirname(page), file)
    const found = read(target)
    const isDead = found === undefined || (anchor !== undefined && !anchorsOf(found).includes(anchor))
    return isDead ? [anchor === undefined ? file : `${file}#${anchor}`] : []
  })
}

/** A file's text; a folder has none, and no headings either. */
function readOrNothing(path: string): string | undefined {
  const file = join(root, path)
  if (!existsSync(file)) return undefined
  return statSync(file).isFile() ? readFileSync(file, 'utf8') : ''
}

/** The rows of the table under a heading, as lists of cells without backticks. */
function tableBelow(page: string, heading: string): string[][] {
  const [, section = ''] = text(page).split(`\n## ${heading}\n`)
  const table = /^\|.*\n\|[ -|]*\n((?:\|.*\n)+)/m.exec(section)?.[1] ?? ''
  return table
    .trimEnd()
    .split('\n')
    .map(row =>
      row
        .split('|')
        .slice(1, -1)
        .map(cell => cell.trim().replaceAll('`', '')),
    )
}

const known = new Map(commands.map(command => [command.name, command.inputs.map(input => input.name)]))
const doors = doorFlags.map(flag => flag.name)

/** Calls of the command in a text, such as `trove-image smoke IMAGE --firmware uefi`. */
function callsIn(page: string): { call: string; command: string; options: string[] }[] {
  return [...page.matchAll(/trove-image ([a-z][a-z-]*)([^\n`|;#]*)/g)].map(([call, command = '', rest = '']) => ({
    call,
    command,
    options: [...rest.matchAll(/--([a-z-]+)/g)].map(([, option = '']) => option),
  }))
}

/** The calls that would be refused: an unknown command or option. The launcher itself knows `test`. */
function refusedCalls(page: string): string[] {
  return callsIn(page)
    .filter(({ command, options }) => {
      const inputs = command === 'test' ? [] : known.get(command)
      return !inputs || options.some(option => !doors.includes(option) && !inputs.includes(option))
    })
    .map(({ call }) => call)
}

describe('documentation', () => {
  test.each(pages)('%s: every file and heading that it links to is there', page => {
    expect(deadLinks(page, readOrNothing)).toEqual([])
  })

  test('a link to no file, and to no heading, is found', () => {
    const files: Record<string, string> = {
      'docs/a.md':
        '# Our `x.yml` & more\n[1](b.md) [2](b.md#two-1) [3](#our-xyml--more) [4](https://example.org/#x)\n' +
        '[5](c.md) [6](b.md#three) [7](#x) [8](b.md#code)\n',
      'docs/b.md': '## Two\n\n## Two\n\n```sh\n# code\n```\n',
    }
    expect(deadLinks('docs/a.md', path => files[path])).toEqual(['c.md', 'b.md#three', '#x', 'b.md#code'])
  })

  test('CONTRIBUTING.md names each tier that .ci/run leaves out', () => {
    const tiers = [...text('vitest.config.ts').matchAll(/\b(?:tier|inTurn|sideBySide)\('([a-z-]+)'/g)].map(
      ([, name = '']) => name,
    )
    // .ci/run calls "./trove-image test", which is "npm test".
    const run = JSON.parse(text('package.json')).scripts.test + text('.ci/run')
    const left = tiers.filter(name => !new RegExp(`--project ${name}\\b`).test(run))
    const [, said = ''] = /Not in it (.*?)\n\n/s.exec(text('CONTRIBUTING.md')) ?? []
    expect(left.length).toBeGreaterThan(0)
    expect(left.filter(name => !said.includes(`\`test:${name}\``))).toEqual([])
  })

  test('every example names the major version of package.json, or a commit', () => {
    const named = [...pages, ...workflowPaths(), 'action.yml'].flatMap(page =>
      [...text(page).matchAll(/OWNER\/trove-image-builder[^\s`'"]*@([\w.-]+)/g)].map(([use, version = '']) => ({
        page,
        use,
        version,
      })),
    )
    expect(named.length).toBeGreaterThan(20)
    expect(named.filter(({ version }) => version !== majorTag && version !== 'COMMIT')).toEqual([])
  })

  test.each(['README.md', 'docs/building-guest-images.md'])('%s: no call of trove-image would be refused', page => {
    expect(callsIn(text(page)).length).toBeGreaterThan(10)
    expect(refusedCalls(text(page))).toEqual([])
  })

  test('docs: a waiver that is shown is one that inspect takes', () => {
    const shown = [...text('docs/building-guest-images.md').matchAll(/--waive '([^']*)'/g)].map(
      ([, waiver = '']) => waiver,
    )
    expect(shown.length).toBeGreaterThan(0)
    expect(parseWaivers(shown).map(({ rule }) => rule)).toEqual(shown.map(waiver => waiver.split(' ')[0]))
  })

  test('a call that would be refused is found', () => {
    const page = '`trove-image smoke IMAGE --firmware uefi`, `trove-image smoke --recipe x`\n./trove-image prove  # x'
    expect(refusedCalls(page)).toEqual(['trove-image smoke --recipe x', 'trove-image prove  '])
  })

  test('README.md: every option of its table is one of a command', () => {
    const options = [...text('README.md').matchAll(/^\| (`--[^|]*) \|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/--([a-z-]+)/g)].map(([, option = '']) => option),
    )
    expect(options.length).toBeGreaterThan(10)
    const all = [...doors, ...[...known.values()].flat()]
    expect(options.filter(option => !all.includes(option))).toEqual([])
  })

  test('README.md: the table of commands has each command', () => {
    const named = tableBelow('README.md', 'Commands').map(([command = '']) => command.split(' ')[1])
    expect(named.toSorted()).toEqual([...known.keys(), 'test'].toSorted())
  })

  test('README.md: the table of recipe keys is what the schema says', () => {
    const rows = tableBelow('README.md', 'Recipes').flatMap(([keys = '', standard = '']) =>
      keys.split(', ').map(key => [key, standard] as const),
    )
    const described = Object.fromEntries(rows)
    const schema = describeInputs(recipeSchema)
    expect(Object.keys(described)).toEqual(expect.arrayContaining(schema.map(key => key.name)))
    expect(rows.length).toBe(schema.length)
    for (const key of schema) {
      if (key.required) expect(described[key.name], key.name).toBe('required')
      else if (Array.isArray(key.default)) expect(described[key.name], key.name).toBe(`[${key.default.join(', ')}]`)
      else if (key.default !== undefined) expect(described[key.name], key.name).toBe(String(key.default))
      else expect(described[key.name], key.name).not.toMatch(/^required$/)
    }
  })

  test('docs: each fault that publish allows is explained', () => {
    const explained = tableBelow('docs/building-guest-images.md', 'Publishing').flatMap(([names = '']) =>
      names.split(', '),
    )
    expect(explained.toSorted()).toEqual(Object.keys(proofFaults).toSorted())
  })
})
