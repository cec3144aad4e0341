import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { listFiles } from '../../src/checkout/checkout.ts'
import { type ElementWithFiles, readCatalogue, readElementFiles } from '../../src/elements/element.ts'
import { lintElement } from '../../src/elements/element-lint.ts'
import { findingText } from '../../src/elements/finding.ts'
import { compareHooks } from '../../src/elements/hooks.ts'
import { lintPackageInstalls } from '../../src/elements/package-lint.ts'
import { lintSet } from '../../src/elements/set-lint.ts'
import { projectRoot } from '../../src/system/home.ts'
import { realDib } from '../support/dib.ts'
import { makeCheckout, writeFiles } from '../support/git-checkout.ts'

const own = join(projectRoot(), 'elements')
const work = mkdtempSync(join(tmpdir(), 'elements-policy-'))
afterAll(() => rmSync(work, { recursive: true }))

const header = `#!/bin/bash

if [ "\${DIB_DEBUG_TRACE:-0}" -gt 0 ]; then
    set -x
fi
set -eu
set -o pipefail
`

/** A copy of our elements with some files written over, removed (null) or made executable by their place. */
let copies = 0
function copyWith(changes: Readonly<Record<string, string | null>>): string {
  const folder = join(work, `copy-${++copies}`)
  cpSync(own, join(folder, 'elements'), { recursive: true })
  for (const [path, text] of Object.entries(changes)) {
    const file = join(folder, 'elements', path)
    if (text === null) rmSync(file)
    else {
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
      if (text.startsWith('#!') && !path.includes('not-executable')) chmodSync(file, 0o755)
    }
  }
  return join(folder, 'elements')
}

const shellFiles = (elements: string) =>
  globSync('*/{environment.d,*.d}/*', { cwd: elements }).filter(path => statSync(join(elements, path)).isFile())

/** What shellcheck says, one finding a line. */
function shellcheck(elements: string): string[] {
  const { stdout, error } = spawnSync(
    'shellcheck',
    ['--shell=bash', '--format=gcc', ...shellFiles(elements).toSorted()],
    { cwd: elements, encoding: 'utf8' },
  )
  if (error) throw error
  return stdout.split('\n').filter(line => line !== '')
}

/** The errors of DIB's own dib-lint, which wants to be in the root of a repository. */
function dibLint(elements: string): string[] {
  const root = dirname(elements)
  mkdirSync(join(root, 'lib'), { recursive: true })
  writeFileSync(join(root, 'lib', 'empty'), '\n')
  spawnSync('git', ['init', '--quiet', root])
  const env = { PATH: `${realDib?.binFolder}:${process.env.PATH}`, ELEMENTS_DIR: 'elements', LIB_DIR: 'lib' }
  const { stdout, status } = spawnSync('dib-lint', { cwd: root, env, encoding: 'utf8' })
  const errors = stdout.split('\n').filter(line => line.startsWith('ERROR:'))
  // A dib-lint that could not run has neither errors nor a verdict.
  if (status !== 0 && errors.length === 0) throw new Error(`dib-lint ended with ${status}: ${stdout}`)
  if (status === 0 && !/^PASS$/m.test(stdout)) throw new Error(`dib-lint gave no verdict: ${stdout}`)
  return errors
}

function readOwn(elements: string): ElementWithFiles[] {
  return [...readCatalogue([{ folder: elements, origin: 'project' }]).values()].map(element => ({
    ...element,
    files: readElementFiles(element.folder),
  }))
}

/** What neither shellcheck nor dib-lint sees: the rules that every plan is held to. */
function rules(elements: string): string[] {
  const all = readOwn(elements)
  const variables = new Set(
    all.flatMap(element =>
      element.files
        .filter(file => file.path.startsWith('environment.d/'))
        .flatMap(file => [...`${file.content}`.matchAll(/^export (\w+)=/gm)].map(match => match[1] ?? '')),
    ),
  )
  return [
    ...all.flatMap(lintElement),
    ...all.flatMap(element => lintPackageInstalls(element, { architecture: 'amd64', variables })),
    ...lintSet(all),
  ].map(finding => findingText(finding).replaceAll(`${elements}/`, ''))
}

