import { readFileSync, writeFileSync } from 'node:fs'

/** Copies a console's recording without the secrets that a guest may have printed; every other byte stays as it was. */
export function copyConsole(from: string, to: string, secrets: readonly string[]): void {
  // A serial console is no valid text in any encoding: Latin-1 keeps each byte as one character.
  const text = secrets
    .filter(secret => secret !== '')
    .map(secret => Buffer.from(secret, 'utf8').toString('latin1'))
    .reduce((shown, secret) => shown.replaceAll(secret, '***'), readFileSync(from, 'latin1'))
  writeFileSync(to, text, 'latin1')
}
