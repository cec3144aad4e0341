import { describe, expect, test } from 'vitest'
import { type Change, changesOf, describeChange, type Finding, findingTable } from '../../../src/host/finding.ts'

const mend = (...changes: Change[]): Finding => ({ subject: 's', found: 'no', needed: 'n', status: 'mend', changes })
const packages = (...names: string[]): Change => ({ kind: 'packages', names })
const kernel: Change = { kind: 'kernel', package: 'linux-image-virtual' }
const kits: Change = { kind: 'kits', path: '/', wantedBytes: 9 * 1024 ** 3, folders: ['/sdk/a', '/sdk/b'] }
const environment: Change = { kind: 'environment', version: '3.43.0', folder: '/c/environment' }
const ofCheckout: Change = {
  kind: 'checkout-environment',
  folder: '/c/dib-checkout-aa',
  source: {
    folder: '/src/dib',
    checkout: {
      commit: 'a'.repeat(40),
      describe: '3.43.0-2-gaaaaaaa',
      branch: 'master',
      modified: false,
      contentDigest: 'a'.repeat(64),
    },
  },
}

describe('changesOf', () => {
  test('packages are one change, sorted and without repetition; what needs them comes after', () => {
    expect(
      changesOf([
        mend(packages('python3', 'python3-venv'), environment),
        mend(ofCheckout),
        mend(kernel),
        mend(packages('xorriso')),
        mend(packages('guestfish')),
        mend(packages('xorriso')),
        mend({ kind: 'kvm' }),
        mend({ kind: 'dpkg' }),
        mend(kits),
      ]),
    ).toEqual([
      kits,
      { kind: 'dpkg' },
      packages('guestfish', 'python3', 'python3-venv', 'xorriso'),
      kernel,
      environment,
      ofCheckout,
      { kind: 'kvm' },
    ])
  })

  test('nothing is brought for what is there, may be absent, or only the user can bring', () => {
    const base = { subject: 's', found: 'f', needed: 'n', changes: [kernel] }
    expect(changesOf((['ok', 'missing', 'absent', 'later'] as const).map(status => ({ ...base, status })))).toEqual([])
  })
})

test.each([
  [
    { kind: 'dpkg' } as Change,
    'finish the work of an interrupted dpkg (dpkg --configure -a), starting and enabling no service',
  ],
  [kits, 'remove, one after the other, until 9.0 GiB are free: /sdk/a /sdk/b'],
  [{ kind: 'kvm' } as Change, 'let every user of this runner open /dev/kvm (rule of udev)'],
  [packages('a', 'b'), 'install with apt-get, starting no service: a b'],
  [
    kernel,
    'fetch the package linux-image-virtual and unpack its kernel into the cache for libguestfs (/boot stays as it is)',
  ],
  [environment, 'make the private environment /c/environment with diskimage-builder 3.43.0 and Node by pip'],
  [
    ofCheckout,
    'make the environment /c/dib-checkout-aa with the diskimage-builder of /src/dib (3.43.0-2-gaaaaaaa) by pip',
  ],
])('%j in words', (change, words) => {
  expect(describeChange(change)).toBe(words)
})

test('the table has a line for each finding and pads all columns but the last', () => {
  expect(
    findingTable([
      { subject: 'sudo', found: '/usr/bin/sudo', needed: 'privileged steps', status: 'ok' },
      { subject: 'loop device', found: 'losetup: no', needed: 'mounts', status: 'missing', remedy: 'r' },
      { subject: 'kernel', found: 'none', needed: 'appliance', status: 'mend', changes: [kernel] },
      { subject: 'KVM', found: 'no /dev/kvm', needed: 'nothing', status: 'absent' },
      { subject: 'mount', found: 'not tried', needed: 'mounts', status: 'later' },
    ]),
  ).toEqual([
    'probe        state     needed            found',
    'sudo         ok        privileged steps  /usr/bin/sudo',
    'loop device  MISSING   mounts            losetup: no',
    'kernel       to bring  appliance         none',
    'KVM          absent    nothing           no /dev/kvm',
    'mount        later     mounts            not tried',
  ])
})
