import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { doorFlags } from '../../src/cli/arguments.ts'
import { commands } from '../../src/cli/command.ts'
import { parseWaivers } from '../../src/contract/waiver.ts'
import { describeInputs } from '../../src/inputs.ts'
import { proofFaults } from '../../src/publish/index.ts'
import { recipeSchema } from '../../src/recipe/index.ts'
import { projectRoot } from '../../src/system/home.ts'

const root = projectRoot()
const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'docs/building-guest-images.md', 'docs/zuul.md']
const text = (page: string) => readFileSync(join(root, page), 'utf8')

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
  test.each(pages)('%s: every file that it links to is there', page => {
    const targets = [...text(page).matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => target)
    expect(targets.filter(target => !existsSync(join(root, dirname(page), target)))).toEqual([])
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
