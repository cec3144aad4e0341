import type { Inventory } from '../inventory/index.ts'
import type { Inspection, RuleResult } from './inspection.ts'
import type { Rule } from './rule.ts'
import { rules } from './rules.ts'
import { Subject, type SubjectOptions } from './subject.ts'
import { standingWaivers, type Waiver } from './waiver.ts'

export interface InspectionOptions extends SubjectOptions {
  readonly waivers: readonly Waiver[]
  readonly now: Date
}

/** Judges an inventory against the whole contract. Pure. */
export function inspect(inventory: Inventory, options: InspectionOptions): Inspection {
  const subject = new Subject(inventory, options)
  // What the caller says comes first, as long as it counts: their reason is the one that is shown.
  const waivers = [...options.waivers, ...standingWaivers(inventory)]
  const results = rules.map(rule => judge(rule, subject, waivers, options.now))
  const count = (status: RuleResult['status']) => results.filter(result => result.status === status).length
  const counts = {
    passed: count('passed'),
    failed: count('failed'),
    waived: count('waived'),
    unknown: count('unknown'),
  }
  return {
    schemaVersion: 1,
    image: { name: inventory.image.name, sha256: inventory.image.sha256 },
    inspectedAt: options.now.toISOString(),
    guestUser: options.guestUser,
    buildMirrors: options.buildMirrors === null ? null : [...options.buildMirrors.used],
    status: counts.failed + counts.unknown === 0 ? 'passed' : 'failed',
    counts,
    results,
  }
}

/** Most lines of evidence that a result carries. */
const evidenceLimit = 25

function judge(rule: Rule, subject: Subject, waivers: readonly Waiver[], now: Date): RuleResult {
  const finding = rule.check(subject)
  const base = { rule: rule.id, title: rule.title }
  if ('notAsked' in finding) return { ...base, status: 'passed', evidence: [finding.notAsked], remedy: '' }
  const isKnown = !('unknown' in finding)
  const found = isKnown ? finding : finding.unknown
  if (found.length === 0) return { ...base, status: 'passed', evidence: [], remedy: '' }
  const rest = found.length - evidenceLimit
  const evidence = rest > 0 ? [...found.slice(0, evidenceLimit), `and ${rest} more`] : [...found]
  const remedy = rule.remedy
  const today = now.toISOString().slice(0, 10)
  const own = waivers.filter(({ rule: id }) => id === rule.id)
  const waiver = own.find(({ until }) => today <= until) ?? own[0]
  if (waiver === undefined) return { ...base, status: isKnown ? 'failed' : 'unknown', evidence, remedy }
  const text = `waived until ${waiver.until}: ${waiver.reason}`
  if (today <= waiver.until) return { ...base, status: 'waived', evidence: [...evidence, text], remedy }
  return { ...base, status: isKnown ? 'failed' : 'unknown', evidence: [...evidence, `no longer ${text}`], remedy }
}
