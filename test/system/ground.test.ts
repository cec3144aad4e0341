import { execFileSync, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { policyLine, withoutServiceStarts } from '../../src/host/service-policy.ts'
import { clean, cleanAbandoned, cleanCurrentRun } from '../../src/system/cleanup.ts'
import { InterruptedError, ToolError } from '../../src/system/errors.ts'
import { abandonedJournals, makeWorkFolder, runFolder } from '../../src/system/journal.ts'
import { asRoot, giveBackNew } from '../../src/system/privilege.ts'
import { run, start } from '../../src/system/run.ts'
import { enabledUnits } from '../../src/system/units.ts'

const shell = (script: string, options: object = {}) =>
  run('/bin/sh', ['-c', script], { supervised: true, timeoutSeconds: 20, ...options })
/** Whether a process has the text on its command line; pgrep itself does not count. */
const alive = (text: string) => spawnSync('pgrep', ['-f', '--', text]).status === 0

let cache: string
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'trove-image-ground.'))
  process.env.XDG_CACHE_HOME = cache
})
afterEach(async () => {
  await cleanCurrentRun()
  rmSync(cache, { recursive: true, force: true })
})

describe('run', () => {
  test('gives output, status and a last line without newline', async () => {
    const lines: string[] = []
    const result = await run('/bin/sh', ['-c', 'printf "a\\nb"; echo e >&2; exit 3'], {
      allowedExitStatuses: [3],
      onLine: (line, stream) => lines.push(`${stream} ${line}`),
    })
    expect({ ...result, durationSeconds: 0 }).toEqual({
      exitStatus: 3,
      stdout: 'a\nb\n',
      stderr: 'e\n',
      durationSeconds: 0,
    })
    expect(lines.toSorted()).toEqual(['stderr e', 'stdout a', 'stdout b'])
  })

  test('a failing program is named with its status and last lines', async () => {
    const error = await run('/bin/sh', ['-c', 'echo why >&2; exit 9']).catch(thrown => thrown)
    expect(error).toBeInstanceOf(ToolError)
    expect(error).toMatchObject({ program: '/bin/sh', exitStatus: 9 })
    expect(error.message).toMatch(/exit status 9\nlast lines:\n {2}why$/)
  })

  test('a missing program is named', async () => {
    const missing = /\/no\/such\/program could not be started/
    await expect(run('/no/such/program', [])).rejects.toThrow(missing)
    await expect(run('/no/such/program', [], { supervised: true, timeoutSeconds: 5 })).rejects.toThrow(missing)
  })

  test('standard input is given and closed', async () => {
    expect((await run('cat', [], { input: 'text' })).stdout).toBe('text\n')
    expect((await run('cat', [], { input: 'text', supervised: true, timeoutSeconds: 5 })).stdout).toBe('text\n')
    expect((await run('cat', [])).stdout).toBe('')
  })

  test('a time limit ends the whole tree, also what ignores SIGTERM', async () => {
    const mark = 'sleep 4711.1'
    const startedAt = performance.now()
    await expect(
      shell(`trap "" TERM; (trap "" TERM; ${mark}) & ${mark}`, { timeoutSeconds: 1, graceSeconds: 1 }),
    ).rejects.toThrow(/still running after 1 s/)
    expect(performance.now() - startedAt).toBeLessThan(15_000)
    expect(alive(mark)).toBe(false)
  })

  test('an abort ends the whole tree and says by what', async () => {
    const abort = new AbortController()
    const running = shell('setsid sleep 4711.2 & sleep 4711.2', { signal: abort.signal })
    setTimeout(() => abort.abort(new InterruptedError('SIGINT')), 300)
    await expect(running).rejects.toEqual(new InterruptedError('SIGINT'))
    expect(alive('sleep 4711.2')).toBe(false)
  })

  test('an orphan that holds the output open does not keep us waiting', async () => {
    const startedAt = performance.now()
    const result = await shell('sleep 4711.3 & echo done')
    expect(result.stdout).toBe('done\n')
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    await cleanCurrentRun()
    expect(alive('sleep 4711.3')).toBe(false)
  })

  test('much output does not stay in memory', async () => {
    let lines = 0
    const before = process.memoryUsage().rss
    await shell('head -c 300000000 /dev/zero | tr "\\0" "x" | fold -w 1000', {
      discardOutput: true,
      timeoutSeconds: 120,
      onLine: () => lines++,
    })
    expect(lines).toBe(300_000)
    expect(process.memoryUsage().rss - before).toBeLessThan(200e6)
  })

  test('a program that is talked to', async () => {
    const heard: string[] = []
    const child = start('cat', [], { supervised: true, timeoutSeconds: 10, onLine: line => heard.push(line) })
    child.write('hello\n')
    child.closeInput()
    expect((await child.done).exitStatus).toBe(0)
    expect(heard).toEqual(['hello'])
  })

  test('a program that is stopped ends without an error', async () => {
    const child = start('sleep', ['4711.4'], { supervised: true, timeoutSeconds: 60 })
    await child.stop()
    await child.done
    expect(alive('sleep 4711.4')).toBe(false)
  })
})

