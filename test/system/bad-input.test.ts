import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CommandResult, troveImage } from '../support/checkout.ts'
import { leaks, snapshot } from '../support/host.ts'
import { recipeWithHook } from '../support/recipe-with-hook.ts'

const folder = mkdtempSync(join(tmpdir(), 'bad-input.'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs a command in an empty folder and says what it left there and on the host. */
async function attempt(
  args: readonly string[],
  timeoutSeconds = 300,
): Promise<CommandResult & { written: string[]; left: object }> {
  const cwd = mkdtempSync(join(folder, 'run.'))
  const caches = [join(homedir(), '.cache')]
  const before = snapshot(caches)
  const result = await troveImage([...args, '--log', 'plain'], { cwd, logFile: join(folder, 'log'), timeoutSeconds })
  return {
    ...result,
    written: readdirSync(cwd, { recursive: true }).map(String),
    left: leaks(before, snapshot(caches)),
  }
}

const recipeIn = (name: string, script: string) => recipeWithHook(join(folder, name), name, script)

describe('recipes', () => {
  test.each([
    [
      'an unknown key',
      'name: a\ndistribution: debian\nrelease: trixie\ndib-version: 3.43.0\nimage-sise: 5GiB\n',
      /image-sise.*image-size/s,
    ],
    ['a wrong type', 'name: a\ndistribution: debian\nrelease: trixie\ndib-version: 3.43.0\nformats: 7\n', /formats/],
    ['not YAML', 'name: [a\n', /recipe\.yaml:\d+/],
    [
      'an unsupported release',
      'name: a\ndistribution: debian\nrelease: potato\ndib-version: 3.43.0\n',
      /potato.*bookworm.*trixie/s,
    ],
    [
      'an unsupported distribution',
      'name: a\ndistribution: plan9\nrelease: trixie\ndib-version: 3.43.0\n',
      /distribution.*debian/s,
    ],
    [
      'an unsupported architecture',
      'name: a\ndistribution: debian\nrelease: trixie\narchitecture: vax\ndib-version: 3.43.0\n',
      /architecture.*amd64/s,
    ],
  ])('%s is named, with exit status 2 and nothing written', async (_, text, message) => {
    const recipe = join(folder, 'recipe.yaml')
    writeFileSync(recipe, text)
    const result = await attempt(['build', '--yes', '--recipe', recipe])
    expect(result.log).toMatch(message)
    expect({ exitStatus: result.exitStatus, written: result.written, left: result.left }).toEqual({
      exitStatus: 2,
      written: [],
      left: {},
    })
  })

  test('a disk that does not fit on this machine is refused before anything is built', async () => {
    const result = await attempt(['build', '--yes', '--set', 'image-size=900000GiB'])
    expect(result.log).toMatch(/free disk/)
    expect({ exitStatus: result.exitStatus, written: result.written, left: result.left }).toEqual({
      exitStatus: 3,
      written: [],
      left: {},
    })
  })

  test('a mirror that does not answer is named with where it came from', async () => {
    const result = await attempt(['build', '--yes', '--set', 'mirror=http://127.0.0.1:9/debian'])
    expect(result.log).toMatch(/127\.0\.0\.1:9.*recipe/s)
    expect({ exitStatus: result.exitStatus, written: result.written, left: result.left }).toEqual({
      exitStatus: 3,
      written: [],
      left: {},
    })
  })
})

describe('hooks of elements', () => {
  test('one that exits 3 is named with element, file, status and last lines', async () => {
    const result = await attempt(['build', '--yes', '--recipe', recipeIn('fails', 'echo "about to fail"; exit 3')])
    expect(result.log).toContain('test-fails')
    expect(result.log).toContain('00-fails')
    expect(result.log).toContain('about to fail')
    expect(result.log).toMatch(/exit status 3/)
    expect({ exitStatus: result.exitStatus, left: result.left }).toEqual({ exitStatus: 4, left: {} })
  })

  test('one that hangs is stopped at the time limit and named', async () => {
    const recipe = recipeIn('hangs', 'echo waiting; sleep 3600')
    const cwd = mkdtempSync(join(folder, 'hang.'))
    const plan = await troveImage(
      ['build', '--yes', '--recipe', recipe, '--until', 'assemble-elements', '--output', cwd],
      {
        cwd,
        logFile: join(folder, 'log'),
        timeoutSeconds: 300,
      },
    )
    expect(plan.exitStatus, plan.log).toBe(0)
    const result = await attempt(['build-image', '--plan', join(cwd, 'plan.json'), '--timeout-minutes', '1'])
    expect(result.log).toMatch(/00-hangs/)
    expect({ exitStatus: result.exitStatus, left: result.left }).toEqual({ exitStatus: 4, left: {} })
  })

  test('one that prints a gigabyte fills neither memory nor disk', async () => {
    const recipe = recipeIn('floods', 'head -c 1000000000 /dev/zero | tr "\\0" x | fold -w 200; exit 3')
    const cwd = mkdtempSync(join(folder, 'flood.'))
    const result = await troveImage(['build', '--yes', '--recipe', recipe, '--output', cwd, '--log', 'plain'], {
      cwd,
      logFile: join(folder, 'log'),
      timeoutSeconds: 900,
    })
    expect(result.log).toMatch(/00-floods/)
    expect(result.exitStatus).toBe(4)
    expect(statSync(join(cwd, 'build.log')).size).toBeLessThan(200e6)
    expect(statSync(join(folder, 'log')).size).toBeLessThan(20e6)
  })
})

describe.each(['inspect', 'smoke'])('%s of something that is no guest image', command => {
  const image = (name: string) => join(folder, name)
  beforeAll(() => {
    writeFileSync(image('text.qcow2'), 'this is not a disk image\n'.repeat(1000))
    mkdirSync(image('folder.qcow2'), { recursive: true })
    rmSync(image('whole.qcow2'), { force: true })
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', image('whole.qcow2'), '64M'])
    execFileSync('qemu-io', ['-f', 'qcow2', '-c', 'write -P 7 0 16M', image('whole.qcow2')], { stdio: 'ignore' })
    execFileSync('cp', [image('whole.qcow2'), image('truncated.qcow2')])
    truncateSync(image('truncated.qcow2'), 3_000_000)
    rmSync(image('backed.qcow2'), { force: true })
    execFileSync('qemu-img', [
      'create',
      '-q',
      '-f',
      'qcow2',
      '-F',
      'qcow2',
      '-b',
      image('whole.qcow2'),
      image('backed.qcow2'),
    ])
    rmSync(image('locked.qcow2'), { force: true })
    execFileSync('qemu-img', [
      ...['create', '-q', '--object', 'secret,id=s,data=sesame', '-f', 'qcow2'],
      ...['-o', 'encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10', image('locked.qcow2'), '16M'],
    ])
  })

  test.each([
    ['missing.qcow2', /missing\.qcow2/],
    ['folder.qcow2', /folder/],
    ['text.qcow2', /not a disk image|no disk image|not an image|neither/i],
    ['truncated.qcow2', /truncated|corrupt|damaged/i],
    ['backed.qcow2', /backing/i],
    ['locked.qcow2', /encrypted/i],
  ])('%s is refused with the reason and exit status 2', async (name, message) => {
    const result = await attempt([command, image(name)])
    expect(result.log).toMatch(message)
    expect({ exitStatus: result.exitStatus, left: result.left }).toEqual({ exitStatus: 2, left: {} })
  })
})

test('a disk without an operating system is refused by the inspection', async () => {
  const image = join(folder, 'empty.qcow2')
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', image, '64M'])
  const result = await attempt(['inspect', image])
  expect(result.log).toMatch(/operating system/i)
  expect({ exitStatus: result.exitStatus, left: result.left }).toEqual({ exitStatus: 2, left: {} })
})
