import { parseDocument } from 'yaml'
import { nearest } from '../system/nearest.ts'
import type { ElementFile, ElementWithFiles } from './element.ts'
import { type Finding, findingIn } from './finding.ts'
import { hookName, phases } from './hooks.ts'

/** Folders of an element that mean something to DIB or to one of its elements, besides the phases. */
const knownFolders = ['environment.d', 'bin', 'static', 'tests', 'test-elements', 'containerfiles', 'releasenotes']
/** Phases of ramdisks, which this tool does not build; DIB's own elements have them. */
const ramdiskFolders = ['init.d', 'binary-deps.d', 'udev.d', 'ramdisk-install.d', 'dracut-drivers.d']

/** What is wrong within one element, without looking at others. Pure. */
export function lintElement(element: ElementWithFiles): Finding[] {
  return [
    ...lintNames(element),
    ...lintFolders(element),
    ...element.files.flatMap(file => lintFile(element, file)),
    ...lintPackageMap(element),
  ]
}

function lintNames(element: ElementWithFiles): Finding[] {
  const lists = [
    ['element-deps', element.depends],
    ['element-provides', element.provides],
  ] as const
  return lists.flatMap(([path, entries]) =>
    entries.flatMap(({ name, line }) => {
      if (name.includes('#')) {
        return [findingIn(element, path, `"${name}": DIB knows no comments here and takes the line for a name`, line)]
      }
      if (/\s/.test(name))
        return [findingIn(element, path, `"${name}": one name a line; DIB takes this for one name`, line)]
      return []
    }),
  )
}

function lintFolders(element: ElementWithFiles): Finding[] {
  const folders = new Set(
    element.files.flatMap(file => (file.path.includes('/') ? [file.path.split('/')[0] ?? ''] : [])),
  )
  return [...folders].flatMap(folder => {
    const known: readonly string[] = [...phases, ...knownFolders, ...ramdiskFolders]
    if (known.includes(folder)) return []
    const near = nearest(folder, [...phases, 'environment.d'])
    const hooks = element.files.some(file => file.path.startsWith(`${folder}/`) && looksLikeHook(file))
    if (near === undefined ? !(hooks && folder.endsWith('.d')) : !(hooks || folder.endsWith('.d'))) return []
    const hint = near === undefined ? `phases are ${phases.join(', ')}` : `did you mean ${near}?`
    return [findingIn(element, folder, `DIB has no phase ${folder} and will not run what is in it; ${hint}`)]
  })
}

function lintFile(element: ElementWithFiles, file: ElementFile): Finding[] {
  const fault = (message: string) => [findingIn(element, file.path, message)]
  if (file.content === null) return fault('is a link that leads nowhere')
  const parts = file.path.split('/')
  const [folder = '', name = ''] = parts
  if (folder === 'environment.d' && parts.length === 2) {
    return /^[0-9A-Za-z_.-]+$/.test(name)
      ? []
      : fault('DIB will not source it: its name may hold letters, digits, _ - and . only')
  }
  if (!(phases as readonly string[]).includes(folder) || !looksLikeHook(file)) return []
  const isInstallType = parts.length === 3 && /-[a-z]+-install$/.test(name)
  if (parts.length !== 2 && !isInstallType) return []
  const hook = parts.at(-1) ?? ''
  if (!hookName.test(hook)) {
    const better = hook.replace(/\.(sh|bash|py)$/, '').replaceAll(/[^0-9A-Za-z_-]/g, '-')
    const message = `DIB will not run this hook: its name may hold letters, digits, - and _ only; rename it to ${better}`
    // Hooks are numbered; a script without a number may be a file that a hook installs, as dhcp-all-interfaces.sh is.
    return fault(message).map(finding => (/^\d/.test(hook) ? finding : { ...finding, level: 'warning' as const }))
  }
  return file.executable ? [] : fault('DIB will not run this hook: it is not executable; chmod +x')
}

/** Something meant to run, as opposed to data that lies beside hooks: executable, a script, or numbered without a dot. */
function looksLikeHook(file: ElementFile): boolean {
  const name = file.path.split('/').at(-1) ?? ''
  // The old form of package lists, which the element package-installs reads.
  if (name.startsWith('package-installs-')) return false
  return file.executable || file.content?.subarray(0, 2).toString() === '#!' || /^\d+-[0-9A-Za-z_-]+$/.test(name)
}

function lintPackageMap(element: ElementWithFiles): Finding[] {
  return element.files.flatMap(file => {
    const text = file.content?.toString('utf8') ?? ''
    if (file.path === 'pkg-map') {
      try {
        JSON.parse(text)
      } catch (error) {
        return [findingIn(element, file.path, `not JSON, at which DIB ends: ${(error as Error).message}`)]
      }
    }
    if (file.path === 'svc-map') {
      const fault = parseDocument(text, { prettyErrors: false }).errors[0]
      if (fault) return [findingIn(element, file.path, `not YAML, at which DIB ends: ${fault.message}`)]
    }
    return []
  })
}
