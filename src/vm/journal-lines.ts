import { z } from 'zod'
import type { JournalLine } from './guest-evidence.ts'

const entrySchema = z.looseObject({
  MESSAGE: z.union([z.string(), z.array(z.int())]).nullish(),
  _SYSTEMD_UNIT: z.string().optional(),
  SYSLOG_IDENTIFIER: z.string().optional(),
  _COMM: z.string().optional(),
})

/** Reads `journalctl --output json`: one object a line. A message with control characters comes as a list of bytes. */
export function parseJournal(output: string): JournalLine[] {
  return output.split('\n').flatMap(line => {
    if (line === '') return []
    const entry = entrySchema.safeParse(parseJson(line))
    if (!entry.success || !entry.data.MESSAGE) return []
    const { MESSAGE, _SYSTEMD_UNIT, SYSLOG_IDENTIFIER, _COMM } = entry.data
    const text = typeof MESSAGE === 'string' ? MESSAGE : Buffer.from(MESSAGE).toString('utf8')
    const from = [_SYSTEMD_UNIT, SYSLOG_IDENTIFIER ?? _COMM].filter(part => part !== undefined).join(' ')
    return text.split('\n').map(part => ({ from, text: part }))
  })
}

/**
 * The messages in a journal file's bytes, for a host without a journalctl that reads it: fields are stored as
 * `NAME=value`, and short ones are not compressed (systemd's JOURNAL_FILE_FORMAT). In the order of the file.
 */
export function scavengeJournal(content: Uint8Array): JournalLine[] {
  const text = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('latin1')
  return [...text.matchAll(/MESSAGE=([\x20-\x7e\t]{4,2000})/g)].map(match => ({ from: '', text: match[1] ?? '' }))
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
