import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { projectRoot } from '../../src/system/home.ts'
import { ansibleVariables, hasAnsible } from '../support/ansible.ts'

const work = mkdtempSync(join(tmpdir(), 'zuul-lint-'))
afterAll(() => rmSync(work, { recursive: true }))

const linted = [
  '.ansible-lint',
  '.yamllint',
  'playbooks',
  'roles',
  'zuul.d',
  'zuul-openstack.d',
  'zuul-tests.d',
  'images',
]

/** The Zuul side alone, so that linters read nothing else, with some files added. */
function copyWith(name: string, files: Readonly<Record<string, string>> = {}): string {
  const folder = join(work, name)
  mkdirSync(folder)
  for (const entry of linted) cpSync(join(projectRoot(), entry), join(folder, entry), { recursive: true })
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  spawnSync('git', ['init', '--quiet', folder])
  return folder
}

/** A linter's findings, one a line. */
function lint(folder: string, program: string, args: readonly string[]): string[] {
  const env = { ...ansibleVariables(folder), ANSIBLE_ROLES_PATH: join(folder, 'roles') }
  const { stdout, stderr, status, error } = spawnSync(program, args, { cwd: folder, env, encoding: 'utf8' })
  if (error) throw error
  // A linter that found no file has no findings either.
  const [, count = '1'] = /in (\d+) files? processed/.exec(stderr) ?? []
  if (count === '0') throw new Error(`${program} read no file: ${stderr}`)
  const findings = stdout.split('\n').filter(line => /^\S+:\d+/.test(line))
  if ((status === 0) !== (findings.length === 0)) throw new Error(`${program} ended with ${status}: ${stdout}${stderr}`)
  return findings
}

const yamllint = (folder: string) => lint(folder, 'yamllint', ['-s', '-f', 'parsable', '.'])
const ansibleLint = (folder: string, ...paths: string[]) =>
  lint(folder, 'ansible-lint', ['--offline', '--nocolor', '--format', 'pep8', '--strict', ...paths])

// ansible-lint takes seconds alone, and minutes on a machine that has other work.
describe.skipIf(!hasAnsible)('with the settings of zuul-jobs', { timeout: 1_800_000 }, () => {
  test('yamllint finds nothing', () => {
    expect(yamllint(copyWith('yaml'))).toEqual([])
  })

  test('ansible-lint finds nothing', () => {
    expect(ansibleLint(copyWith('ansible'))).toEqual([])
  })

  test('a fault is found by yamllint', () => {
    const folder = copyWith('yaml-fault', { 'zuul.d/x.yaml': '- job:\n    name: x\n    name: y\n' })
    expect(yamllint(folder)).toEqual([expect.stringMatching(/^\.\/zuul\.d\/x\.yaml:3:5: \[error\] duplication of key/)])
  })

  test('a fault is found by ansible-lint', () => {
    const task = '---\n- name: Loop\n  debug:\n    msg: "{{ item }}"\n  loop: [1]\n  ignore_errors: true\n'
    const folder = copyWith('ansible-fault', { 'roles/trove-image-clean/tasks/x.yaml': task })
    const found = ansibleLint(folder, 'roles/trove-image-clean')
    expect(found.map(line => line.replace(/^(\S+?):\d+(?::\d+)?: ([\w-]+(?:\[\w+\])?).*/, '$1 $2'))).toEqual([
      'roles/trove-image-clean/tasks/x.yaml ignore-errors',
      'roles/trove-image-clean/tasks/x.yaml loop-var-prefix[missing]',
    ])
  })
})
