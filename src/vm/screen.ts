import { readFileSync } from 'node:fs'

/** VGA's text memory: 25 lines of 80 cells, a character and an attribute each. */
export const textMemory = { address: 0xb8000, bytes: 25 * 80 * 2 }

/**
 * The lines on a screen in text mode, without the empty ones. A boot loader without its configuration does not know of the
 * serial console and asks for commands there.
 */
export function screenLines(memory: Uint8Array): string[] {
  const lines: string[] = []
  for (let row = 0; row < 25; row++) {
    let line = ''
    for (let column = 0; column < 80; column++) {
      const code = memory[(row * 80 + column) * 2] ?? 0
      line += code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : ' '
    }
    if (line.trim() !== '') lines.push(line.trimEnd())
  }
  return lines
}

/** Reads what QEMU saved; empty while the file is not whole. */
export function readScreen(path: string): string[] {
  try {
    const memory = readFileSync(path)
    return memory.length === textMemory.bytes ? screenLines(memory) : []
  } catch {
    return []
  }
}
