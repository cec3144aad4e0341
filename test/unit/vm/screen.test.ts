import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readScreen, screenLines } from '../../../src/vm/screen.ts'

const path = (name: string) => new URL(`../../fixtures/consoles/${name}`, import.meta.url).pathname

test('a screen in text mode, as QEMU saved it', () => {
  expect(screenLines(readFileSync(path('grub-rescue.screen')))).toEqual([
    'SeaBIOS (version 1.16.2-debian-1.16.2-1)',
    'Booting from Hard Disk...',
    'GRUB loading.',
    'Welcome to GRUB!',
    "error: file `/boot/grub/i386-pc/normal.mod' not found.",
    'grub rescue>',
  ])
  expect(readScreen(path('grub-prompt.screen')).at(-1)).toBe('grub>')
})

test('what is not a whole screen is none', () => {
  expect([readScreen(path('panic.log')), readScreen(path('missing'))]).toEqual([[], []])
})