test.runIf(process.getuid?.() === 0)(
  'what root wrote under sudo is given back, what lay there before is not',
  async () => {
    const output = join(cache, 'out')
    mkdirSync(output)
    writeFileSync(join(output, 'old'), '')
    utimesSync(join(output, 'old'), 1, 1)
    writeFileSync(join(output, 'new'), '')
    Object.assign(process.env, { SUDO_UID: '4242', SUDO_GID: '4243' })
    try {
      await giveBackNew(output, Date.now() - 60_000)
    } finally {
      delete process.env.SUDO_UID
      delete process.env.SUDO_GID
    }
    const owner = (path: string) => [statSync(path).uid, statSync(path).gid]
    expect([owner(output), owner(join(output, 'old')), owner(join(output, 'new'))]).toEqual([
      [4242, 4243],
      [0, 0],
      [4242, 4243],
    ])
  },
)

describe('journal', () => {
  test('what hangs on a folder is undone: process, mount, loop device', async () => {
    const folder = makeWorkFolder('planted')
    const image = join(folder, 'disk')
    await asRoot('/bin/sh', [
      '-c',
      `set -e; mkdir "$1/m" "$1/root"; mount -t tmpfs planted "$1/m"; mount --bind /dev "$1/root"
       truncate -s 1M "$2"; losetup -f "$2"; cd "$1/m"; setsid sleep 4711.5 </dev/null >/dev/null 2>&1 &`,
      'sh',
      folder,
      image,
    ])
    const leaks = () => ({
      mounts: execFileSync('grep', ['-c', folder, '/proc/mounts'], { encoding: 'utf8' }).trim(),
      loops: execFileSync('losetup', ['-j', image], { encoding: 'utf8' }).split('\n').length - 1,
      process: alive('sleep 4711.5'),
    })
    expect(leaks()).toEqual({ mounts: '2', loops: 1, process: true })
    await cleanCurrentRun()
    expect(existsSync(folder)).toBe(false)
    expect(existsSync('/dev/null')).toBe(true)
    expect(execFileSync('losetup', ['-j', image], { encoding: 'utf8' })).toBe('')
    expect(alive('sleep 4711.5')).toBe(false)
    await cleanCurrentRun()
  })

  test('a run that was killed is found by the next one and undone', async () => {
    const source = join(import.meta.dirname, '../../src/system')
    const script = join(cache, 'killed.ts')
    writeFileSync(
      script,
      `import { makeWorkFolder, recordFile } from '${source}/journal.ts'
       import { writeFileSync } from 'node:fs'
       import { start } from '${source}/run.ts'
       makeWorkFolder('left'); recordFile('${cache}/half'); writeFileSync('${cache}/half', 'x')
       start('sleep', ['4711.6'], { supervised: true, timeoutSeconds: 99 })
       setTimeout(() => process.kill(process.pid, 'SIGKILL'), 300)`,
    )
    await run(process.execPath, [script], {
      supervised: true,
      timeoutSeconds: 20,
      env: { XDG_CACHE_HOME: cache },
    }).catch(() => undefined)
    expect(alive('sleep 4711.6')).toBe(true)
    const journals = abandonedJournals()
    expect(journals.map(journal => journal.entries.map(entry => entry.kind))).toEqual([['folder', 'file', 'processes']])
    for (const journal of journals) await clean(journal)
    expect(alive('sleep 4711.6')).toBe(false)
    expect(existsSync(join(cache, 'half'))).toBe(false)
    // What is left is the folder of this run itself, which started the one that was killed.
    expect(readdirSync(join(cache, 'trove-image/runs'))).toEqual([basename(runFolder())])
  })

  test('what cannot be undone is told, and the journal stays for the next try', async () => {
    const folder = makeWorkFolder('busy')
    // An immutable file stands for whatever refuses to go away.
    writeFileSync(join(folder, 'stays'), '')
    execFileSync('chattr', ['+i', join(folder, 'stays')])
    const run = runFolder()
    try {
      await expect(cleanCurrentRun()).rejects.toThrow(/busy\.[0-9a-f]+ is still there/)
      expect(existsSync(join(run, 'journal'))).toBe(true)
    } finally {
      execFileSync('chattr', ['-i', join(folder, 'stays')])
    }
    for (const path of [folder, run]) rmSync(path, { recursive: true })
  })

  test('an abandoned run that cannot be undone keeps no other from it, and is told without the script', async () => {
    const runs = join(cache, 'trove-image/runs')
    const stays = join(cache, 'stays')
    for (const [name, entry] of [
      ['a', { kind: 'folder', path: stays }],
      ['b', { kind: 'file', path: join(cache, 'half') }],
    ] as const) {
      mkdirSync(join(runs, name), { recursive: true })
      writeFileSync(join(runs, name, 'owner'), '0 1\n')
      writeFileSync(join(runs, name, 'journal'), `${JSON.stringify(entry)}\n`)
    }
    writeFileSync(join(cache, 'half'), '')
    mkdirSync(stays)
    writeFileSync(join(stays, 'file'), '')
    execFileSync('chattr', ['+i', join(stays, 'file')])
    try {
      const { undone, failures } = await cleanAbandoned(() => undefined)
      expect([undone, failures.map(failure => failure.message.split('\n'))]).toEqual([
        1,
        [
          [
            `not all of the run ${runs}/a could be undone; "trove-image clean" tries again:`,
            expect.stringContaining('Operation not permitted'),
            `${stays} is still there; mounted below it:`,
          ],
        ],
      ])
      expect([existsSync(join(cache, 'half')), readdirSync(runs)]).toEqual([false, ['a']])
    } finally {
      execFileSync('chattr', ['-i', join(stays, 'file')])
    }
  })

  test('a living run is left alone', () => {
    const folder = runFolder()
    expect(existsSync(folder)).toBe(true)
    mkdirSync(join(cache, 'trove-image/runs/other'), { recursive: true })
    writeFileSync(join(cache, 'trove-image/runs/other/owner'), readOwner(folder))
    expect(abandonedJournals()).toEqual([])
  })
})

