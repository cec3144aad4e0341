import type { ReportDocuments } from './documents.ts'
import type { Guest } from './guest.ts'
import { block, code } from './markdown.ts'
import { registrationOf } from './registration.ts'
import { quoteFile } from './shell.ts'

/** The last sections: how to verify the files, and the exact commands that make a cloud use this image. */
export function useSections(documents: ReportDocuments, guest: Guest | undefined): string {
  const { image, record, inventory, level } = documents
  const registration = registrationOf({
    fileName: image.fileName,
    sha256: image.sha256,
    format: image.format,
    virtualSizeBytes: image.virtualSizeBytes,
    level,
    distribution: inventory?.system.id ?? record?.distribution,
    distributionVersion: inventory?.system.version,
    architecture: record?.architecture ?? inventory?.system.architecture,
    agentVersion: guest?.agent?.version,
    series: guest?.series,
  })
  const shell = (lines: readonly string[]) => block(lines, 'sh')
  return [
    '## Verify',
    '',
    verifyText(documents),
    ...settingsSection(guest),
    '## Register',
    '',
    `A flavour for this image needs a root disk of at least ${registration.leastDiskGib} GB, or Nova refuses it ` +
      '("Flavor\'s disk is too small for requested image"). These have it:',
    '',
    shell(registration.flavours),
    'Upload as the Trove service user, in the service project; that user must see the image:',
    '',
    shell(registration.upload),
    ...(registration.versionsKnown ? versionsIntroduction(guest) : versionsUnknown(guest)),
    '',
    shell(registration.datastoreVersions),
    "Then, on a controller, where `trove-manage` reaches Trove's database, load the rules for configuration groups:",
    '',
    shell(registration.configurationParameters),
    "Trove uses the newest active image that has all of a version's tags. Where such versions exist already, leave `--tag`",
    'out of the upload, try the image, and tag it last; to go back to the image before, take a tag away:',
    '',
    shell([...registration.tagLast, ...registration.untag]),
    'What Glance holds must have the digest above:',
    '',
    shell(registration.compare),
  ].join('\n')
}

/** How anyone can check that the published bytes are the tested bytes. */
export function verifyText(documents: ReportDocuments): string {
  return [
    'The files are whole, and the image is the one that the documents speak of, when the first command says OK for each',
    'and the second prints one digest only:',
    '',
    block(['sha256sum --check SHA256SUMS', oneDigestCommand(documents)], 'sh'),
  ].join('\n')
}

function oneDigestCommand({ image, inspection, smokeTest, documentNames }: ReportDocuments): string {
  const has = (name: string, document: unknown) => document !== undefined && documentNames.includes(name)
  const files = [...(has('inspection.json', inspection) ? ['inspection.json'] : []), 'publication.json']
  const smoke = has('smoke-test.json', smokeTest) ? ['smoke-test.json'] : []
  return (
    `(sha256sum ${quoteFile(image.fileName)} | cut -d' ' -f1; ` +
    `jq -r '.image | .sha256, .sha256After // empty' ${[...files, ...smoke].join(' ')}) | sort -u`
  )
}

function versionsIntroduction(guest: Guest | undefined): string[] {
  const { series, name } = guest?.series ?? { series: '', name: '' }
  const others = (guest?.series?.datastores ?? [])
    .filter(({ versions }) => versions.length > 1)
    .map(datastore => `${datastore.name} ${datastore.versions.slice(1).join(', ')}`)
  return [
    `Datastore versions: the newest that upstream lists as tested with ${series} ${name}` +
      `${others.length > 0 ? ` (it also lists ${others.join('; ')})` : ''}. One image serves all datastores. The version's ` +
      'number must be the tag of the database container. An active version is visible to every tenant, and `--default` ' +
      'makes it the one that is used when none is named:',
  ]
}

function versionsUnknown(guest: Guest | undefined): string[] {
  const series = guest?.series ? `${guest.series.series} (Trove ${guest.series.trove})` : "this image's agent"
  return [
    `Datastore versions: upstream lists none as tested with ${series}. Put the tag of the database container in place of ` +
      '`VERSION`, and leave out the datastores that you do not offer. One image serves all of them. An active version is ' +
      'visible to every tenant, and `--default` makes it the one that is used when none is named:',
  ]
}

/** What the control plane must be told because of this image; nothing for an image that fits the defaults. */
function settingsSection(guest: Guest | undefined): string[] {
  const settings: [string, string[]][] = []
  if (guest?.agentUser !== undefined && guest.agentUser !== 'ubuntu') {
    settings.push([
      `The agent runs as ${code(guest.agentUser)}, and Trove gives the files that it injects to \`ubuntu\` by default:`,
      ['[DEFAULT]', `injected_config_owner = ${guest.agentUser}`],
    ])
  }
  if (guest?.agent !== undefined && !guest.hasHostNic) {
    settings.push([
      'The image has no `docker-hostnic` plugin. With network isolation, which is the default of Trove 2023.2 and newer where ' +
        'there is a management network, a database would not start in it:',
      ['[network]', 'network_isolation = False'],
    ])
  }
  if (guest?.series !== undefined) {
    const { series, name, upgradeLevel } = guest.series
    settings.push([
      `The agent is of ${series === name ? name : `${series} ${name}`}. A control plane that is newer needs:`,
      ['[upgrade_levels]', `guestagent = ${upgradeLevel}`],
    ])
  }
  if (settings.length === 0) return []
  return [
    '## What the control plane must know',
    '',
    "Settings of `trove.conf`, for all of Trove's services:",
    '',
    ...settings.flatMap(([why, lines]) => [why, '', block(lines, 'ini')]),
  ]
}
