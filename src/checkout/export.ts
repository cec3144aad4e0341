import { copyFileSync, lstatSync, mkdirSync, readlinkSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { listFiles } from './checkout.ts'

/** Copies what a checkout's content digest covers into an empty folder: no history, nothing that git ignores. */
export async function exportCheckout(folder: string, target: string): Promise<void> {
  for (const path of await listFiles(folder)) {
    const [from, to] = [join(folder, path), join(target, path)]
    mkdirSync(dirname(to), { recursive: true })
    if (lstatSync(from).isSymbolicLink()) symlinkSync(readlinkSync(from), to)
    else copyFileSync(from, to)
  }
}
