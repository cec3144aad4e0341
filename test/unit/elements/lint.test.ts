import { describe, expect, test } from 'vitest'
import { lintElement } from '../../../src/elements/element-lint.ts'
import { findingText } from '../../../src/elements/finding.ts'
import { lintPackageInstalls } from '../../../src/elements/package-lint.ts'
import { resolveElements } from '../../../src/elements/resolution.ts'
import { lintSet, wordResolution, wordUnstable } from '../../../src/elements/set-lint.ts'
import { catalogueOf, element, type Files } from './fixture.ts'

const script = '#!/bin/bash\n'
const texts = (findings: readonly Parameters<typeof findingText>[0][]) => findings.map(findingText)

describe('an element', () => {
  test.each<[string, Files]>([
    [
      'hooks, data beside them, environment, package lists of the old form',
      {
        '+install.d/10-hook': script,
        'install.d/unit.service': '[Unit]\n',
        'install.d/package-installs-x': 'less\n',
        '+install.d/x-source-install/20-more': script,
        'install.d/x-source-install/x.conf': 'a=b',
        'environment.d/10-x.bash': 'export A=1\n',
        'static/etc/issue': 'hello',
        '+bin/tool.py': script,
        'files/50-rules': 'data',
        'README.rst': '',
        'pkg-map': '{}',
        'svc-map': 'x: {}',
      },
    ],
    ['nothing', {}],
  ])('with %s is fine', (_, files) => {
    expect(texts(lintElement(element('x', files)))).toEqual([])
  })

  test.each<[string, Files, string]>([
    [
      'a dot in a hook',
      { '+install.d/50-foo.sh': script },
      '/e/x/install.d/50-foo.sh: DIB will not run this hook: its name may hold letters, digits, - and _ only; rename it to 50-foo',
    ],
    [
      'a script with a dot that is not executable either',
      { 'install.d/50-foo.sh': script },
      '/e/x/install.d/50-foo.sh: DIB will not run this hook: its name may hold letters, digits, - and _ only; rename it to 50-foo',
    ],
    [
      'a blank in a hook',
      { '+root.d/50 foo': script },
      '/e/x/root.d/50 foo: DIB will not run this hook: its name may hold letters, digits, - and _ only; rename it to 50-foo',
    ],
    [
      'a script that is not executable',
      { 'post-install.d/foo': script },
      '/e/x/post-install.d/foo: DIB will not run this hook: it is not executable; chmod +x',
    ],
    [
      'a numbered file that is not executable',
      { 'cleanup.d/90-foo': 'echo\n' },
      '/e/x/cleanup.d/90-foo: DIB will not run this hook: it is not executable; chmod +x',
    ],
    [
      'a hook of an install type',
      { 'install.d/x-source-install/20-foo': script },
      '/e/x/install.d/x-source-install/20-foo: DIB will not run this hook: it is not executable; chmod +x',
    ],
    ['a dead link', { 'install.d/10-gone': null }, '/e/x/install.d/10-gone: is a link that leads nowhere'],
    [
      'an environment file',
      { 'environment.d/10 x': '' },
      '/e/x/environment.d/10 x: DIB will not source it: its name may hold letters, digits, _ - and . only',
    ],
    [
      'a misspelt phase',
      { '+finalize.d/10-x': script },
      '/e/x/finalize.d: DIB has no phase finalize.d and will not run what is in it; did you mean finalise.d?',
    ],
    [
      'a phase without .d',
      { '+install/10-x': script },
      '/e/x/install: DIB has no phase install and will not run what is in it; did you mean install.d?',
    ],
    [
      'a phase like nothing',
      { '+zebra-crossing.d/10-x': script },
      '/e/x/zebra-crossing.d: DIB has no phase zebra-crossing.d and will not run what is in it; phases are root.d, extra-data.d, pre-install.d, install.d, post-install.d, post-root.d, block-device.d, pre-finalise.d, finalise.d, cleanup.d',
    ],
    [
      'a comment in element-deps',
      { 'element-deps': 'a\n\n# why\n' },
      '/e/x/element-deps:3: "# why": DIB knows no comments here and takes the line for a name',
    ],
    [
      'two names on a line',
      { 'element-provides': 'a b\n' },
      '/e/x/element-provides:1: "a b": one name a line; DIB takes this for one name',
    ],
    ['a package map', { 'pkg-map': '{' }, expect.stringMatching(/^\/e\/x\/pkg-map: not JSON, at which DIB ends: /)],
    ['a service map', { 'svc-map': 'a: [' }, expect.stringMatching(/^\/e\/x\/svc-map: not YAML, at which DIB ends: /)],
  ])('%s is found', (_, files, message) => {
    expect(texts(lintElement(element('x', files)))).toEqual([message])
    expect(lintElement(element('x', files)).map(finding => finding.level)).toEqual(['error'])
    expect(lintElement(element('x', files, 'dib')).map(finding => finding.level)).toEqual(['warning'])
  })
})

