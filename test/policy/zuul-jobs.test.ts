import { describe, expect, test } from 'vitest'
import { changed, ownZuulFiles } from '../support/zuul-project.ts'
import { faultsOf, rules } from '../support/zuul-rules.ts'

const own = ownZuulFiles()

/** A file of ours with one piece replaced; the piece must be there, or the fault would not be planted. */
function edit(path: string, piece: string, by: string): Record<string, string> {
  const text = own.get(path) ?? ''
  if (!text.includes(piece)) throw new Error(`${path} does not contain: ${piece}`)
  return { [path]: text.replace(piece, by) }
}

const jobs = 'zuul.d/jobs.yaml'
const uses = 'zuul.d/project.yaml'
const openstack = 'zuul-openstack.d/jobs.yaml'
const stage = 'roles/trove-image-stage/tasks/main.yaml'
const lint = '- job:\n    name: trove-image-lint\n'
const smoke = '    parent: trove-tempest-ubuntu-base-mysql\n'
const planted = (attributes: string) =>
  `- job:\n    name: planted\n    timeout: 60\n    run: playbooks/lint/run.yaml\n${attributes}`
const use = (pipeline: string, name: string, attributes: string) =>
  `- project:\n    ${pipeline}:\n      jobs:\n        - ${name}:\n${attributes}`
const node = '            nodeset: one-node\n'

describe('the Zuul side', () => {
  test('has files to check', () => {
    expect(own.size).toBeGreaterThan(40)
  })

  test('keeps every rule', () => {
    expect(faultsOf(own)).toEqual({})
  })
})