describe('services of packages', () => {
  const policy = () => join(cache, 'policy-rc.d')
  const text = () => (existsSync(policy()) ? readFileSync(policy(), 'utf8') : undefined)
  const during = async (work: () => void = () => undefined) => {
    const foreign: unknown[] = []
    let inForce: string | undefined
    let answer: number | null = null
    await withoutServiceStarts(
      async () => {
        inForce = text()
        answer = spawnSync(policy(), ['any', 'start']).status
        work()
      },
      told => foreign.push(told),
      policy(),
    )
    return { foreign, inForce, answer, after: text() }
  }
  const ours = () => `#!/bin/sh\n${policyLine(basename(runFolder()))}\nexit 101\n`
  const other = (status: number) => {
    writeFileSync(policy(), `#!/bin/sh\nexit ${status}\n`, { mode: 0o755 })
    return `#!/bin/sh\nexit ${status}\n`
  }

  test('may not start while packages are installed, and only then', async () => {
    expect(await during()).toEqual({ foreign: [], inForce: ours(), answer: 101, after: undefined })
  })

  test.each([
    [101, true],
    [0, false],
  ])("somebody else's policy with answer %d stays and is told", async (status, forbidsStarts) => {
    const theirs = other(status)
    const foreign = [{ file: policy(), forbidsStarts }]
    expect(await during()).toEqual({ foreign, inForce: theirs, answer: status, after: theirs })
    await cleanCurrentRun()
    expect(text()).toBe(theirs)
  })

  test('a policy that a killed run of ours has left is replaced and removed', async () => {
    writeFileSync(policy(), `#!/bin/sh\n${policyLine('killed')}\nexit 101\n`, { mode: 0o755 })
    expect(await during()).toEqual({ foreign: [], inForce: ours(), answer: 101, after: undefined })
  })

  test('a policy that somebody else has written meanwhile stays', async () => {
    const { after } = await during(() => other(104))
    expect(after).toBe('#!/bin/sh\nexit 104\n')
  })

  test.runIf(process.getuid?.() === 0)('a killed run has enabled none that was not enabled before', async () => {
    const name = 'trove-image-test-service'
    const tree = join(cache, 'package')
    mkdirSync(join(tree, 'DEBIAN'), { recursive: true })
    mkdirSync(join(tree, 'usr/lib/systemd/system'), { recursive: true })
    const control = [`Package: ${name}`, 'Version: 1', 'Architecture: all', 'Maintainer: a <a@example.org>']
    writeFileSync(join(tree, 'DEBIAN/control'), [...control, 'Description: a test', ''].join('\n'))
    const units = ['kept', 'new'].map(unit => `trove-image-test-${unit}.service`)
    for (const unit of units) {
      const lines = ['[Service]', 'ExecStart=/bin/true', '[Install]', 'WantedBy=multi-user.target', '']
      writeFileSync(join(tree, 'usr/lib/systemd/system', unit), lines.join('\n'))
    }
    execFileSync('dpkg-deb', ['--build', tree, join(cache, 'package.deb')])
    const killed = join(cache, 'trove-image/runs/killed')
    mkdirSync(killed, { recursive: true })
    writeFileSync(join(killed, 'owner'), '0 1\n')
    const entry = { kind: 'units', packages: [name, 'never-unpacked'], enabledBefore: units.slice(0, 1) }
    writeFileSync(join(killed, 'journal'), `${JSON.stringify(entry)}\n`)
    const enabled = () => enabledUnits().filter(unit => units.includes(unit))
    try {
      execFileSync('dpkg', ['--install', join(cache, 'package.deb')])
      execFileSync('systemctl', ['--root=/', '--quiet', 'enable', ...units], { stdio: 'ignore' })
      expect(enabled()).toEqual(units)
      expect(await cleanAbandoned(() => undefined)).toEqual({ undone: 1, failures: [] })
      expect(enabled()).toEqual(units.slice(0, 1))
    } finally {
      execFileSync('systemctl', ['--root=/', '--quiet', 'disable', ...units], { stdio: 'ignore' })
      execFileSync('dpkg', ['--purge', name])
    }
  })
})

function readOwner(folder: string): string {
  return execFileSync('cat', [join(folder, 'owner')], { encoding: 'utf8' })
}