test('a script with a dot and without a number may be data: it is warned of', () => {
  const files = { '+install.d/ifup.sh': script }
  expect(lintElement(element('x', files))).toEqual([
    {
      level: 'warning',
      file: '/e/x/install.d/ifup.sh',
      message: 'DIB will not run this hook: its name may hold letters, digits, - and _ only; rename it to ifup',
    },
  ])
})

describe('a package list', () => {
  const context = { architecture: 'amd64', variables: new Set(['DIB_SET']) }
  const lint = (text: string, path = 'package-installs.yaml') =>
    texts(lintPackageInstalls(element('x', { [path]: text }), context))

  test.each([
    [
      'a:\nb:\n  phase: pre-install.d\n  arch: amd64,arm64\nc:\n  build-only: True\n  when:\n  - DIB_SET = 1\n  - DIB_SET != 2\n',
      'package-installs.yaml',
    ],
    ['{"a": null, "b": {"uninstall": true}}', 'package-installs.json'],
    ['a:\n  uninstall: yes\n', 'package-installs.yaml'],
    ['a:\n- arch: amd64\n- not-arch: amd64\n  installtype: source\n', 'package-installs.yaml'],
  ])('%j is fine', (text, path) => {
    expect(lint(text, path)).toEqual([])
  })

  test.each([
    [
      'a:\nb:\n  arch: amd64, arm64\n',
      '3: package b: arch "amd64, arm64": "arm64" never matches because of the blank; write amd64,arm64',
    ],
    [
      'a:\n  uninstall: False\n',
      '2: package a: "uninstall: false" is read as if it were true: only the key\'s presence counts; remove the line',
    ],
    [
      'a:\n  build-only: no\n',
      '2: package a: "build-only: false" is read as if it were true: only the key\'s presence counts; remove the line',
    ],
    [
      'a:\n  phase: install\n',
      '2: package a: phase "install" installs nothing; legal are pre-install.d, install.d, post-install.d',
    ],
    [
      'a:\n  buildonly: True\n',
      '2: package a: DIB ignores "buildonly"; did you mean "build-only"? known are phase, uninstall, build-only, installtype, arch, not-arch, when, dib_python_version',
    ],
    [
      'a:\n  when: DIB_UNSET = 1\n',
      "2: package a: when needs DIB_UNSET, which nothing sets, and DIB ends there: give it a default in the element's environment.d",
    ],
    [
      'a:\n  when: DIB_SET == 1\n',
      '2: package a: when "DIB_SET == 1" compares with the text "= 1"; DIB knows = and !=, not ==',
    ],
    [
      'a:\n  when: DIB_SET = "1"\n',
      '2: package a: when "DIB_SET = "1"" compares with the quotes too; write the value without them',
    ],
    [
      'a:\n  when: DIB_SET is 1\n',
      '2: package a: when "DIB_SET is 1" is malformed, DIB ends at this; expected VARIABLE = value, or != for not',
    ],
    ['a:\n  when: 7\n', '2: package a: when takes a text such as "VARIABLE = value": DIB ends at this'],
    ['a:\n  arch: [amd64]\n', '2: package a: arch takes a text such as amd64,arm64: DIB ends at this'],
    ['a:\n  arch: amd64\n  not-arch: arm64\n', '3: package a: arch and not-arch together: DIB ends at this'],
    ['a: b\n', '1: package a: expected nothing, or "key: value" lines below it; DIB ends at this'],
    ['- a\n', '1: DIB ends at this file: it must map package names, "name:" a line (an empty file is an error too)'],
    ['', '1: DIB ends at this file: it must map package names, "name:" a line (an empty file is an error too)'],
    ['a:\nb:\na:\n', '3: package a is listed twice: DIB takes the last one only'],
  ])('%j is found', (text, message) => {
    expect(lint(text)).toEqual([`/e/x/package-installs.yaml:${message}`])
  })

  test('what is not YAML at all is found with its line', () => {
    expect(lint('a:\n  when: [\n')).toEqual([expect.stringMatching(/^\/e\/x\/package-installs\.yaml:\d: not YAML: /)])
  })
})

