import { commonDatastores, type Datastore, type TroveSeries } from './series.ts'
import { commandLines, quote, quoteFile } from './shell.ts'

/** What the commands for one image are made from. */
export interface RegistrationSubject {
  readonly fileName: string
  readonly sha256: string
  readonly format: 'qcow2' | 'raw'
  readonly virtualSizeBytes: number
  readonly level: string
  /** `debian`, in the words of os-release's ID, which Glance's os_distro takes. */
  readonly distribution?: string | undefined
  /** os-release's VERSION_ID. */
  readonly distributionVersion?: string | undefined
  /** `amd64`, `x86_64`: in anybody's words. */
  readonly architecture?: string | undefined
  /** Version of the agent's package. */
  readonly agentVersion?: string | undefined
  readonly series?: TroveSeries | undefined
}

/** The commands that make an image known to a cloud, each a list of lines. */
export interface Registration {
  readonly upload: readonly string[]
  readonly flavours: readonly string[]
  readonly datastoreVersions: readonly string[]
  readonly configurationParameters: readonly string[]
  readonly tagLast: readonly string[]
  readonly untag: readonly string[]
  readonly compare: readonly string[]
  /** GiB that a flavour's root disk must have. */
  readonly leastDiskGib: number
  /** False when upstream lists no versions for the agent's series: the commands then say VERSION. */
  readonly versionsKnown: boolean
}

/** Glance's words for architectures (its metadata definitions, `architecture`), by Debian's. */
const glanceArchitectures: Readonly<Record<string, string>> = { amd64: 'x86_64', arm64: 'aarch64' }

/** Makes the commands for one image. Pure. */
export function registrationOf(subject: RegistrationSubject): Registration {
  const name = quote(imageName(subject.fileName))
  const datastores = subject.series?.datastores ?? []
  const versionsKnown = datastores.length > 0
  const offered = versionsKnown ? datastores : commonDatastores
  const tags = ['trove', ...offered.map(datastore => datastore.name)].map(tag => `--tag ${tag}`)
  const leastDiskGib = Math.ceil(subject.virtualSizeBytes / 1024 ** 3)
  return {
    upload: commandLines(
      ['openstack image create', name],
      ['--private --container-format bare', `--disk-format ${subject.format}`, `--min-disk ${leastDiskGib}`],
      ...properties(subject).map(([key, value]) => [`--property ${quote(`${key}=${value}`)}`]),
      tags,
      [`--file ${quoteFile(subject.fileName)}`],
    ),
    flavours: [`openstack flavor list --all --min-disk ${leastDiskGib}`],
    datastoreVersions: offered.flatMap(versionCommand),
    configurationParameters: [
      `templates=$(python3 -c 'import os, trove; print(os.path.dirname(trove.__file__))')/templates`,
      ...offered.flatMap(datastore =>
        commandLines(
          ['trove-manage db_load_datastore_config_parameters', datastore.name, newest(datastore)],
          [`"$templates/${datastore.name}/validation-rules.json"`, `--version ${newest(datastore)}`],
        ),
      ),
    ],
    tagLast: [['openstack image set', ...tags, name].join(' ')],
    untag: [`openstack image unset --tag trove ${name}`],
    compare: [`openstack image save ${name} | sha256sum`],
    leastDiskGib,
    versionsKnown,
  }
}

function properties(subject: RegistrationSubject): (readonly [string, string])[] {
  const { architecture } = subject
  const optional: (readonly [string, string | undefined])[] = [
    ['hw_rng_model', 'virtio'],
    ['os_type', 'linux'],
    ['os_distro', subject.distribution],
    ['os_version', subject.distributionVersion],
    ['architecture', architecture && (glanceArchitectures[architecture] ?? architecture)],
    ['trove_guest_agent', subject.agentVersion],
    ['trove_image_level', subject.level],
    ['trove_image_sha256', subject.sha256],
  ]
  return optional.flatMap(([key, value]) => (value === undefined || value === '' ? [] : [[key, value] as const]))
}

/** The datastore itself is made by Trove when it is missing; a version's number must be the container's tag. */
function versionCommand(datastore: Datastore): string[] {
  const version = newest(datastore)
  return commandLines(
    ['openstack datastore version create', version, datastore.name, datastore.manager, '""'],
    [`--image-tags trove,${datastore.name} --active --default --version-number ${version}`],
  )
}

function newest(datastore: Datastore): string {
  return datastore.versions[0] ?? 'VERSION'
}

/** The image's name in Glance: the file's without its extension, and without dashes that would make an option of it. */
function imageName(fileName: string): string {
  return fileName.replace(/^-+/, '').replace(/\.(qcow2|raw|img)$/, '')
}
