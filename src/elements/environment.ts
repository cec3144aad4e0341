import type { Agent, AgentPlaces } from '../agent/index.ts'
import type { Lock } from '../base/index.ts'
import type { Recipe } from '../recipe/index.ts'

/**
 * The variables that DIB is given, beyond what the machine and the run add (PATH, HOME, TMPDIR, the cache). Without a lock
 * those of the mirror are absent. No secrets, no folders of this machine.
 */
export function dibEnvironment(recipe: Recipe, agent: Agent, lock: Lock | null): Record<string, string> {
  return {
    // DIB iterates over Python sets: without a fixed seed its order, and with it the result, changes from run to run.
    PYTHONHASHSEED: '0',
    DIB_RELEASE: recipe.release,
    // Off: DIB's cache of packages is shared by all releases and emptied by each build.
    DIB_APT_LOCAL_CACHE: '0',
    // The config drive is what Trove sends; a list must be given, an element may set one that leaves it out.
    DIB_CLOUD_INIT_DATASOURCES: 'ConfigDrive, OpenStack',
    // Without it the guest cannot resolve its own name, for which sudo waits at every call of the agent.
    DIB_CLOUD_INIT_ETC_HOSTS: 'localhost',
    DIB_TROVE_GUEST_USER: recipe.guestUser,
    DIB_TROVE_AGENT_SOURCE: agent.source,
    ...(agent.source === 'local' ? { DIB_TROVE_AGENT_VERSION: agent.version } : {}),
    ...(recipe.imageSources ? { DIB_TROVE_IMAGE_SOURCES: recipe.imageSources.join('\n') } : {}),
    ...(lock?.base.source === 'minimal' ? mirrorEnvironment(lock.base) : {}),
  }
}

/** The variables that name folders of this machine: no part of a plan's digest. Elements read them outside the image only. */
export function placeEnvironment(places: AgentPlaces | null): Record<string, string> {
  if (places === null) return {}
  return { DIB_TROVE_AGENT_CHECKOUT: places.checkout, DIB_TROVE_AGENT_CONSTRAINTS: places.constraintsFile }
}

function mirrorEnvironment(base: Extract<Lock['base'], { source: 'minimal' }>): Record<string, string> {
  // debootstrap goes on without a check when the keyring is missing, and mmdebstrap takes any key that the host trusts,
  // unless told. DIB_APT_KEYRING is no way to tell: with it DIB calls apt-key, which Debian 13 has no more.
  const keyring = `--keyring=${base.keyring}`
  // apt in the new tree cannot speak https before it has certificates.
  const certificates = base.sources.some(line => line.includes('https://')) ? ' --include=ca-certificates' : ''
  return {
    DIB_DISTRIBUTION_MIRROR: base.mirror,
    DIB_DEBIAN_SECURITY_MIRROR: base.securityMirror,
    DIB_DEBIAN_COMPONENTS: 'main',
    DIB_APT_SOURCES_CONF: base.sources.join('\n'),
    DIB_DEBOOTSTRAP_EXTRA_ARGS: keyring + certificates,
    DIB_MMDEBSTRAP_EXTRA_ARGS: keyring + certificates,
  }
}
