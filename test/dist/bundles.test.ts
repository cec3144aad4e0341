import { execFileSync, spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stages } from '../../src/chain.ts'
import { projectRoot } from '../../src/system/home.ts'
import { copyCheckout } from '../support/checkout.ts'

const root = projectRoot()
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trove-image-dist.'))
  copyCheckout(join(folder, 'copy'))
  for (const gone of ['src', 'actions/post.ts', 'test']) rmSync(join(folder, 'copy', gone), { recursive: true })
})
afterAll(() => rmSync(folder, { recursive: true }))

const contentOf = (dist: string) =>
  Object.fromEntries(globSync('**/*.js', { cwd: dist }).map(file => [file, readFileSync(join(dist, file), 'utf8')]))

test('the committed bundles are what "npm run build" makes, byte for byte', () => {
  execFileSync(join(root, 'node_modules/.bin/rolldown'), ['-c', '--dir', join(folder, 'dist')], {
    cwd: root,
    stdio: 'pipe',
  })
  const made = contentOf(join(folder, 'dist'))
  const committed = contentOf(join(root, 'dist'))
  expect(Object.keys(committed).sort()).toEqual(Object.keys(made).sort())
  const different = Object.keys(made).filter(file => made[file] !== committed[file])
  expect(different, 'run "npm run build" and commit dist/').toEqual([])
})

describe('bundles start from a copy without node_modules and src', () => {
  /** An environment made from nothing, as the runner gives it to a node action. */
  const runAction = (name: string, inputs: Record<string, string>) => {
    const files = Object.fromEntries(
      ['GITHUB_OUTPUT', 'GITHUB_STATE', 'GITHUB_ENV', 'GITHUB_PATH', 'GITHUB_STEP_SUMMARY'].map(variable => {
        const file = join(folder, variable)
        writeFileSync(file, '')
        return [variable, file]
      }),
    )
    return spawnSync(process.execPath, [join(folder, 'copy/dist/actions', `${name}.js`)], {
      cwd: folder,
      encoding: 'utf8',
      env: {
        PATH: process.env.PATH ?? '',
        HOME: folder,
        GITHUB_ACTIONS: 'true',
        CI: 'true',
        RUNNER_TEMP: folder,
        GITHUB_WORKSPACE: folder,
        ...files,
        ...Object.fromEntries(Object.entries(inputs).map(([key, value]) => [`INPUT_${key.toUpperCase()}`, value])),
      },
    })
  }

  test.each(stages.map(stage => stage.name))('%s refuses a wrong input with an annotation and exit status 2', name => {
    const stage = stages.find(candidate => candidate.name === name)
    const input = ['recipe', 'image', 'plan'].find(key => stage?.inputs.shape[key]) ?? ''
    // There is no service here to upload to; without this, that would be the fault that is named.
    const upload: Record<string, string> = stage?.inputs.shape.upload ? { upload: 'never' } : {}
    const result = runAction(name, { [input]: './no-such-file', ...upload })
    expect(result.stdout).toMatch(/^::error::/m)
    expect(result.stdout).toContain('no-such-file')
    expect(result.stdout).not.toContain('This is a bug')
    expect(result.status, result.stdout + result.stderr).toBe(2)
  })

  test('the shared post step ends well when there is nothing to undo', () => {
    const result = runAction('post', {})
    expect({ status: result.status, stdout: result.stdout, stderr: result.stderr }).toEqual({
      status: 0,
      stdout: '::remove-matcher owner=trove-image-recipe::\n::remove-matcher owner=trove-image-hook::\n',
      stderr: '',
    })
  })

  test('the command line finds recipes beside the bundle', () => {
    const result = spawnSync(
      process.execPath,
      [join(folder, 'copy/dist/cli/main.js'), 'plan', '--recipe', 'no-such-recipe'],
      {
        cwd: folder,
        encoding: 'utf8',
        env: { PATH: process.env.PATH ?? '', HOME: folder },
      },
    )
    expect(result.stderr).toContain('debian-trixie')
    expect(result.status).toBe(2)
  })

  test('--version and --help', () => {
    const command = (...args: string[]) =>
      execFileSync(process.execPath, [join(folder, 'copy/dist/cli/main.js'), ...args], { encoding: 'utf8' })
    expect(command('--version')).toBe(`${JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version}\n`)
    for (const name of ['build', 'clean', ...stages.map(stage => stage.command)]) {
      expect(command('--help')).toContain(`  ${name} `)
      expect(command(name, '--help')).toContain(`Usage: trove-image ${name}`)
    }
  })
})
