import { describe, expect, test } from 'vitest'
import { block, code, plain, table } from '../../../src/report/markdown.ts'
import { formatSize } from '../../../src/report/quantity.ts'
import { registrationOf } from '../../../src/report/registration.ts'
import { seriesOfAgent } from '../../../src/report/series.ts'
import { commandLines, quote, quoteFile } from '../../../src/report/shell.ts'

describe("the agent's series", () => {
  test.each([
    ['1:18.0.0-2', 'Zed'],
    ['2:23.0.0-1', '2025.1'],
    ['23.1.0', '2025.1'],
    ['24.0.0~rc1-1', '2025.2'],
    ['25.0.1.dev4', '2026.1'],
    ['26.0.0.0b2', '2026.2'],
    ['2:230.0-1', undefined],
    ['9.0.0', undefined],
    ['master', undefined],
    ['', undefined],
  ])('%s is %s', (version, series) => {
    expect(seriesOfAgent(version)?.series).toBe(series)
  })
})

const subject = {
  fileName: 'guest.qcow2',
  sha256: 'b'.repeat(64),
  format: 'qcow2',
  virtualSizeBytes: 5 * 1024 ** 3,
  level: 'registered',
} as const

describe('commands', () => {
  test.each([
    [1, 1],
    [1024 ** 3, 1],
    [1024 ** 3 + 1, 2],
    [5 * 1024 ** 3, 5],
  ])('%i bytes need a flavour disk of %i GiB', (virtualSizeBytes, gibibytes) => {
    const { leastDiskGib, upload, flavours } = registrationOf({ ...subject, virtualSizeBytes })
    expect([leastDiskGib, upload.join(' ').match(/--min-disk (\d+)/)?.[1], flavours]).toEqual([
      gibibytes,
      String(gibibytes),
      [`openstack flavor list --all --min-disk ${gibibytes}`],
    ])
  })

  test('speak of each datastore of the series, in its newest version', () => {
    const { datastoreVersions, configurationParameters, versionsKnown } = registrationOf({
      ...subject,
      series: seriesOfAgent('26.0.0'),
    })
    expect(versionsKnown).toBe(true)
    expect(datastoreVersions).toEqual([
      'openstack datastore version create 8.4 mysql mysql "" \\',
      '  --image-tags trove,mysql --active --default --version-number 8.4',
      'openstack datastore version create 11.8 mariadb mariadb "" \\',
      '  --image-tags trove,mariadb --active --default --version-number 11.8',
      'openstack datastore version create 18 postgresql postgresql "" \\',
      '  --image-tags trove,postgresql --active --default --version-number 18',
    ])
    expect(configurationParameters.slice(1, 3)).toEqual([
      'trove-manage db_load_datastore_config_parameters mysql 8.4 \\',
      '  "$templates/mysql/validation-rules.json" --version 8.4',
    ])
  })

  test('have only the properties that are known', () => {
    const properties = (upload: readonly string[]) => upload.join(' ').match(/--property \S+/g)
    const always = ['--property hw_rng_model=virtio', '--property os_type=linux']
    const proof = ['--property trove_image_level=registered', `--property trove_image_sha256=${'b'.repeat(64)}`]
    expect(properties(registrationOf(subject).upload)).toEqual([...always, ...proof])
    expect(
      properties(
        registrationOf({ ...subject, distribution: 'debian', architecture: 'arm64', agentVersion: '2:23.0.0-1' })
          .upload,
      ),
    ).toEqual([
      ...always,
      '--property os_distro=debian',
      '--property architecture=aarch64',
      '--property trove_guest_agent=2:23.0.0-1',
      ...proof,
    ])
  })

  test.each([
    ["it's.raw", `'it'\\''s'`, `'it'\\''s.raw'`],
    ['--help.img', 'help', './--help.img'],
    ['$(id).qcow2', `'$(id)'`, `'$(id).qcow2'`],
    ['plain.vmdk', 'plain.vmdk', 'plain.vmdk'],
  ])('of a file named %s are one word where they must be', (fileName, name, file) => {
    const { upload, compare } = registrationOf({ ...subject, fileName })
    expect([upload[0], upload.at(-1), compare]).toEqual([
      `openstack image create ${name} \\`,
      `  --file ${file}`,
      [`openstack image save ${name} | sha256sum`],
    ])
  })
})

describe('shell', () => {
  test.each([
    ['a-b_c.d/e:f@g%h+i=j,k', 'a-b_c.d/e:f@g%h+i=j,k'],
    ['', "''"],
    ['a b', "'a b'"],
    ['a\nb', "'a\nb'"],
    ['ü', "'ü'"],
  ])('%j', (word, quoted) => {
    expect(quote(word)).toBe(quoted)
  })

  test('a file that begins with a dash', () => {
    expect(quoteFile('-a b')).toBe("'./-a b'")
  })

  test('lines', () => {
    expect(commandLines(['a', 'b'], [], ['c'])).toEqual(['a b \\', '  c'])
  })
})

describe('Markdown', () => {
  test.each([
    ['*a* _b_ `c` [d](e) <f> & #g |h|', '\\*a\\* \\_b\\_ \\`c\\` \\[d\\](e) &lt;f&gt; &amp; \\#g \\|h\\|'],
    ['\u001b[31mred\u001b[0m\u0007\u202e', 'red'],
  ])('%j is plain text', (text, expected) => {
    expect(plain(text)).toBe(expected)
  })

  test.each([
    ['a', '`a`'],
    ['a`b', '``a`b``'],
    ['``a', '``` ``a ```'],
    ['a|b', '`a\\|b`'],
    ['', ''],
  ])('%j is code', (text, expected) => {
    expect(code(text)).toBe(expected)
  })

  test('a table cannot be broken out of', () => {
    expect(table(['a', 'b:'], [[plain('x|y'), 'line\nline']])).toBe(
      '| a | b |\n| --- | ---: |\n| x\\|y | line<br>line |\n',
    )
  })

  test('a block cannot be closed from inside', () => {
    expect(block(['```', '````'])).toBe('`````\n```\n````\n`````\n')
  })
})

describe('sizes', () => {
  test.each([
    [0, '0 bytes'],
    [999, '999 bytes'],
    [1000, '1 kB'],
    [520_093_696, '520 MB'],
    [999_600_000, '1 GB'],
    [1_500_000_000, '1.5 GB'],
    [12_345_678_901, '12 GB'],
  ])('%i', (bytes, text) => {
    expect(formatSize(bytes)).toBe(text)
  })
})
