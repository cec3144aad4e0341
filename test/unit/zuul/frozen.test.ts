import { expect, test } from 'vitest'
import { frozen } from '../../zuul/frozen.ts'

const playbook = (project: string, path: string, more: object = {}) => ({
  ...{ connection: 'site', project, branch: 'master', path, trusted: false, cleanup: false, nesting_level: 0 },
  ...{ roles: [{ type: 'zuul', target_name: 'roles', connection: 'site', project }], secrets: {}, semaphores: [] },
  ...more,
})

test('a frozen job keeps what a change of ours could alter, and nothing that differs between two starts of a site', () => {
  const answer = {
    items: [],
    branch: 'master',
    ssh_keys: ['REDACTED'],
    zuul: {
      voting: false,
      post_review: true,
      build: '0'.repeat(32),
      _inheritance_path: [
        '<Job base explicit: None implied: {MatchAny:{ImpliedBranchMatcher:master}} source: config/base/zuul.d/jobs.yaml@master#2>',
        '<Job publish explicit: None implied: None source: consumer/images/zuul.d/jobs.yaml@master#40>',
      ],
    },
    job: 'publish',
    timeout: 5400,
    post_timeout: 900,
    projects: [{ canonical_name: 'site.example/b/b' }, { canonical_name: 'github.com/a/a' }],
    nodeset: {
      name: 'n',
      nodes: [{ id: null, label: 'debian-bookworm', name: 'node', aliases: [] }],
      groups: [{ name: 'tempest', nodes: ['node'] }],
    },
    pre_playbooks: [playbook('config/base', 'playbooks/pre.yaml', { trusted: true })],
    playbooks: [playbook('example/builder', 'playbooks/build.yaml')],
    post_playbooks: [
      playbook('consumer/images', 'playbooks/publish.yaml', { secrets: { server: 'REDACTED' } }),
      playbook('example/builder', 'playbooks/clean.yaml', { cleanup: true }),
    ],
    cleanup_playbooks: [],
    vars: { b: { d: 1, c: [true] }, a: '{{ later }}' },
    failure_output: [],
  }
  expect(frozen(answer)).toEqual({
    name: 'publish',
    voting: false,
    postReview: true,
    inheritance: ['base of config/base/zuul.d/jobs.yaml', 'publish of consumer/images/zuul.d/jobs.yaml'],
    timeout: 5400,
    postTimeout: 900,
    nodes: ['node: debian-bookworm'],
    groups: ['tempest: node'],
    requiredProjects: ['github.com/a/a', 'site.example/b/b'],
    playbooks: {
      pre: ['config/base playbooks/pre.yaml (trusted; roles of config/base)'],
      run: ['example/builder playbooks/build.yaml (roles of example/builder)'],
      post: [
        'consumer/images playbooks/publish.yaml (roles of consumer/images)',
        'example/builder playbooks/clean.yaml (cleanup; roles of example/builder)',
      ],
    },
    secrets: ['consumer/images playbooks/publish.yaml: server'],
    failureOutput: [],
    variables: { a: '{{ later }}', b: { c: [true], d: 1 } },
  })
  expect(JSON.stringify(frozen(answer).variables)).toBe('{"a":"{{ later }}","b":{"c":[true],"d":1}}')
})
