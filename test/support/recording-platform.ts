import type { Platform } from '../../src/platform.ts'
import { noStorage } from './no-storage.ts'

/** A platform that prints nothing and remembers what it was told, in order. */
export function recordingPlatform(): { readonly platform: Platform; readonly told: string[] } {
  const told: string[] = []
  const as = (kind: string) => (text: string) => void told.push(`${kind} ${text}`)
  const platform: Platform = {
    log: { debug: as('debug'), info: as('info'), warning: as('warning'), error: as('error') },
    async group(title, work) {
      told.push(`group ${title}`)
      try {
        return await work()
      } finally {
        told.push(`end ${title}`)
      }
    },
    annotate: ({ level, message }) => void told.push(`annotation ${level} ${message}`),
    summary: async markdown => void told.push(`summary ${markdown}`),
    secret: value => void told.push(`secret ${value}`),
    confirm: async () => true,
    progress: ({ text }) => void told.push(`progress ${text}`),
    debugging: false,
    disposable: false,
    ...noStorage,
  }
  return { platform, told }
}