describe('a set', () => {
  test('a hook of one name in two elements: the one that is not DIB’s is to be renamed', () => {
    const findings = lintSet([
      element('a', { '+install.d/10-same': script }),
      element('z', { '+install.d/10-same': script, '+install.d/20-other': script, '+root.d/10-same': script }, 'dib'),
    ])
    expect(findings).toEqual([
      {
        level: 'error',
        file: '/e/a/install.d/10-same',
        message:
          'element z has install.d/10-same too, and DIB ends with "There is a duplicated hook in your elements"; rename one',
      },
    ])
  })

  test('a file of one name at the top of two elements is lost; those that DIB reads in place are not', () => {
    const files = { 'source-repository-x': '', 'README.rst': '', 'pkg-map': '{}', 'package-installs.yaml': 'a:' }
    expect(texts(lintSet([element('a', files), element('b', files)]))).toEqual([
      '/e/b/source-repository-x: element a has source-repository-x too, and DIB copies both to one place and one of them is lost; rename one',
    ])
  })

  test('a circle', () => {
    const circle = [element('a', { 'element-deps': 'c\nb\n' }), element('b', { 'element-deps': 'a' }), element('c')]
    expect(lintSet(circle)).toEqual([
      {
        level: 'error',
        file: '/e/a/element-deps',
        line: 2,
        message:
          'elements depend on each other in a circle: a -> b -> a. DIB does not mind (hooks run by their numbers), ' +
          'but none of them can count on another being there first: remove one dependency',
      },
    ])
    const dibs = circle.map(item => ({ ...item, origin: 'dib' as const }))
    expect(lintSet(dibs).map(finding => finding.level)).toEqual(['warning'])
  })

  test('an element in the place of another', () => {
    const overridden = element('a', {}, 'dib')
    expect(lintSet([{ ...element('a'), folder: '/mine/a', overrides: [overridden] }])).toEqual([
      {
        level: 'warning',
        file: '/mine/a',
        message: 'element a takes the place of /e/a; DIB still installs the packages of both',
      },
    ])
  })
})

describe('a set that does not resolve says why', () => {
  const os = element('os', { 'element-provides': 'operating-system' })
  const other = element('other-os', { 'element-provides': 'operating-system' })
  const disk = element('block-device-x', { 'element-provides': 'block-device' })
  const vm = element('vm', { 'element-deps': '\nblock-device\n' })
  const catalogue = catalogueOf(
    os,
    other,
    disk,
    vm,
    element('guest', { 'element-deps': 'gest-agent\n' }),
    element('guest-agent'),
  )

  test.each([
    [
      ['os', 'vmm'],
      'there is no element "vmm"; did you mean vm? Otherwise add the folder that holds it to element-paths',
    ],
    [['os', 'zebra-crossing'], 'there is no element "zebra-crossing"; add the folder that holds it to element-paths'],
    [
      ['os', 'guest'],
      '/e/guest/element-deps:1: there is no element "gest-agent"; did you mean guest-agent? Otherwise add the folder that holds it to element-paths',
    ],
    [
      ['os', 'vm'],
      '/e/vm/element-deps:2: there is no element "block-device"; it is a virtual name: add an element that provides it (block-device-x) to the recipe\'s elements',
    ],
    [['os', 'other-os'], 'operating-system is provided by both os and other-os: only one of them can be in the image'],
    [['os', 'os'], 'element os is named twice, and DIB takes it for two providers of operating-system'],
    [
      ['vm', 'block-device-x', 'os', 'block-device'],
      'element block-device is already provided by block-device-x: leave out one of them',
    ],
    [['guest-agent'], 'no element provides operating-system; elements that do: os, other-os'],
  ])('%j', (typed, message) => {
    const { resolution } = resolveElements(typed, catalogue)
    const finding = resolution.fault ? wordResolution(resolution.fault, typed, catalogue) : undefined
    expect(finding && findingText(finding)).toBe(message)
    expect(finding?.level).toBe('error')
  })

  test('by chance', () => {
    const fragile = catalogueOf(
      os,
      element('a', { 'element-deps': 'virt\nprovider' }),
      element('provider', { 'element-provides': 'virt' }),
    )
    expect(resolveElements(['os', 'a'], fragile)).toEqual({
      resolution: { names: ['a', 'os', 'provider'] },
      stable: false,
    })
    expect(findingText(wordUnstable(['os', 'a'], fragile))).toBe(
      'whether DIB resolves these elements depends on chance: a virtual name and its provider are both only dependencies ' +
        "(/e/a/element-deps). Add the provider to the recipe's elements; typed are os, a",
    )
  })
})
