import { z } from 'zod'
import { sha256Schema } from '../system/documents.ts'

const setting = z.object({ section: z.string(), key: z.string(), value: z.string() })

export const fileSchema = z.object({
  path: z.string(),
  type: z.enum(['file', 'folder', 'link', 'other']),
  /** Four octal digits: `0644`, `4755`. */
  mode: z.string().regex(/^[0-7]{4}$/),
  uid: z.int(),
  gid: z.int(),
  sizeBytes: z.int(),
  /** Where a link leads, as written. */
  target: z.string().optional(),
  /** File capabilities (the attribute security.capability, hexadecimal). */
  capabilities: z.string().optional(),
})
export type ImageEntry = z.infer<typeof fileSchema>

export const unitSchema = z.object({
  name: z.string(),
  /** The unit file that counts; null for a unit that only links or drop-ins name. */
  file: z.string().nullable(),
  dropIns: z.array(z.string()),
  masked: z.boolean(),
  /** Settings of file and drop-ins, merged; an empty assignment that resets a list has done so. */
  settings: z.array(setting),
  /** Which links pull the unit in: `wants` and `requires` of another unit, or an `alias` with that name. */
  enabledBy: z.array(
    z.object({ kind: z.enum(['wants', 'requires', 'upholds', 'alias']), unit: z.string(), file: z.string() }),
  ),
  /** What the image's presets say about it. */
  preset: z.enum(['enable', 'disable', 'none']),
})
export type Unit = z.infer<typeof unitSchema>

export const userSchema = z.object({
  name: z.string(),
  uid: z.int(),
  gid: z.int(),
  home: z.string(),
  shell: z.string(),
  /** Whether a password lets this user in; the hash itself is never written down. */
  password: z.enum(['locked', 'empty', 'set']),
  /** Whether the password is the user's own name; `unknown` with the reason in `passwordNote`. */
  passwordIsName: z.enum(['yes', 'no', 'unknown']),
  passwordNote: z.string().optional(),
})
export type User = z.infer<typeof userSchema>

export const grantSchema = z.object({
  file: z.string(),
  line: z.int(),
  /** A user, `%group` or ALL. */
  who: z.string(),
  hosts: z.array(z.string()),
  runAs: z.string(),
  noPassword: z.boolean(),
  commands: z.array(z.string()),
})
export type Grant = z.infer<typeof grantSchema>

export const packageSourceSchema = z.object({
  file: z.string(),
  line: z.int(),
  enabled: z.boolean(),
  types: z.array(z.string()),
  /** Without user name and password. */
  uris: z.array(z.string()),
  suites: z.array(z.string()),
  components: z.array(z.string()),
  signedBy: z.array(z.string()),
  /** The option `trusted` (or its like) switches signatures off. */
  unverified: z.boolean(),
  /** An address had a user name or password in it. */
  credentials: z.boolean(),
})
export type PackageSource = z.infer<typeof packageSourceSchema>

const located = z.object({ file: z.string(), line: z.int(), text: z.string() })
export type Located = z.infer<typeof located>

/**
 * `inventory.json`: what is in an image. Written by inspect-image. It never holds a password's hash, a private key or another
 * secret's value.
 */
