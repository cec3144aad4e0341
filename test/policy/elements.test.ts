import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type ElementWithFiles, readCatalogue, readElementFiles } from '../../src/elements/element.ts'
import { lintElement } from '../../src/elements/element-lint.ts'
import { findingText } from '../../src/elements/finding.ts'
import { lintPackageInstalls } from '../../src/elements/package-lint.ts'
import { lintSet } from '../../src/elements/set-lint.ts'
import { projectRoot } from '../../src/system/home.ts'
import { realDib } from '../support/dib.ts'

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

  test.each([
    ['distribution', 0, ''],
    ['git', 1, 'DIB_TROVE_AGENT_SOURCE=git is unknown; legal is: distribution'],
  ])('agent source %s', (DIB_TROVE_AGENT_SOURCE, status, message) => {
    const result = hook('trove-guest-agent/root.d/01-trove-guest-agent-source', { DIB_TROVE_AGENT_SOURCE })
    expect(result).toEqual({ status, stderr: expect.stringContaining(message) })
  })

  test('each has a default', () => {
    const text = [
      'trove-guest/environment.d/05-trove-guest.bash',
      'trove-guest-agent/environment.d/10-trove-guest-agent.bash',
    ]
      .map(path => readFileSync(join(own, path), 'utf8'))
      .join('')
    const { stdout } = spawnSync('bash', ['-euc', `${text}\necho $DIB_TROVE_GUEST_USER $DIB_TROVE_AGENT_SOURCE`], {
      env: { PATH: process.env.PATH ?? '' },
      encoding: 'utf8',
    })
    expect(stdout).toBe('ubuntu distribution\n')
  })
})
