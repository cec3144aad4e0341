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

/** The contract by topic. */
export const topics: readonly { readonly title: string; readonly rules: readonly Rule[] }[] = [
  { title: 'The guest user', rules: guestUserRules },
  { title: 'The agent', rules: agentRules },
  { title: 'Units', rules: unitRules },
  { title: 'Docker', rules: dockerRules },
  { title: 'cloud-init', rules: cloudInitRules },
  { title: 'Network', rules: networkRules },
  { title: 'Boot', rules: bootRules },
  { title: 'Disk', rules: diskRules },
  { title: 'Operating system', rules: systemRules },
  { title: 'Package sources', rules: packageSourceRules },
  { title: 'Leakage', rules: leakageRules },
]

/** The contract: all rules. */
export const rules: readonly Rule[] = topics.flatMap(topic => topic.rules)