/** Rules of this project's house. */
function houseRules(elements: string): string[] {
  const faults: string[] = []
  const known = new Set([
    ...readCatalogue([{ folder: elements, origin: 'project' }]).keys(),
    ...(realDib ? readCatalogue([{ folder: realDib.elementsFolder, origin: 'dib' }]).keys() : []),
  ])
  for (const element of readOwn(elements)) {
    const text = (path: string) => String(element.files.find(file => file.path === path)?.content ?? '')
    const [rule, title, rule2] = text('README.rst').split('\n')
    if (title !== element.name || rule !== '='.repeat(title.length) || rule2 !== rule) {
      faults.push(`${element.name}/README.rst does not begin with the element's name as its title`)
    }
    if (element.depends.length === 0) faults.push(`${element.name} depends on nothing, not even package-installs`)
    for (const { name } of realDib ? element.depends : []) {
      if (!known.has(name)) faults.push(`${element.name} depends on ${name}, which does not exist`)
    }
    for (const file of element.files) {
      const content = String(file.content)
      const name = `${element.name}/${file.path}`
      if (file.executable && !content.startsWith(header)) faults.push(`${name} lacks the header of a hook`)
      for (const [, variable = ''] of content.matchAll(/\b(DIB_TROVE_\w+)/g)) {
        const documented = readOwn(elements).some(other => {
          const readme = other.files.find(candidate => candidate.path === 'README.rst')
          return `${readme?.content}`.includes(`\n${variable}\n  :Required:`)
        })
        if (!documented) faults.push(`${name} reads ${variable}, which no README documents`)
      }
      for (const [host = ''] of content.matchAll(/https?:\/\/[^\s"'`]+/g)) {
        if (!/^https?:\/\/[\w.-]*example\.org\//.test(`${host}/`)) faults.push(`${name} names the address ${host}`)
      }
      if (file.executable && /^\s*(curl|wget|git clone|pip3? install|apt(-get)? install)\b/m.test(content)) {
        faults.push(`${name} fetches something by itself: packages belong into package-installs.yaml`)
      }
      if (/^(After|Before)=.*(cloud-final\.service|cloud-init\.target)/m.test(content)) {
        faults.push(`${name} orders a unit after cloud-init's end, which comes after multi-user.target: a cycle`)
      }
    }
  }
  return [...new Set(faults)]
}

describe('our elements', () => {
  test('there are hooks to check', () => {
    expect(shellFiles(own).length).toBeGreaterThan(15)
  })

  test('shellcheck finds nothing', () => {
    expect(shellcheck(own)).toEqual([])
  })

  test.skipIf(!realDib)('dib-lint finds nothing', () => {
    expect(dibLint(copyWith({}))).toEqual([])
  })

  test('DIB will run every hook and read every package list as it looks', () => {
    expect(rules(own)).toEqual([])
  })

  test('the rules of the house hold', () => {
    expect(houseRules(own)).toEqual([])
  })
})

describe('a fault is found', () => {
  test('by shellcheck', () => {
    const faulty = copyWith({ 'trove-docker/install.d/10-planted': `${header}rm -rf $1/*\n` })
    expect(shellcheck(faulty)).toEqual([
      expect.stringMatching(/^trove-docker\/install\.d\/10-planted:8:8: warning: .*\[SC2115\]$/),
      expect.stringMatching(/^trove-docker\/install\.d\/10-planted:8:8: note: .*\[SC2086\]$/),
    ])
  })

  test.skipIf(!realDib)('by dib-lint', () => {
    const faulty = copyWith({
      'trove-docker/install.d/10-planted': '#!/bin/bash\nset -u\nset -o pipefail\n# DIB_DEBUG_TRACE\n',
      'trove-guest-agent/README.rst': null,
      'trove-image-sources/cleanup.d/20-planted': `${header}sudo rm -rf /boot\n`,
    })
    expect(dibLint(faulty).toSorted()).toEqual([
      'ERROR: elements/trove-docker/install.d/10-planted is not set -e',
      'ERROR: elements/trove-guest-agent lacks a README.rst',
      'ERROR: elements/trove-image-sources/cleanup.d/20-planted : potentially unsafe sudo',
    ])
  })

  // dib-lint ends at the first of these: its own `diff` is not zero then.
  test.skipIf(!realDib)('by dib-lint: dependencies that are not sorted', () => {
    const faulty = copyWith({ 'trove-docker/element-deps': 'trove-guest\npackage-installs\n' })
    expect(dibLint(faulty)).toEqual(['ERROR: elements/trove-docker/element-deps is not sorted alphabetically'])
  })

  test.each([
    ['trove-docker/install.d/10-planted.sh', `${header}true\n`, 'rename it to 10-planted'],
    ['trove-docker/install.d/10-not-executable', `${header}true\n`, 'it is not executable'],
    ['trove-docker/instal.d/10-planted', `${header}true\n`, 'did you mean install.d?'],
    ['trove-docker/element-deps', 'package-installs\n# a comment\n', 'DIB knows no comments here'],
    ['trove-docker/post-install.d/60-trove-boot-loader', `${header}true\n`, 'duplicated hook'],
    ['trove-docker/package-installs.yaml', 'docker.io:\n  uninstall: False\n', 'is read as if it were true'],
    ['trove-docker/package-installs.yaml', 'docker.io:\n  arch: amd64, arm64\n', 'never matches because of the blank'],
    ['trove-docker/package-installs.yaml', 'docker.io:\n  phase: instal.d\n', 'installs nothing'],
    ['trove-docker/package-installs.yaml', 'docker.io:\n  when: DIB_NOWHERE = 1\n', 'which nothing sets'],
  ])('by the rules for plans: %s', (path, text, message) => {
    expect(rules(copyWith({ [path]: text }))).toEqual([expect.stringContaining(message)])
  })

  test.each([
    ['trove-docker/README.rst', 'Docker\n', "does not begin with the element's name"],
    ['trove-docker/install.d/10-planted', '#!/bin/bash\ntrue\n', 'lacks the header'],
    ['trove-docker/install.d/10-planted', `${header}echo "$DIB_TROVE_SECRET"\n`, 'which no README documents'],
    [
      'trove-docker/install.d/10-planted',
      `${header}echo https://example.com/\n`,
      'names the address https://example.com/',
    ],
    ['trove-docker/install.d/10-planted', `${header}apt-get install nano\n`, 'fetches something by itself'],
    ['trove-docker/static/x.service', '[Unit]\nAfter=cloud-init.target\n', 'a cycle'],
    ['trove-docker/element-deps', '', 'depends on nothing'],
  ])('by the rules of the house: %s', (path, text, message) => {
    expect(houseRules(copyWith({ [path]: text }))).toEqual([expect.stringContaining(message)])
  })

  test.skipIf(!realDib)('by the rules of the house: a dependency that does not exist', () => {
    expect(houseRules(copyWith({ 'trove-docker/element-deps': 'trove-gest\n' }))).toEqual([
      'trove-docker depends on trove-gest, which does not exist',
    ])
  })
})

describe('settings are refused before anything is installed', () => {
  const hook = (path: string, environment: Record<string, string>) => {
    const { status, stderr } = spawnSync('bash', [join(own, path)], {
      env: { PATH: process.env.PATH ?? '', ...environment },
      encoding: 'utf8',
    })
    return { status, stderr }
  }

  test.each([
    ['ubuntu', 0, ''],
    ['_trove-2', 0, ''],
    ['root', 1, 'has another meaning'],
    ['database', 1, 'has another meaning'],
    ['Ubuntu', 1, 'is no user name'],
    ['a;reboot', 1, 'is no user name'],
    ['a'.repeat(33), 1, 'is no user name'],
  ])('guest user %s', (DIB_TROVE_GUEST_USER, status, message) => {
    const result = hook('trove-guest/root.d/01-trove-guest-settings', { DIB_TROVE_GUEST_USER })
    expect(result).toEqual({ status, stderr: expect.stringContaining(message) })
  })

  const local = {
    DIB_TROVE_AGENT_SOURCE: 'local',
    DIB_TROVE_AGENT_CHECKOUT: own,
    DIB_TROVE_AGENT_CONSTRAINTS: join(own, 'trove-guest-agent/README.rst'),
    DIB_TROVE_AGENT_VERSION: '25.0.1.dev45',
  }
  test.each<[string, Record<string, string>, number, string]>([
    ['distribution', { DIB_TROVE_AGENT_SOURCE: 'distribution' }, 0, ''],
    [
      'git',
      { DIB_TROVE_AGENT_SOURCE: 'git' },
      1,
      'DIB_TROVE_AGENT_SOURCE=git is unknown; legal are: distribution, local\n',
    ],
    ['local', local, 0, ''],
    ['local', { ...local, DIB_TROVE_AGENT_CHECKOUT: '' }, 1, 'DIB_TROVE_AGENT_CHECKOUT= is no folder'],
    ['local', { ...local, DIB_TROVE_AGENT_CONSTRAINTS: own }, 1, `DIB_TROVE_AGENT_CONSTRAINTS=${own} is no file`],
    ['local', { ...local, DIB_TROVE_AGENT_VERSION: 'master' }, 1, 'DIB_TROVE_AGENT_VERSION=master is no version'],
  ])('agent source %s %j', (_, environment, status, message) => {
    const result = hook('trove-guest-agent/root.d/01-trove-guest-agent-source', environment)
    expect(result).toEqual({ status, stderr: message === '' ? '' : expect.stringContaining(message) })
  })

  test('each has a default', () => {
    const text = [
      'trove-guest/environment.d/05-trove-guest.bash',
      'trove-guest-agent/environment.d/10-trove-guest-agent.bash',
    ]
      .map(path => readFileSync(join(own, path), 'utf8'))
      .join('')
    const { stdout } = spawnSync(
      'bash',
      ['-euc', `${text}\necho $DIB_TROVE_GUEST_USER $DIB_TROVE_AGENT_SOURCE $DIB_TROVE_AGENT_VERSION`],
      {
        env: { PATH: process.env.PATH ?? '' },
        encoding: 'utf8',
      },
    )
    expect(stdout).toBe('ubuntu distribution\n')
  })
})

describe('the agent of a checkout', () => {
  const folder = (name: string) => join(work, 'handed', name)
  /** Runs the hook of the host; what came into the hooks' folder, with modes and links. */
  function hand(environment: Readonly<Record<string, string>>): string[] {
    const hooks = mkdtempSync(join(work, 'hooks-'))
    const { status, stderr } = spawnSync(
      'bash',
      [join(own, 'trove-guest-agent/extra-data.d/60-trove-guest-agent-checkout')],
      { env: { PATH: process.env.PATH ?? '', TMP_HOOKS_PATH: hooks, ...environment }, encoding: 'utf8' },
    )
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    return execFileSync('find', ['.', '!', '-type', 'd', '-printf', '%P %m %l\n'], { cwd: hooks, encoding: 'utf8' })
      .trimEnd()
      .split('\n')
      .filter(line => line !== '')
      .map(line => line.trimEnd())
      .toSorted()
  }

  test('is handed in as it lies there: no history, nothing ignored, and what is not committed yet', async () => {
    makeCheckout(folder('trove'), {
      'setup.cfg': 'x',
      'bin/run me': 'x',
      'gone.py': 'x',
      'old.py': 'x',
      '.gitignore': '*.pyc\n',
    })
    writeFiles(folder('trove'), { 'x.pyc': '', 'new.py': '', '-new': '' })
    chmodSync(join(folder('trove'), 'bin/run me'), 0o755)
    symlinkSync('new.py', join(folder('trove'), 'link.py'))
    rmSync(join(folder('trove'), 'gone.py'))
    const constraints = folder('upper-constraints.txt')
    writeFileSync(constraints, 'pbr===6.1.0\ntrove===24.0.0\ntrove-tempest-plugin===2.0.0\n')
    const handed = hand({
      DIB_TROVE_AGENT_SOURCE: 'local',
      DIB_TROVE_AGENT_CHECKOUT: folder('trove'),
      DIB_TROVE_AGENT_CONSTRAINTS: constraints,
    })
    const at = (path: string) => `trove-guest-agent/${path}`
    expect(handed).toEqual(
      [
        at('constraints.txt 644'),
        at('pip.conf 644'),
        at('source/-new 644'),
        at('source/.gitignore 644'),
        at('source/bin/run me 755'),
        at('source/link.py 777 new.py'),
        at('source/new.py 644'),
        at('source/old.py 644'),
        at('source/setup.cfg 644'),
      ].toSorted(),
    )
    // What the plan's digest covers is what is copied.
    const covered = (await listFiles(folder('trove'))).map(path => at(`source/${path}`))
    expect(handed.map(line => line.replace(/ \d{3}( .*)?$/, '')).filter(path => path.includes('/source/'))).toEqual(
      covered.toSorted(),
    )
  })

  test('is not asked for with another source', () => {
    expect(hand({ DIB_TROVE_AGENT_SOURCE: 'distribution' })).toEqual([])
  })

  test('leaves no compiler: what is only for the build is named as such, and what came with it is purged', () => {
    const packages = parse(readFileSync(join(own, 'trove-guest-agent/package-installs.yaml'), 'utf8')) as Record<
      string,
      { 'build-only'?: boolean; when?: string } | null
    >
    const onlyForTheBuild = Object.entries(packages).flatMap(([name, parameters]) =>
      parameters?.['build-only'] ? [[name, parameters.when]] : [],
    )
    const local = 'DIB_TROVE_AGENT_SOURCE = local'
    expect(onlyForTheBuild).toEqual(['gcc', 'libc6-dev', 'python3-dev', 'python3-venv'].map(name => [name, local]))
    expect(Object.keys(packages).filter(name => /-dev$|^gcc|^build-/.test(name))).toEqual(
      onlyForTheBuild.map(([name]) => name).filter(name => name !== 'python3-venv'),
    )
    const hooks = readdirSync(join(own, 'trove-guest-agent/install.d'))
    expect([...hooks, '01-package-installs', '99-package-uninstalls'].toSorted(compareHooks)).toEqual([
      '01-package-installs',
      '60-trove-guest-agent-local',
      '98-trove-guest-agent-needless',
      '99-package-uninstalls',
      '99-trove-guest-agent-needless',
    ])
  })

  /** The packages that the hook purges when apt names these as needless before and after DIB removed the compiler. */
  function purged(before: string, after: string): string {
    const place = mkdtempSync(join(work, 'needless-'))
    const names = (file: string) => {
      const hook = join(place, file)
      const text = readFileSync(join(own, 'trove-guest-agent/install.d', file), 'utf8')
      writeFileSync(hook, text.replaceAll('/tmp/trove-guest-agent', join(place, 'tmp')))
      return hook
    }
    mkdirSync(join(place, 'tmp'))
    mkdirSync(join(place, 'bin'))
    const apt = `#!/bin/sh\nif [ "$1" = --simulate ]; then cat ${place}/apt; else echo "$@" >>${place}/purged; fi\n`
    writeFileSync(join(place, 'bin/apt-get'), apt)
    chmodSync(join(place, 'bin/apt-get'), 0o755)
    const env = { PATH: `${join(place, 'bin')}:${process.env.PATH}`, DIB_TROVE_AGENT_SOURCE: 'local' }
    writeFileSync(join(place, 'apt'), before)
    execFileSync('bash', [names('98-trove-guest-agent-needless')], { env })
    writeFileSync(join(place, 'apt'), after)
    execFileSync('bash', [names('99-trove-guest-agent-needless')], { env })
    expect(readdirSync(place)).not.toContain('tmp')
    return readdirSync(place).includes('purged') ? readFileSync(join(place, 'purged'), 'utf8') : ''
  }

  test.each([
    ['Reading...\n', 'Reading...\n', ''],
    [
      'Remv libkept [1]\n',
      'Reading...\nRemv cpp-14 [14.2] [x]\nRemv libkept [1]\nRemv binutils [2]\n',
      '--assume-yes purge binutils cpp-14\n',
    ],
  ])('purges only what has become needless: %j, %j', (before, after, expected) => {
    expect(purged(before, after)).toBe(expected)
  })

  test('has the unit of the distribution: same name, user, order, restarts, configuration and log', () => {
    const hook = (source: string) =>
      readFileSync(join(own, `trove-guest-agent/post-install.d/60-trove-guest-agent-${source}`), 'utf8')
    const lines = (text: string) =>
      text.split('\n').filter(line => /^(After|Wants|StartLimit|User|Restart|Logs|State)\w*=/.test(line))
    const [unit = ''] = /^\[Unit\][\s\S]*?^CFG$/m.exec(hook('local')) ?? []
    expect(lines(unit)).toEqual(lines(hook('distribution')))
    expect(hook('local')).toContain(
      'ExecStart=$venv/bin/trove-guestagent --config-dir=/etc/trove/conf.d --log-file=/var/log/trove/trove-guestagent.log\n',
    )
    expect(hook('local')).toContain('>/etc/systemd/system/trove-guestagent.service <<CFG')
  })
})