describe('a fault is found, and nothing else', () => {
  const cases: [rule: string, changes: Record<string, string | null>, faults: string[]][] = [
    [
      'what Zuul loads',
      edit(jobs, lint, `${lint}    time-out: 60\n`),
      [`${jobs}: job trove-image-lint: ✖ Unrecognized key: "time-out"`],
    ],
    [
      'what Zuul loads',
      { 'zuul-tests.d/x.yaml': '- pipeline:\n    name: x\n' },
      ['zuul-tests.d/x.yaml: pipeline is no stanza of an untrusted project'],
    ],
    ['files end in .yaml', { 'playbooks/x.yml': '---\n' }, ['playbooks/x.yml: zuul-jobs takes .yaml only']],
    [
      'playbooks exist',
      edit(
        jobs,
        '    run: playbooks/lint/run.yaml',
        '    run:\n      - playbooks/lint/run.yaml\n      - playbooks/lint/ran.yaml',
      ),
      [`${jobs}: trove-image-lint: there is no playbooks/lint/ran.yaml`],
    ],
    [
      'playbooks exist',
      edit(
        'playbooks/devstack-smoke/pre.yaml',
        '- name: Bring',
        '- name: Begin\n  import_playbook: begin.yaml\n\n- name: Bring',
      ),
      ['playbooks/devstack-smoke/pre.yaml: there is no playbooks/devstack-smoke/begin.yaml'],
    ],
    ['every playbook is of use', { 'playbooks/lint/more.yaml': '---\n' }, ['playbooks/lint/more.yaml: no job runs it']],
    [
      'roles exist',
      edit('playbooks/trove-image/post.yaml', '  roles:\n', '  roles:\n    - role: fetch-output\n'),
      ['playbooks/trove-image/post.yaml: there is no role fetch-output here'],
    ],
    [
      'jobs that are run exist',
      edit(uses, '- project:\n', `${use('post', 'trove-image-lin', node)}- project:\n`),
      [`${uses}: post: there is no job trove-image-lin here`],
    ],
    [
      'jobs that are run are not abstract',
      edit(uses, '- project:\n', `${use('post', 'trove-image-publish', node)}- project:\n`),
      [`${uses}: post: trove-image-publish is abstract and cannot be run`],
    ],
    [
      'every use says with what nodes',
      edit(uses, '- project:\n', '- project:\n    post:\n      jobs:\n        - trove-image-lint\n- project:\n'),
      [`${uses}: post: trove-image-lint has no nodeset and would get none`],
    ],
    [
      'a role documents its variables',
      edit('roles/trove-image-clean/defaults/main.yaml', '---\n', '---\ntrove_image_clean_more: 1\n'),
      ['roles/trove-image-clean/defaults/main.yaml: trove_image_clean_more is not in README.rst'],
    ],
    [
      'a role documents its variables',
      edit(
        'roles/trove-image-clean/README.rst',
        '.. zuul:rolevar',
        '.. zuul:rolevar:: clean_x\n\n   X.\n\n.. zuul:rolevar',
      ),
      ['roles/trove-image-clean/README.rst: clean_x does not begin with trove_image_clean_'],
    ],
    [
      "a role's README is of zuul-jobs' form",
      edit('roles/trove-image-output/README.rst', 'Hands', '=====\nHands'),
      ['roles/trove-image-output/README.rst: does not begin with a summary of one line'],
    ],
    [
      'expressions are RE2',
      edit(uses, '              - ^dist/\n', '              - ^(?!docs)\n'),
      [`${uses}: trove-image-build-debian-trixie: ^(?!docs) is nothing that RE2 takes`],
    ],
    [
      'expressions are RE2',
      { 'zuul.d/x.yaml': planted("    failure-output:\n      - '(a)\\1'\n") },
      ['zuul.d/x.yaml: planted: (a)\\1 is nothing that RE2 takes'],
    ],
    [
      'no secret before review',
      edit(uses, '        - trove-image-lint:\n', '        - trove-image-lint:\n            secrets: broker\n'),
      [`${uses}: check: trove-image-lint uses a secret`],
    ],
    [
      'a secret is encrypted',
      {
        'zuul-tests.d/x.yaml':
          '- secret:\n    name: x\n    data:\n      value: !encrypted/pkcs1-oaep\n        - abc=\n      user: me\n',
      },
      ['zuul-tests.d/x.yaml: secret x: user is in clear'],
    ],
    [
      'every job has a time limit',
      { 'zuul.d/x.yaml': '- job:\n    name: planted\n    run: playbooks/lint/run.yaml\n' },
      ['zuul.d/x.yaml: planted has no timeout'],
    ],
    [
      'a time limit is one that a tenant allows',
      { 'zuul.d/x.yaml': '- job:\n    name: planted\n    run: playbooks/lint/run.yaml\n    timeout: 14400\n' },
      ['zuul.d/x.yaml: planted has a timeout above 10800 s'],
    ],
    ...(
      [
        ['files', '    files: !inherit\n      - ^x\n'],
        ['irrelevant-files', '    irrelevant-files: ^x\n'],
        ['voting', '    voting: false\n'],
        ['nodeset', '    nodeset: x\n'],
        ['branches', '    branches: ^x\n'],
        ['required-projects', '    required-projects: x\n'],
        ['allowed-projects', '    allowed-projects: x\n'],
        ['secrets', '    secrets: x\n'],
        ['roles', '    roles:\n      - zuul: x\n'],
        ['the foreign parent unknown', '    parent: unknown\n'],
      ] as const
    ).map(([what, attributes]): (typeof cases)[number] => [
      'a reusable job leaves to its consumers what is theirs',
      { 'zuul.d/x.yaml': planted(attributes) },
      [`zuul.d/x.yaml: planted has ${what}`],
    ]),
    [
      'a reusable job leaves to its consumers what is theirs',
      { 'zuul.d/x.yaml': planted('    parent: publish-trove-image-openstack\n') },
      ['zuul.d/x.yaml: planted has a parent that not every tenant loads'],
    ],
    [
      'stanzas for every tenant need nothing from outside',
      { 'zuul.d/x.yaml': '- nodeset:\n    name: x\n    nodes: []\n' },
      ['zuul.d/x.yaml: has a nodeset'],
    ],
    [
      'deprecated attributes are not used',
      { 'zuul.d/x.yaml': planted('    cleanup-run: playbooks/trove-image/clean.yaml\n') },
      ['zuul.d/x.yaml: planted has cleanup-run'],
    ],
    [
      'artifacts are not handed over by provides and requires',
      { 'zuul.d/x.yaml': planted('    provides: image\n') },
      ['zuul.d/x.yaml: planted: Zuul ignores provides and requires for periodic, branch and tag items'],
    ],
    [
      'a build before the run has one attempt',
      edit(openstack, '    attempts: 1\n', ''),
      [`${openstack}: trove-image-devstack-smoke would build up to three times`],
    ],
    [
      "a child of devstack keeps devstack's run and its registration",
      edit(openstack, smoke, `${smoke}    run: playbooks/lint/run.yaml\n`),
      [`${openstack}: trove-image-devstack-smoke replaces the run of trove-tempest-ubuntu-base-mysql`],
    ],
    [
      "a child of devstack keeps devstack's run and its registration",
      edit(openstack, '        SYNC_LOG', '        TROVE_ENABLE_IMAGE_BUILD: false\n        SYNC_LOG'),
      [
        `${openstack}: trove-image-devstack-smoke sets TROVE_ENABLE_IMAGE_BUILD, which also decides about the registration`,
      ],
    ],
    [
      "a child of devstack keeps devstack's run and its registration",
      edit(openstack, 'file:///opt', 'https://example.org'),
      [`${openstack}: trove-image-devstack-smoke gives devstack no image of this node`],
    ],
    [
      'what is published was proven before any post-run',
      { 'zuul.d/x.yaml': planted('    post-run: playbooks/trove-image/publication.yaml\n') },
      ['zuul.d/x.yaml: planted fetches the publication after the run, where a parent may have published already'],
    ],
    [
      'clean-up also follows a cancelled run',
      edit(jobs, '        cleanup: true\n', ''),
      [`${jobs}: trove-image-build does not clean up after a cancelled run`],
    ],
    [
      'an image is kept after success only',
      edit('roles/trove-image-output/tasks/main.yaml', '    - zuul_success | default(false) | bool\n', ''),
      ['roles/trove-image-output/tasks/main.yaml: "Keep the image" does not ask for zuul_success'],
    ],
    [
      'no launcher takes our image',
      edit('roles/trove-image-output/tasks/image.yaml', 'type: trove_guest_image', 'type: zuul_image'),
      ['roles/trove-image-output/tasks/image.yaml: returns an artifact of type zuul_image'],
    ],
    [
      'what runs on the executor says so',
      edit('roles/trove-image-output/tasks/image.yaml', '  delegate_to: localhost\n', ''),
      ['roles/trove-image-output/tasks/image.yaml: "List the image as an artifact" is not delegated'],
    ],
    [
      'files are copied without their owners',
      edit('roles/trove-image-fetch-publication/tasks/main.yaml', '        group: false\n', ''),
      ['roles/trove-image-fetch-publication/tasks/main.yaml: "Fetch the publication" takes owners along'],
    ],
    [
      'inputs are seen by nobody',
      edit(stage, '      no_log: true\n', ''),
      [`${stage}: "Write the inputs" logs the inputs or lets others read them`],
    ],
    [
      'inputs are seen by nobody',
      edit(stage, 'mode: "0600"', 'mode: "0644"'),
      [`${stage}: "Write the inputs" logs the inputs or lets others read them`],
    ],
    [
      'inputs are seen by nobody',
      edit(stage, '---\n', '---\n- name: Look\n  debug:\n    var: trove_image_stage_inputs\n'),
      [`${stage}: "Look" shows inputs`],
    ],
    [
      'a non-voting job is not in gate',
      edit(
        uses,
        '    gate:\n      jobs:\n        - trove-image-lint:\n',
        '    gate:\n      jobs:\n        - trove-image-lint:\n            voting: false\n',
      ),
      [`${uses}: gate: trove-image-lint does not vote`],
    ],
  ]

  test.each(cases)('%s (%#)', (rule, changes, faults) => {
    expect(faultsOf(changed(own, changes))).toEqual({ [rule]: faults })
  })

  test('for every rule there is a case', () => {
    expect(new Set(cases.map(([rule]) => rule))).toEqual(new Set(Object.keys(rules)))
  })
})
