import type { BootResult } from './boot.ts'
import { describeEnding } from './boot-watch.ts'
import { likelyCause } from './causes.ts'
import { agentRestarts, type DiskEvidence, type Evidence, reachedStep } from './guest-evidence.ts'
import { registeredIntervalSeconds, type SmokeTest } from './smoke-document.ts'

/** All that a smoke test found out. */
export interface Findings {
  readonly image: SmokeTest['image']
  readonly testedAt: string
  readonly until: 'registered' | 'login'
  readonly firmware: SmokeTest['firmware']
  readonly accelerator: SmokeTest['accelerator']
  readonly broker: SmokeTest['broker']
  readonly boot: BootResult
  readonly pingIntervalSeconds: number
  /** Whether one connection carried both answers; null when it was not compared. */
  readonly sameConnection: boolean | null
  readonly dataDiskFormatted: boolean
  readonly rootFileSystemGrown: boolean
  readonly disk: DiskEvidence | undefined
  /** What the guest told the conductor. */
  readonly conductor: readonly string[]
  /** Passwords that must not appear in a document. */
  readonly secrets: readonly string[]
}

const tailLines = { console: 60, journal: 150, agent: 150, cloudInit: 40, conductor: 60 }

/** Judges a boot. Pure: everything that was seen is in the findings. */
export function judge(findings: Findings): SmokeTest {
  const { boot, image, until } = findings
  const evidence: Evidence = {
    console: boot.console,
    loginPrompt: boot.loginPrompt,
    consuming: boot.moments.some(moment => moment.event === 'consuming'),
    answered: boot.moments.some(moment => moment.event === 'answered'),
    dataDiskFormatted: findings.dataDiskFormatted,
    disk: findings.disk,
  }
  const reached = reachedStep(evidence)
  const unchanged = image.sha256 === image.sha256After
  const arrived = boot.ending.kind === until
  // Up to the login prompt the agent may not have come to its volume yet.
  const volumeMissing = until === 'registered' && !findings.dataDiskFormatted
  const passed = arrived && unchanged && findings.rootFileSystemGrown && !volumeMissing
  const farApart = findings.pingIntervalSeconds >= registeredIntervalSeconds
  const causes = [
    likelyCause(boot.ending, reached, evidence),
    unchanged ? '' : 'The image file changed while it was being tested; another program writes it.',
    arrived && !findings.rootFileSystemGrown
      ? 'The root file system did not grow into the larger disk. The image needs growpart (cloud-guest-utils), its root ' +
        "partition must be the disk's last, and cloud-init must run the modules growpart and resizefs."
      : '',
    arrived && volumeMissing
      ? 'The agent answered, but it did not format its volume: the data disk /dev/vdb carries neither ext4 nor ' +
        'XFS. See its log under guestLogs for "Preparing the storage".'
      : '',
  ]
  return {
    schemaVersion: 1,
    image,
    testedAt: findings.testedAt,
    status: passed ? 'passed' : 'failed',
    level: passed && until === 'registered' && farApart && findings.sameConnection === true ? 'registered' : 'none',
    reached,
    endedBy: hide(describeEnding(boot.ending), findings.secrets),
    cause: hide(causes.filter(cause => cause !== '').join(' '), findings.secrets),
    firmware: findings.firmware,
    accelerator: findings.accelerator,
    broker: findings.broker,
    timeline: [...boot.moments],
    pingIntervalSeconds: until === 'registered' ? findings.pingIntervalSeconds : null,
    sameConnection: findings.sameConnection,
    rootFileSystemGrown: findings.rootFileSystemGrown,
    agentRestarts: agentRestarts(evidence) ?? (boot.agentStarts > 0 ? boot.agentStarts - 1 : null),
    consoleTail: passed ? [] : hideAll(boot.console.slice(-tailLines.console), findings.secrets),
    guestLogs: passed ? {} : guestLogs(findings),
  }
}

function guestLogs(findings: Findings): Record<string, string[]> {
  const { disk, boot, conductor } = findings
  const logs: Record<string, readonly string[]> = {
    journal: disk ? relevantJournal(disk).slice(-tailLines.journal) : [],
    'trove-guestagent.log': disk ? disk.agentLog.slice(-tailLines.agent) : [],
    'cloud-init.log': disk
      ? disk.cloudInitLog.filter(line => /WARNING|ERROR|CRITICAL|Traceback/.test(line)).slice(-tailLines.cloudInit)
      : [],
    conductor: conductor.slice(-tailLines.conductor),
    console: boot.notes,
    remarks: disk ? disk.remarks : ["the guest's disk was not read"],
  }
  return Object.fromEntries(
    Object.entries(logs)
      .filter(([, lines]) => lines.length > 0)
      .map(([name, lines]) => [name, hideAll(lines, findings.secrets)]),
  )
}

/** What concerns the agent and what it stands on; a whole journal has thousands of lines. */
function relevantJournal(disk: DiskEvidence): string[] {
  return disk.journal
    .filter(
      ({ from, text }) =>
        /trove|guest-agent|docker|containerd|sudo|cloud-init|networkd|networking/.test(from) ||
        /[Ff]ailed|error|cycle|Scheduled restart|trove|guest-agent/.test(text),
    )
    .map(({ from, text }) => (from === '' ? text : `${from}: ${text}`))
}

function hideAll(lines: readonly string[], secrets: readonly string[]): string[] {
  return lines.map(line => hide(line, secrets))
}

function hide(text: string, secrets: readonly string[]): string {
  return secrets.reduce((shown, secret) => (secret === '' ? shown : shown.replaceAll(secret, '***')), text)
}
