import { agentRules } from './agent.ts'
import { bootRules } from './boot.ts'
import { cloudInitRules } from './cloud-init.ts'
import { diskRules } from './disk.ts'
import { dockerRules } from './docker.ts'
import { guestUserRules } from './guest-user.ts'
import { leakageRules } from './leakage.ts'
import { networkRules } from './network.ts'
import { packageSourceRules } from './package-sources.ts'
import type { Rule } from './rule.ts'
import { systemRules } from './system.ts'
import { unitRules } from './units.ts'

/** The contract: all rules, by topic. */
export const rules: readonly Rule[] = [
  ...guestUserRules,
  ...agentRules,
  ...unitRules,
  ...dockerRules,
  ...cloudInitRules,
  ...networkRules,
  ...bootRules,
  ...diskRules,
  ...systemRules,
  ...packageSourceRules,
  ...leakageRules,
]
