import type { Recipe } from './recipe.ts'
import { supportedReleases } from './supported.ts'

/** A fault of one key; the reader adds file and line. */
export interface RecipeFault {
  readonly key: keyof Recipe
  readonly message: string
}

/** The least disk that a guest fits in with the 2 GiB that must stay free; the build checks the real figure. */
const leastImageMiB = 3 * 1024

const elementName = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/
/** Debian policy 5.6.1, optionally with an architecture. */
const packageName = /^[a-z0-9][a-z0-9+.-]+(:[a-z0-9]+)?$/

/**
 * Rules that a type cannot say: combinations of keys, and what stands inside a text. Pure.
 *
 * @param given the keys that somebody wrote; the others carry their default
 */
export function checkRecipe(recipe: Recipe, given: ReadonlySet<keyof Recipe>): RecipeFault[] {
  return [
    ...checkRelease(recipe),
    ...checkBase(recipe),
    ...checkAgent(recipe),
    ...checkAddresses(recipe),
    ...checkLists(recipe),
    ...checkDisk(recipe, given),
  ]
}

/** Bytes of an image size such as `5GiB`. */
export function sizeInBytes(size: string): number {
  const [, count = '0', unit] = /^(\d+)(GiB|MiB)$/.exec(size) ?? []
  return Number(count) * (unit === 'GiB' ? 1024 ** 3 : 1024 ** 2)
}

function checkRelease(recipe: Recipe): RecipeFault[] {
  const releases = supportedReleases.filter(entry => entry.distribution === recipe.distribution)
  const release = releases.find(entry => entry.release === recipe.release)
  if (!release) {
    const legal = releases.map(entry => entry.release).join(', ')
    return [
      { key: 'release', message: `${recipe.distribution} ${recipe.release} is not supported; legal are ${legal}` },
    ]
  }
  if (release.architectures.includes(recipe.architecture)) return []
  const legal = release.architectures.join(', ')
  return [
    {
      key: 'architecture',
      message: `${recipe.distribution} ${recipe.release} is not supported on ${recipe.architecture}; legal are ${legal}`,
    },
  ]
}

function checkBase(recipe: Recipe): RecipeFault[] {
  if (recipe.base === 'local' && recipe.baseFile === undefined) {
    return [{ key: 'base', message: 'local needs base-file: a disk image (qcow2, raw) or a root tarball' }]
  }
  if (recipe.base === 'minimal' && recipe.baseFile !== undefined) {
    return [{ key: 'baseFile', message: 'is only used with base: local; set that or remove this' }]
  }
  return []
}

function checkAgent(recipe: Recipe): RecipeFault[] {
  if (recipe.agent === 'local') {
    const needed = [
      ...(recipe.agentSource === undefined ? ['agent-source: the folder of a checkout of openstack/trove'] : []),
      ...(recipe.constraintsFile === undefined ? ['constraints-file: upper-constraints.txt of its series'] : []),
    ]
    return needed.length === 0 ? [] : [{ key: 'agent', message: `local needs ${needed.join(', and ')}` }]
  }
  const unused = (['agentSource', 'agentBranch', 'constraintsFile'] as const).filter(key => recipe[key] !== undefined)
  return unused.map(key => ({ key, message: 'is only used with agent: local; set that or remove this' }))
}

function checkAddresses(recipe: Recipe): RecipeFault[] {
  const faults: RecipeFault[] = []
  for (const key of ['mirror', 'securityMirror'] as const) {
    const value = recipe[key]
    const url = value === undefined ? undefined : URL.parse(value)
    if (!url) continue
    if (url.protocol !== 'http:' && url.protocol !== 'https:') {
      faults.push({ key, message: `${url.protocol}// is not supported; legal are http:// and https://` })
    } else if (hasCredentials(url)) {
      faults.push({
        key,
        message: 'holds a user name or password, which would stand in lock, plan and image; remove it',
      })
    }
  }
  for (const line of recipe.imageSources ?? []) {
    if (!/^deb(-src)?\s+(\[[^\]]*\]\s+)?\S+:\S+\s+\S+/.test(line)) {
      const message = `"${line}" is no line of apt's sources; expected such as "deb URL SUITE COMPONENT"`
      faults.push({ key: 'imageSources', message })
    } else if (line.split(/\s+/).some(word => hasCredentials(URL.parse(word)))) {
      faults.push({
        key: 'imageSources',
        message: 'holds a user name or password, which every guest would get; remove it',
      })
    }
  }
  if (recipe.imageSources?.length === 0) {
    faults.push({
      key: 'imageSources',
      message: 'is empty: the guest could install nothing; give lines or remove the key',
    })
  }
  return faults
}

function hasCredentials(url: URL | null): boolean {
  return url !== null && (url.username !== '' || url.password !== '')
}

function checkLists(recipe: Recipe): RecipeFault[] {
  const faults: RecipeFault[] = []
  for (const key of ['elements', 'elementPaths', 'packages', 'formats'] as const) {
    const values: readonly string[] = recipe[key]
    const twice = values.find((value, index) => values.indexOf(value) !== index)
    if (twice !== undefined) faults.push({ key, message: `"${twice}" is listed twice` })
  }
  const element = recipe.elements.find(name => !elementName.test(name))
  if (element !== undefined) {
    faults.push({ key: 'elements', message: `"${element}" is no element's name; folders belong in element-paths` })
  }
  const path = recipe.elementPaths.find(folder => folder === '' || /[\s:'"$\\]/.test(folder))
  if (path !== undefined) {
    const message = `"${path}" cannot stand in ELEMENTS_PATH: it must be non-empty, without blanks, colons, quotes and $`
    faults.push({ key: 'elementPaths', message })
  }
  const name = recipe.packages.find(entry => !packageName.test(entry))
  if (name !== undefined) faults.push({ key: 'packages', message: `"${name}" is no Debian package name` })
  return faults
}

function checkDisk(recipe: Recipe, given: ReadonlySet<keyof Recipe>): RecipeFault[] {
  const faults: RecipeFault[] = []
  if (sizeInBytes(recipe.imageSize) < leastImageMiB * 1024 ** 2) {
    const message = `${recipe.imageSize} is too small for a guest with 2 GiB free; the least is ${leastImageMiB / 1024}GiB`
    faults.push({ key: 'imageSize', message })
  }
  if (given.has('compression') && recipe.compression !== 'none' && !recipe.formats.includes('qcow2')) {
    const message = `${recipe.compression} compresses qcow2 only, and formats has ${recipe.formats.join(', ')}`
    faults.push({ key: 'compression', message })
  }
  const layout = recipe.elements.find(name => name === 'vm' || name.startsWith('block-device-'))
  if (layout !== undefined && recipe.disk === 'own') {
    faults.push({ key: 'elements', message: `"${layout}" lets DIB make the disk: set disk: dib as well, or remove it` })
  }
  if (recipe.guestUser === 'root') {
    faults.push({
      key: 'guestUser',
      message: 'root cannot be the guest user: Trove expects an ordinary user with sudo',
    })
  }
  return faults
}
