/** Names of the agent's unit: Debian's package, upstream's element, RDO's package, and how later ones may call it. */
export const agentUnits = [
  'trove-guestagent.service',
  'guest-agent.service',
  'openstack-trove-guestagent.service',
  'trove-guest-agent.service',
] as const

/** Any of the agent's units in a text, and no other that ends alike, such as qemu-guest-agent.service. */
export const agentUnitPattern = `(?<![\\w-])(?:${agentUnits.map(unit => unit.replaceAll('.', '\\.')).join('|')})`
