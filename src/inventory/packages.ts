import type { Inventory } from './inventory.ts'

/** Reads /var/lib/dpkg/status. */
export function parseDpkgStatus(text: string): Inventory['packages'] {
  return text.split(/\n{2,}/).flatMap(stanza => {
    const field = (name: string) => new RegExp(`^${name}: *(.*)$`, 'm').exec(stanza)?.[1]?.trim() ?? ''
    const name = field('Package')
    if (name === '') return []
    const state = field('Status').split(/\s+/)
    return [
      {
        name,
        version: field('Version'),
        architecture: field('Architecture'),
        // "install ok installed"; an error flag in the middle word is a state of its own.
        state: state[1] === 'ok' ? (state[2] ?? '') : (state[1] ?? ''),
        source: field('Source').split(' ')[0] || name,
      },
    ]
  })
}
