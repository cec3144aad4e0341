import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type BuildMirrors, type Inspection, inspect, type RuleResult, rules } from '../../../src/contract/index.ts'
import { type Grant, type Inventory, inventorySchema } from '../../../src/inventory/index.ts'
import { projectRoot } from '../../../src/system/home.ts'
import { Broken } from './broken.ts'
import { negativeCases } from './negative-cases.ts'

/** The inventory of a real image that satisfies the contract, see test/support/reduce-inventory.ts. */
const good = inventorySchema.parse(
  JSON.parse(readFileSync(join(projectRoot(), 'test/fixtures/contract/good.json'), 'utf8')),
)
const now = new Date('2026-11-25T12:00:00Z')

function judge(inventory: Inventory, buildMirrors: BuildMirrors | null = { used: [], allowed: [] }): Inspection {
  return inspect(inventory, { guestUser: 'ubuntu', buildMirrors, waivers: [], now })
}

function remarkable(results: readonly RuleResult[]): Record<string, string> {
  return Object.fromEntries(
    results.filter(({ status }) => !['passed', 'waived'].includes(status)).map(({ rule, status }) => [rule, status]),
  )
}

describe('the good image', () => {
  test('satisfies every rule but the one that its agent comes without', () => {
    const { counts, status, results } = judge(good)
    expect(remarkable(results)).toEqual({})
    expect({ counts, status }).toEqual({
      counts: { passed: rules.length - 1, failed: 0, waived: 1, unknown: 0 },
      status: 'passed',
    })
  })

  test('keeps satisfying them whoever asks for mirrors that it does not use', () => {
    const { buildMirrors, status } = judge(good, { used: ['http://mirror.example.com/debian'], allowed: [] })
    expect({ buildMirrors, status }).toEqual({ buildMirrors: ['http://mirror.example.com/debian'], status: 'passed' })
  })

  test('without a lock it is said that no mirror was compared', () => {
    const { buildMirrors, guestUser, results } = judge(good, null)
    expect({ buildMirrors, guestUser, result: results.find(({ rule }) => rule === 'no-build-mirror') }).toEqual({
      buildMirrors: null,
      guestUser: 'ubuntu',
      result: {
        rule: 'no-build-mirror',
        title: 'The mirror that the build used is not in the sources.',
        status: 'passed',
        evidence: ['no lock.json was given: the mirror of the build is not known'],
        remedy: '',
      },
    })
  })
})

describe('what real images have', () => {
  const sudoers = (...lines: Partial<Grant>[]) =>
    lines.map((line, index) => ({
      file: '/etc/sudoers.d/x',
      line: index + 1,
      who: 'ubuntu',
      hosts: ['ALL'],
      runAs: 'ALL:ALL',
      noPassword: true,
      commands: ['ALL'],
      ...line,
    }))
  const setDaemon = (command: string) => (image: Broken) => image.set('docker.service', 'Service', 'ExecStart', command)
  const setMirrors = (used: string, allowed: string) => ({ used: [used], allowed: [allowed] })

  test.each<[string, (image: Broken) => void, BuildMirrors?]>([
    [
      "a grant for one tool before the one for all, and another user's",
      image => {
        image.inventory.sudoers.grants = sudoers(
          { noPassword: false, commands: ['/usr/bin/apt'] },
          { commands: ['ALL'] },
          { runAs: 'postgres', noPassword: false },
          { who: 'backup', noPassword: false },
          { commands: ['/usr/bin/rsync'] },
        )
      },
    ],
    [
      'a terminal demanded of others, or taken back',
      image => {
        image.inventory.sudoers.requireTty = [
          { scope: '', value: true },
          { scope: ':ubuntu', value: false },
          { scope: ':backup', value: true },
        ]
      },
    ],
    [
      'a condition of the SSH server that closes it',
      image => {
        const text = 'Match User x: PermitRootLogin prohibit-password'
        image.inventory.ssh.conditional.push({ file: '/etc/ssh/sshd_config', line: 9, text })
      },
    ],
    ['docker-ce', setDaemon('/usr/sbin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock')],
    [
      "Docker's own configuration by name",
      setDaemon('/usr/sbin/dockerd -H unix:///run/docker.sock --config-file=/etc/docker/daemon.json'),
    ],
    [
      'Docker on the network with certificates',
      setDaemon('/usr/sbin/dockerd -H fd:// -H tcp://0.0.0.0:2376 --tlsverify --tlscacert=/etc/docker/ca.pem'),
    ],
    [
      "GRUB's entry for recovery, and the usual words",
      image => {
        const [first] = image.grub.entries
        if (first === undefined) throw new Error('no entry')
        image.grub.entries.push({
          ...first,
          title: `${first.title} (recovery mode)`,
          arguments: [...first.arguments, 'single'],
        })
        first.arguments.push(
          'quiet',
          'init=/lib/systemd/systemd',
          'systemd.unit=multi-user.target',
          'ds=openstack',
          'net.ifnames=0',
        )
      },
    ],
    [
      "a distribution's archive beside the mirror that the build used there",
      image => {
        for (const source of image.inventory.packageSources.sources)
          source.uris = ['http://archive.example.org/debian-security']
      },
      setMirrors('http://archive.example.org', 'http://archive.example.org/debian-security'),
    ],
    [
      'a host whose name begins like the mirror',
      image => {
        for (const source of image.inventory.packageSources.sources)
          source.uris = ['http://mirror.example.com.org/debian']
      },
      setMirrors('http://mirror.example.com', 'http://x.example.org'),
    ],
    [
      'an address just outside of shared address space',
      image => {
        for (const source of image.inventory.packageSources.sources) source.uris = ['http://100.128.0.1/debian']
      },
    ],
  ])('%s is no fault', (_, change, buildMirrors) => {
    const image = new Broken(good)
    change(image)
    expect(remarkable(judge(image.inventory, buildMirrors).results)).toEqual({})
  })
})

describe('every rule', () => {
  test('has an id of its own in kebab case, a sentence, a reason and a remedy', () => {
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length)
    for (const rule of rules) {
      expect(rule.id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
      for (const text of [rule.title, rule.why, rule.remedy]) expect(text).toMatch(/^\S.{10,}\.$/)
    }
  })

  test('has a negative case', () => {
    const broken = new Set(negativeCases.map(({ rule }) => rule))
    expect(rules.map(({ id }) => id).filter(id => !broken.has(id))).toEqual([])
  })

  test('is one that a negative case can name', () => {
    const known = new Set(rules.map(({ id }) => id))
    expect(negativeCases.flatMap(({ rule, also = [] }) => [rule, ...also]).filter(id => !known.has(id))).toEqual([])
  })
})

describe.each(negativeCases)(
  '$rule: $title',
  ({ rule, break: breakIt, also = [], evidence, status = 'failed', buildMirrors }) => {
    const image = new Broken(good)
    breakIt(image)
    const inspection = judge(image.inventory, buildMirrors)

    // Nothing else is found: without the rule this image would have passed.
    test('is found, and nothing else', () => {
      expect(remarkable(inspection.results)).toEqual({
        [rule]: status,
        ...Object.fromEntries(also.map(id => [id, 'failed'])),
      })
      expect(inspection.results.find(result => result.rule === rule)?.evidence).toEqual(evidence)
      expect(inspection.status).toBe('failed')
    })

    test('is an inventory that could be written down', () => {
      expect(() => inventorySchema.parse(image.inventory)).not.toThrow()
    })
  },
)
