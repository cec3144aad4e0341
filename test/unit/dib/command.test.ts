import { expect, test } from 'vitest'
import { describeCommand, dibCacheName, dibCommand } from '../../../src/dib/command.ts'
import type { DibPlan } from '../../../src/dib/dib-plan.ts'

const plan: DibPlan = {
  recipe: { distribution: 'debian', release: 'trixie', architecture: 'amd64' },
  typedElements: ['debian-minimal', 'trove-guest'],
  elementPaths: ['/srv/mine', '/srv/project'],
  environment: { DIB_RELEASE: 'trixie' },
  placeEnvironment: { DIB_TROVE_AGENT_CHECKOUT: '/src/trove' },
  packages: ['htop', 'jq'],
  image: { name: 'guest', sizeBytes: 5 * 1024 ** 3, formats: ['qcow2'], disk: 'own' },
}
const dib = {
  version: '3.43.0',
  from: 'private' as const,
  packageFolder: '/env/lib/diskimage_builder',
  elementsFolder: '/env/lib/diskimage_builder/elements',
  binFolder: '/env/bin',
}
const folders = { temporary: '/w/tmp', home: '/w/home', cache: '/c/debian', result: '/w/result' }

test('a root file system: one tar, only the allow-listed environment', () => {
  expect(dibCommand(plan, dib, folders, 'alice')).toEqual({
    program: '/env/bin/disk-image-create',
    args: [
      '-a',
      'amd64',
      '-t',
      'tar',
      '-o',
      '/w/result/guest',
      '--no-tmpfs',
      '-p',
      'htop,jq',
      'debian-minimal',
      'trove-guest',
    ],
    environment: {
      DIB_RELEASE: 'trixie',
      DIB_TROVE_AGENT_CHECKOUT: '/src/trove',
      PATH: '/env/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: '/w/home',
      USER: 'alice',
      TMPDIR: '/w/tmp',
      PYTHONHASHSEED: '0',
      DIB_IMAGE_CACHE: '/c/debian',
      ELEMENTS_PATH: '/srv/mine:/srv/project',
    },
    resultFile: '/w/result/guest.tar',
  })
})

test("DIB's own disk: one raw file of the plan's size, converted by us", () => {
  const image = { ...plan.image, disk: 'dib' as const, formats: ['qcow2', 'raw'] }
  const command = dibCommand({ ...plan, image, packages: [] }, dib, folders, 'alice')
  expect([command.args, command.resultFile]).toEqual([
    [
      '-a',
      'amd64',
      '-t',
      'raw',
      '-o',
      '/w/result/guest',
      '--no-tmpfs',
      '--image-size',
      '5',
      'debian-minimal',
      'trove-guest',
    ],
    '/w/result/guest.raw',
  ])
})

test('without element paths the variable is absent: DIB refuses an empty entry', () => {
  expect(dibCommand({ ...plan, elementPaths: [] }, dib, folders, 'alice').environment).not.toHaveProperty(
    'ELEMENTS_PATH',
  )
})

test('nothing in the plan can move DIB out of its private folders', () => {
  const environment = { TMPDIR: '/elsewhere', HOME: '/root', PATH: '/evil', DIB_IMAGE_CACHE: '/shared' }
  for (const change of [{ environment }, { placeEnvironment: environment }]) {
    expect(dibCommand({ ...plan, ...change }, dib, folders, 'alice').environment).toMatchObject({
      TMPDIR: '/w/tmp',
      HOME: '/w/home',
      DIB_IMAGE_CACHE: '/c/debian',
    })
  }
})

test('one cache per distribution, release and architecture', () => {
  expect(dibCacheName(plan)).toBe('debian-trixie-amd64')
})

test('a trace is asked for by the option that also sets DIB_DEBUG_TRACE for hooks', () => {
  expect(dibCommand(plan, dib, folders, 'alice', true)).toEqual({
    ...dibCommand(plan, dib, folders, 'alice'),
    args: ['-x', ...dibCommand(plan, dib, folders, 'alice').args],
  })
})

test('what a dry run shows: every variable that reaches a hook and the call, without folders that only a run has', () => {
  expect(describeCommand(plan, dib)).toEqual([
    'environment:',
    '  DIB_RELEASE=trixie',
    '  DIB_TROVE_AGENT_CHECKOUT=/src/trove',
    '  ELEMENTS_PATH=/srv/mine:/srv/project',
    '  PATH=/env/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    '  PYTHONHASHSEED=0',
    'command:',
    '  /env/bin/disk-image-create -a amd64 -t tar -o RESULT/guest --no-tmpfs -p htop,jq debian-minimal trove-guest',
  ])
})