export const inventorySchema = z.object({
  schemaVersion: z.literal(1),
  image: z.object({
    name: z.string(),
    sha256: sha256Schema,
    format: z.enum(['qcow2', 'raw']),
    sizeBytes: z.int(),
    virtualSizeBytes: z.int(),
  }),
  collectedAt: z.iso.datetime(),
  disk: z.object({
    partitionTable: z.enum(['gpt', 'dos', 'none']),
    /** In the order of their places on the disk. */
    partitions: z.array(
      z.object({ number: z.int(), type: z.string(), name: z.string(), startBytes: z.int(), sizeBytes: z.int() }),
    ),
    /** `partition` is 0 where the file system fills the disk or lies on a logical volume. */
    fileSystems: z.array(
      z.object({
        partition: z.int(),
        type: z.string(),
        label: z.string(),
        uuid: z.string(),
        partitionLabel: z.string(),
        partitionUuid: z.string(),
        /** Where it belongs in the tree; null when nothing says so. */
        mountPoint: z.string().nullable(),
      }),
    ),
    /** The first sector holds GRUB's boot code, for BIOS. */
    grubBootCode: z.boolean(),
    /** The ESP's removable path, `EFI/BOOT/BOOTX64.EFI` and its likes for other machines. */
    efiLoaders: z.array(z.string()),
  }),
  rootFileSystem: z.object({
    sizeBytes: z.int(),
    freeBytes: z.int(),
    /** `clean` for an ext file system that was unmounted; empty where the kind has no such word. */
    state: z.string(),
    features: z.array(z.string()),
  }),
  system: z.object({
    id: z.string(),
    version: z.string(),
    codename: z.string(),
    name: z.string(),
    architecture: z.string(),
    hostname: z.string(),
    hosts: z.array(z.object({ address: z.string(), names: z.array(z.string()) })),
  }),
  packages: z.array(
    z.object({
      name: z.string(),
      version: z.string(),
      architecture: z.string(),
      /** dpkg's third word: installed, config-files, half-configured ... */
      state: z.string(),
      source: z.string(),
    }),
  ),
  /** Everything under the folders that matter, what units name, and whatever is setuid or writable by all. */
  files: z.array(fileSchema),
  /** Folders whose content was not looked at. */
  notListed: z.array(z.string()),
  units: z.array(unitSchema),
  users: z.array(userSchema),
  groups: z.array(z.object({ name: z.string(), gid: z.int(), members: z.array(z.string()) })),
  sudoers: z.object({
    files: z.array(z.string()),
    grants: z.array(grantSchema),
    /** Null when sudo's own default holds. */
    securePath: z.string().nullable(),
    /** Each `Defaults requiretty` and `!requiretty` in order; `scope` is empty, or as written: `:user`, `@host`. */
    requireTty: z.array(z.object({ scope: z.string(), value: z.boolean() })),
    faults: z.array(located),
  }),
  kernels: z.array(z.object({ version: z.string(), initrd: z.boolean(), modules: z.boolean() })),
  grub: z
    .object({
      file: z.string(),
      /** Menu entries in order, those of submenus too. */
      entries: z.array(
        z.object({
          title: z.string(),
          linux: z.string(),
          arguments: z.array(z.string()),
          initrds: z.array(z.string()),
        }),
      ),
      /** File systems that the configuration looks for. */
      searches: z.array(z.object({ by: z.enum(['uuid', 'label', 'file']), value: z.string() })),
      /** Device nodes that it names. */
      devices: z.array(located),
    })
    .nullable(),
  grubDefaults: z.record(z.string(), z.string()),
  fstab: z.array(
    z.object({
      line: z.int(),
      device: z.string(),
      mountPoint: z.string(),
      type: z.string(),
      options: z.array(z.string()),
    }),
  ),
  cloudInit: z.object({
    files: z.array(z.string()),
    /** All files merged as cloud-init does; secrets are replaced. */
    configuration: z.record(z.string(), z.json()),
    /** /etc/cloud/ds-identify.cfg. */
    dsIdentify: z.record(z.string(), z.string()),
    /** The file that switches cloud-init off. */
    disabledBy: z.string().nullable(),
    faults: z.array(located),
  }),
  packageSources: z.object({
    sources: z.array(packageSourceSchema),
    /** Keys that apt trusts for every source. */
    trustedKeys: z.array(z.string()),
    settings: z.array(z.object({ file: z.string(), name: z.string(), value: z.string() })),
    faults: z.array(located),
  }),
  ssh: z.object({
    hostKeys: z.array(z.string()),
    /** Files with keys; `keys` is null for one that is not empty, or may exist, and was not read. */
    authorizedKeys: z.array(z.object({ file: z.string(), keys: z.int().nullable() })),
    /** sshd's global settings, the first of a name counts; names in lower case. */
    server: z.record(z.string(), z.string()),
    /** Settings that let somebody in and hold under a condition, with the line of their Match. */
    conditional: z.array(located),
  }),
  network: z.object({
    /** systemd-networkd's files: .network, .netdev, .link. */
    networkd: z.array(z.object({ file: z.string(), settings: z.array(setting) })),
    netplan: z.array(z.object({ file: z.string(), configuration: z.record(z.string(), z.json()) })),
    /** Interfaces of ifupdown's stanzas. */
    interfaces: z.array(z.object({ file: z.string(), line: z.int(), name: z.string(), method: z.string() })),
    /** Connections of NetworkManager. */
    connections: z.array(z.string()),
    resolver: z.object({
      type: z.enum(['absent', 'link', 'file']),
      target: z.string().nullable(),
      nameServers: z.array(z.string()),
      search: z.array(z.string()),
    }),
  }),
  journal: z.object({ settings: z.record(z.string(), z.string()), persistentFolder: z.boolean() }),
  machineId: z.object({
    state: z.enum(['absent', 'empty', 'uninitialized', 'filled']),
    dbus: z.enum(['absent', 'link', 'empty', 'filled']),
  }),
  docker: z.object({
    /** DOCKER_OPTS of /etc/default/docker, which Debian's unit adds to dockerd's command line. */
    options: z.string(),
    /** /etc/docker/daemon.json; null when it is absent. */
    daemonConfiguration: z.record(z.string(), z.json()).nullable(),
    faults: z.array(located),
  }),
  /** Options of the agent's configuration files, without their values. */
  agentOptions: z.array(z.object({ file: z.string(), section: z.string(), key: z.string() })),
  secrets: z.object({
    privateKeys: z.array(z.string()),
    /** Assignments of a value to a name that speaks of a secret, without the value. */
    assignments: z.array(located),
    /** DIB's dump of its whole environment. */
    environmentDumps: z.array(z.string()),
    /** Shell histories with content. */
    histories: z.array(z.string()),
  }),
  proxies: z.array(located),
  temporaryFiles: z.array(z.string()),
})
export type Inventory = z.infer<typeof inventorySchema>
