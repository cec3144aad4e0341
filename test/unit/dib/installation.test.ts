import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { checkDibBuilds, checkoutEnvironment, findCheckoutDib, findDib, isOlder } from '../../../src/dib/index.ts'
import { EnvironmentError, InputError } from '../../../src/system/errors.ts'

const root = mkdtempSync(join(tmpdir(), 'dib-'))
afterAll(() => rmSync(root, { recursive: true }))

/** Puts down what findDib looks for: the package, its metadata and the program. */
function install(packages: string, bin: string, metadata: string): void {
  for (const file of [
    `${packages}/diskimage_builder/elements/base/README.rst`,
    `${packages}/${metadata}/x`,
    `${bin}/disk-image-create`,
  ]) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), '')
  }
}

install('new/lib/python3.13/site-packages', 'new/bin', 'diskimage_builder-3.43.0.dist-info')
install('old/lib/python3.11/site-packages', 'old/bin', 'diskimage_builder-3.40.2.dist-info')
install('made/lib/python3.13/site-packages', 'made/bin', 'diskimage_builder-3.43.1.dev6.dist-info')
install('dist-packages', 'usr-bin', 'diskimage_builder-3.13.0.egg-info')
const places = {
  environments: [join(root, 'new'), join(root, 'old'), join(root, 'absent')],
  systemPackages: join(root, 'dist-packages'),
  systemBin: join(root, 'usr-bin'),
}
const found = (version: string, packages: string, bin: string, from: string) => ({
  version,
  from,
  packageFolder: join(root, packages, 'diskimage_builder'),
  elementsFolder: join(root, packages, 'diskimage_builder/elements'),
  binFolder: join(root, bin),
})

describe('finding diskimage-builder', () => {
  test.each([
    ['private', '3.43.0', found('3.43.0', 'new/lib/python3.13/site-packages', 'new/bin', 'private')],
    ['private', '3.40.2', found('3.40.2', 'old/lib/python3.11/site-packages', 'old/bin', 'private')],
    ['system', '3.43.0', found('3.13.0', 'dist-packages', 'usr-bin', 'system')],
  ] as const)('%s %s', (from, version, expected) => {
    expect(findDib(from, version, places)).toEqual(expected)
  })

  test('another version than the recipe asks for is not taken', () => {
    expect(() => findDib('private', '3.42.0', places)).toThrow(
      new EnvironmentError(
        `diskimage-builder 3.42.0 is not installed (${root}/new has 3.43.0, ${root}/old has 3.40.2): ` +
          "run 'trove-image setup', which installs it there",
      ),
    )
  })

  test('nothing there', () => {
    const empty = { environments: [join(root, 'absent')], systemPackages: join(root, 'absent'), systemBin: root }
    expect(() => findDib('private', '3.43.0', empty)).toThrow(
      /^diskimage-builder 3\.43\.0 is not installed \(looked in /,
    )
    expect(() => findDib('system', '3.43.0', empty)).toThrow(/run 'trove-image setup --dib system'/)
  })
})

describe('diskimage-builder of a checkout', () => {
  test('is the environment that was made of its content', () => {
    expect(findCheckoutDib('a'.repeat(64), join(root, 'made'))).toEqual(
      found('3.43.1', 'made/lib/python3.13/site-packages', 'made/bin', 'checkout'),
    )
    expect(checkoutEnvironment('0123456789abcdef'.repeat(4))).toMatch(/\/trove-image\/dib-checkout-0123456789abcdef$/)
  })

  test('is made by setup', () => {
    expect(() => findCheckoutDib('a'.repeat(64), join(root, 'absent'))).toThrow(
      new EnvironmentError(
        `diskimage-builder was not made of this checkout yet (looked in ${root}/absent): ` +
          "run 'trove-image setup --dib-checkout FOLDER', which makes it",
      ),
    )
  })
})

describe('a DIB that cannot build a release', () => {
  test.each([
    [
      'system',
      '3.13.0',
      `leave out '--dib system' (the private environment has a newer one), or build 'debian-bookworm'`,
    ],
    ['private', '3.39.0', `set dib-version in the recipe to 3.40.0 or newer, or build 'debian-bookworm'`],
    ['checkout', '3.39.0', `leave out '--dib-checkout', or build 'debian-bookworm'`],
  ] as const)('%s %s is refused for trixie with the ways out', (from, version, ways) => {
    expect(() => checkDibBuilds({ from, version }, 'debian', 'trixie')).toThrow(
      new InputError(
        `diskimage-builder ${version} cannot build debian trixie: it needs 3.40.0 or newer. Ways out: ${ways}`,
      ),
    )
    expect(() => checkDibBuilds({ from, version }, 'debian', 'bookworm')).not.toThrow()
  })

  test.each(['3.40.0', '3.43.0', '4.0.0'])('%s builds trixie', version => {
    expect(() => checkDibBuilds({ from: 'private', version }, 'debian', 'trixie')).not.toThrow()
  })

  test('a checkout without tags, which tells no version, is not refused', () => {
    expect(() => checkDibBuilds({ from: 'checkout', version: '0.0.1' }, 'debian', 'trixie')).not.toThrow()
  })

  test.each([
    ['3.9.0', '3.13.0', true],
    ['3.13.0', '3.9.0', false],
    ['3.13', '3.13.0', false],
    ['3.13.0', '3.13.1', true],
  ])('%s is older than %s: %s', (left, right, expected) => {
    expect(isOlder(left, right)).toBe(expected)
  })
})
