import { describe, expect, test } from 'vitest'
import { BootWatch, describeEnding, type Ending } from '../../../src/vm/boot-watch.ts'

const limits = { capSeconds: 600, stallSeconds: 60, agentSeconds: 180, pingSeconds: 30, powerDownSeconds: 30 }

/** A guest that is busy all the time, watched for so many seconds. */
function busy(watch: BootWatch, from: number, to: number): void {
  for (let at = from; at <= to; at++) watch.tick(at, at)
}

const ending = (watch: BootWatch): string => (watch.ending === undefined ? 'none' : describeEnding(watch.ending))

describe('what comes first wins', () => {
  test('a registration, with its moments on the way', () => {
    const watch = new BootWatch(limits, 'registered')
    watch.line('[    0.000000] Linux version 6.12.118+deb13-amd64 (debian-kernel@lists.debian.org)', 1.04)
    watch.line('[    9.1] systemd[1]: systemd 257.13-1~deb13u1 running in system mode', 9.1)
    watch.line("[   20.7] cloud-init[567]: Cloud-init v. 25.1.4 running 'init-local' at Wed, 25 Nov 2026", 20)
    watch.line('ci-info: |  enp0s4 | True |         10.0.2.15         |      .      |  .  | fa:16:3e:6c:f4:2f |', 25)
    watch.line('[  OK  ] Started docker.service - Docker Application Container Engine.', 30)
    watch.line('[  OK  ] Started trove-guestagent.service - OpenStack Trove DBaaS Guest agent.', 31)
    watch.unfinished('trove-smoke-test login: ', 40)
    watch.event('consuming', 50)
    watch.event('answered', 51)
    watch.event('answered again', 111)
    watch.registered(111.26)
    watch.exited('the guest powered itself off')
    expect(ending(watch)).toBe('registered')
    expect(watch.moments).toEqual([
      { event: 'kernel', seconds: 1 },
      { event: 'systemd', seconds: 9.1 },
      { event: 'cloud-init', seconds: 20 },
      { event: 'network', seconds: 25 },
      { event: 'docker started', seconds: 30 },
      { event: 'agent started', seconds: 31 },
      { event: 'login prompt', seconds: 40 },
      { event: 'consuming', seconds: 50 },
      { event: 'answered', seconds: 51 },
      { event: 'answered again', seconds: 111 },
      { event: 'registered', seconds: 111.3 },
    ])
    expect(watch.agentStarts).toBe(1)
  })

  test('a fatal line of the console, also one without an end', () => {
    const panic = new BootWatch(limits, 'registered')
    panic.line('[    2.5] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)', 3)
    panic.tick(700, 0)
    expect(ending(panic)).toBe(
      'console: kernel panic (Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0))',
    )
    const rescue = new BootWatch(limits, 'registered')
    rescue.unfinished('grub rescue> ', 3)
    expect(ending(rescue)).toBe('console: boot loader prompt (grub rescue>)')
  })

  test('a guest that prints without end', () => {
    const watch = new BootWatch(limits, 'registered')
    watch.line('again and again', 1)
    watch.printed(16 * 1024 ** 2 - 1)
    expect(ending(watch)).toBe('none')
    watch.printed(16 * 1024 ** 2)
    watch.exited('QEMU was ended by us')
    expect(ending(watch)).toBe('console: more than 16 MiB printed; last line: again and again')
  })

  test("QEMU's exit", () => {
    const watch = new BootWatch(limits, 'registered')
    watch.exited('the guest reset itself')
    expect(ending(watch)).toBe("QEMU's exit: the guest reset itself")
  })

  test('a stall: no console and no processor time; a guest that works silently is left alone', () => {
    const idle = new BootWatch(limits, 'registered')
    idle.line('Loading initial ramdisk ...', 5)
    for (let at = 5; at < 64; at++) idle.tick(at, 0.01 * at)
    expect(ending(idle)).toBe('none')
    idle.tick(65, 0.65)
    expect(ending(idle)).toBe(
      'stall: neither console output nor processor time for 60 s; last line: Loading initial ramdisk ...',
    )
    const working = new BootWatch(limits, 'registered')
    busy(working, 0, 599)
    expect(ending(working)).toBe('none')
    working.tick(600, 600)
    expect(ending(working)).toBe('cap: not done within 600 s')
  })

  test('an agent that does not answer after the login prompt, however quiet the console is', () => {
    const watch = new BootWatch(limits, 'registered')
    watch.unfinished('guest login: ', 100)
    watch.tick(279, 100)
    expect(ending(watch)).toBe('none')
    watch.tick(280, 100)
    expect(ending(watch)).toBe('agent: no answer within 180 s after the guest was up')
  })

  test('a guest without a login prompt is up when cloud-init comes to its last stage', () => {
    const watch = new BootWatch(limits, 'registered')
    watch.line("[  502.3] cloud-init[561]: Cloud-init v. 25.1.4 running 'modules:final' at Wed, 25 Nov 2026", 100)
    watch.tick(279, 100)
    expect(ending(watch)).toBe('none')
    watch.tick(280, 100)
    expect(ending(watch)).toBe('agent: no answer within 180 s after the guest was up')
  })

  test('an agent that has answered once may take its time to prove that it stays', () => {
    const watch = new BootWatch(limits, 'registered')
    watch.unfinished('guest login: ', 100)
    watch.event('answered', 120)
    watch.tick(400, 100)
    expect(ending(watch)).toBe('none')
  })
})

test.each([
  ['trove-guestagent.service', 1],
  ['guest-agent.service', 1],
  ['openstack-trove-guestagent.service', 1],
  ['trove-guest-agent.service', 1],
  ['qemu-guest-agent.service', 0],
  ['trove-guestagentXservice', 0],
])('%s is the agent that was started: %i', (unit, starts) => {
  const watch = new BootWatch(limits, 'registered')
  watch.line(`[  OK  ] Started ${unit} - Guest agent.`, 3)
  expect([watch.agentStarts, watch.moments.length]).toEqual([starts, starts])
})

describe('the login prompt', () => {
  test.each([
    ['guest login: ', true],
    ['trove-smoke-test login: [  208.469125] sh[630]: Completed socket interaction for boot stage config', true],
    ['         Starting systemd-logind.service - User Login Management...', false],
    ['Last login: Mon Nov 23 10:00:00', false],
    ['[  OK  ] Reached target getty.target - Login Prompts.', false],
  ])('%s', (text, expected) => {
    const whole = new BootWatch(limits, 'login')
    whole.line(text, 7)
    const begun = new BootWatch(limits, 'login')
    begun.unfinished(text, 7)
    const wanted: Ending | undefined = expected ? { kind: 'login' } : undefined
    expect([whole.ending, begun.ending]).toEqual([wanted, wanted])
  })
})

test('lesser trouble is noted once and does not end the boot', () => {
  const watch = new BootWatch(limits, 'registered')
  for (let turn = 0; turn < 3; turn++) watch.line('[FAILED] Failed to start foo.service - Foo.', turn)
  watch.line('[    5.1] systemd[1]: multi-user.target: Found ordering cycle on cloud-final.service/start', 5)
  watch.line('[FAILED] Failed to start trove-guestagent.service - OpenStack Trove DBaaS Guest agent.', 6)
  expect(watch.ending).toBeUndefined()
  expect(watch.notes).toEqual([
    '[FAILED] Failed to start foo.service - Foo.',
    'Found ordering cycle on cloud-final.service/start',
    '[FAILED] Failed to start trove-guestagent.service - OpenStack Trove DBaaS Guest agent.',
  ])
})
