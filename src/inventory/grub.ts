import type { Inventory, Located } from './inventory.ts'

type Grub = NonNullable<Inventory['grub']>

/** Reads grub.cfg as grub-mkconfig writes it: what is booted, from where. */
export function parseGrubConfiguration(text: string, file: string): Grub {
  const entries: Grub['entries'] = []
  const searches: Grub['searches'] = []
  const devices: Located[] = []
  let title: string | undefined
  text.split('\n').forEach((raw, index) => {
    const line = raw.trim()
    if (line.startsWith('#')) return
    const menu = /^menuentry\s+(?:'((?:[^']|'\\'')*)'|"([^"]*)")/.exec(line)
    if (menu) {
      title = (menu[1] ?? menu[2] ?? '').replaceAll("'\\''", "'")
      return
    }
    const linux = /^linux(?:16|efi)?\s+(\S+)\s*(.*)$/.exec(line)
    if (linux) {
      entries.push({
        title: title ?? '',
        linux: linux[1] ?? '',
        arguments: (linux[2] ?? '').split(/\s+/).filter(word => word !== ''),
        initrds: [],
      })
    }
    const initrd = /^initrd(?:16|efi)?\s+(.+)$/.exec(line)
    if (initrd) entries.at(-1)?.initrds.push(...(initrd[1] ?? '').split(/\s+/))
    const search = /^search\s(.*)$/.exec(line)
    if (search) {
      const words = (search[1] ?? '').split(/\s+/)
      const value = words.filter(word => !word.startsWith('-')).at(-1) ?? ''
      const by = words.includes('--fs-uuid')
        ? 'uuid'
        : words.includes('--label') || words.includes('-l')
          ? 'label'
          : 'file'
      if (!searches.some(other => other.by === by && other.value === value)) searches.push({ by, value })
    }
    for (const found of line.matchAll(/\/dev\/(?!null\b)[A-Za-z][\w/-]*/g)) {
      devices.push({ file, line: index + 1, text: found[0] })
    }
  })
  return { file, entries, searches, devices }
}

/** Reads shell assignments: /etc/default/grub with its drop-ins, /etc/os-release, /etc/cloud/ds-identify.cfg. */
export function parseAssignments(text: string): Record<string, string> {
  const values: Record<string, string> = {}
  for (const line of text.split('\n')) {
    const match = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*[=:]\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S*))/.exec(line)
    if (match?.[1] !== undefined) values[match[1]] = match[2]?.replaceAll(/\\(.)/g, '$1') ?? match[3] ?? match[4] ?? ''
  }
  return values
}
