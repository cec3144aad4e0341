import { formatDuration } from '../system/duration.ts'
import { registeredIntervalSeconds, type SmokeTest } from '../vm/index.ts'
import { block, code, plain, table } from './markdown.ts'

/** Events of the timeline whose name alone says too little; the others are printed as they are. */
const words: Readonly<Record<string, string>> = {
  kernel: 'the kernel runs',
  systemd: 'systemd runs',
  network: 'the guest has an address',
  consuming: "the agent's queue has a consumer, says the broker",
  connected: "the agent's connection stands in the broker's list",
  answered: 'rpc_ping answered',
  'answered again': 'rpc_ping answered again',
}

/** The section about the boot: how it was done, its timeline, and on failure what the guest said. */
export function smokeSection(smokeTest: SmokeTest, headingLevel = 2): string {
  const { broker, accelerator, firmware, timeline, status } = smokeTest
  const ownBroker = broker.own ? 'started for this test' : 'given by the caller'
  return [
    `${'#'.repeat(headingLevel)} Boot in a virtual machine`,
    '',
    `The smoke test ${status}. The image was booted unchanged, over an overlay, with ${firmware.toUpperCase()} and ` +
      `${accelerator === 'kvm' ? 'KVM' : 'software emulation (TCG)'}. The broker was ${plain(broker.product)} ` +
      `${plain(broker.version)}, ${plain(broker.queueKind)} queues, ${ownBroker}.`,
    '',
    ...(timeline.length === 0
      ? []
      : [
          table(
            ['seconds since power-on:', 'event'],
            timeline.map(({ event, seconds }) => [seconds.toFixed(1), plain(wordsFor(event, smokeTest))]),
          ),
        ]),
    ...(status === 'passed' ? factsOfPassed(smokeTest) : factsOfFailed(smokeTest)),
  ].join('\n')
}

/** Only where the broker listed both is it known that one connection carried the two answers. */
function wordsFor(event: string, { sameConnection }: SmokeTest): string {
  const told = words[event] ?? event
  return event === 'answered again' && sameConnection === true ? `${told}, over the same connection` : told
}

function factsOfPassed({ rootFileSystemGrown, agentRestarts, ...smokeTest }: SmokeTest): string[] {
  const restarts = agentRestarts === null ? 'unknown' : String(agentRestarts)
  return [
    `Root file system grown at first boot: ${rootFileSystemGrown ? 'yes' : 'no'}. ` +
      `Restarts of the agent's unit: ${restarts}.`,
    '',
    ...remarks(smokeTest),
  ]
}

/** What a passed test did not show. */
function remarks({
  level,
  pingIntervalSeconds,
  sameConnection,
}: Pick<SmokeTest, 'level' | 'pingIntervalSeconds' | 'sameConnection'>): string[] {
  const apart = pingIntervalSeconds ?? null
  const told = [
    level === 'none' && apart !== null && apart < registeredIntervalSeconds
      ? `No level was reached: the two pings were ${apart} s apart, and the level registered takes ${registeredIntervalSeconds} s or more.`
      : '',
    sameConnection === null && apart !== null
      ? 'The level registered takes one connection that carried both answers; whether one did is not known: the broker could ' +
        'not be asked for its connections.'
      : '',
  ].filter(text => text !== '')
  return told.length === 0 ? [] : [told.join(' '), '']
}

function factsOfFailed({ reached, endedBy, cause, consoleTail, guestLogs, timeline }: SmokeTest): string[] {
  const last = timeline.at(-1)?.seconds
  return [
    `Step reached: ${code(reached)}. Ended by: ${plain(endedBy)}${last === undefined ? '' : ` after ${formatDuration(last)}`}.`,
    '',
    ...(cause === '' ? [] : [plain(cause), '']),
    ...(consoleTail.length === 0 ? [] : ['Last lines of the console:', '', block(consoleTail)]),
    ...Object.entries(guestLogs).flatMap(([name, lines]) =>
      lines.length === 0 ? [] : [`Last lines of ${code(name)}:`, '', block(lines)],
    ),
  ]
}
