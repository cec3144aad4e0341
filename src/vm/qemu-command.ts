import type { Accelerator } from '../system/accelerator.ts'

/** Everything a virtual machine is made of; the command line follows from it alone. */
export interface MachinePlan {
  readonly accelerator: Accelerator
  readonly processors: number
  readonly memoryMebibytes: number
  readonly firmware:
    | { readonly kind: 'bios' /** SeaBIOS tells here why it found nothing to boot. */; readonly log: string }
    | { readonly kind: 'uefi'; readonly code: string /** A copy of this boot's own. */; readonly variables: string }
  readonly image: { readonly path: string; readonly format: 'qcow2' | 'raw' }
  /** A qcow2 file over the image; the guest's only disk with an operating system. */
  readonly overlay: string
  /** Blank; the guest sees it as /dev/vdb. */
  readonly dataDisk: string
  readonly configDrive: string
  readonly console: string
  /** The instance's UUID, as Nova puts it into SMBIOS. */
  readonly instanceId: string
  readonly macAddress: string
  /** What the guest may reach, and the command that QEMU runs on the host for each of its connections. */
  readonly forward?: { readonly host: string; readonly port: number; readonly command: readonly string[] }
}

/**
 * QEMU's arguments. QMP speaks on standard input and output. Nothing comes from QEMU's defaults or configuration files.
 *
 * Each disk names its format and, for the image, `backing: null`: a file name inside the image is never followed. The
 * config drive is a CD-ROM, because as a disk it would be /dev/vdb and the agent would format it.
 */
export function qemuArguments(plan: MachinePlan): string[] {
  const { firmware } = plan
  return [
    ['-name', 'trove-image-smoke-test'],
    ['-nodefaults', '-no-user-config', '-no-reboot'],
    ['-machine', `q35,accel=${plan.accelerator}`],
    ['-cpu', plan.accelerator === 'kvm' ? 'host' : 'max'],
    ['-smp', String(plan.processors)],
    ['-m', `${plan.memoryMebibytes}M`],
    ['-rtc', 'base=utc'],
    ['-display', 'none', '-vga', 'std'],
    // As Nova's libvirt driver says it: cloud-init's ds-identify knows an OpenStack guest by it.
    [
      '-smbios',
      'type=1,manufacturer=OpenStack Foundation,product=OpenStack Nova,' +
        `uuid=${plan.instanceId},serial=${plan.instanceId},family=Virtual Machine`,
    ],
    ['-chardev', 'stdio,id=qmp,signal=off', '-mon', 'chardev=qmp,mode=control'],
    ['-chardev', `file,id=console,path=${escaped(plan.console)}`, '-serial', 'chardev:console'],
    ...(firmware.kind === 'bios'
      ? [
          ['-chardev', `file,id=firmware,path=${escaped(firmware.log)}`],
          ['-device', 'isa-debugcon,iobase=0x402,chardev=firmware'],
        ]
      : [
          ['-drive', `if=pflash,unit=0,format=raw,readonly=on,file=${escaped(firmware.code)}`],
          ['-drive', `if=pflash,unit=1,format=raw,file=${escaped(firmware.variables)}`],
        ]),
    blockDevice({
      'node-name': 'root',
      driver: 'qcow2',
      // The overlay is thrown away: nothing of it must survive this machine's power cut.
      cache: { 'no-flush': true },
      file: { driver: 'file', filename: plan.overlay },
      backing: {
        driver: plan.image.format,
        'read-only': true,
        ...(plan.image.format === 'qcow2' ? { backing: null } : {}),
        file: { driver: 'file', filename: plan.image.path, 'read-only': true },
      },
    }),
    ['-device', 'virtio-blk-pci,drive=root,bootindex=1'],
    blockDevice({
      'node-name': 'data',
      driver: 'raw',
      cache: { 'no-flush': true },
      file: { driver: 'file', filename: plan.dataDisk },
    }),
    ['-device', 'virtio-blk-pci,drive=data'],
    blockDevice({
      'node-name': 'config',
      driver: 'raw',
      'read-only': true,
      file: { driver: 'file', filename: plan.configDrive, 'read-only': true },
    }),
    ['-device', 'ide-cd,drive=config'],
    ['-netdev', `user,id=network,restrict=on${forwarding(plan.forward)}`],
    ['-device', `virtio-net-pci,netdev=network,mac=${plan.macAddress},romfile=`],
    // Trove registers its images with hw_rng_model=virtio.
    ['-object', 'rng-random,id=random,filename=/dev/urandom', '-device', 'virtio-rng-pci,rng=random'],
  ].flat()
}

function blockDevice(node: Record<string, unknown>): string[] {
  return ['-blockdev', JSON.stringify(node)]
}

/** One process a connection, because an agent opens several at once; `tcp:` in place of `cmd:` would carry a single one. */
function forwarding(forward: MachinePlan['forward']): string {
  if (forward === undefined) return ''
  const command = forward.command.map(word => (/^[\w/.:-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
  return `,guestfwd=tcp:${forward.host}:${forward.port}-cmd:${escaped(command.join(' '))}`
}

/** In QEMU's option lists a comma is written twice. */
function escaped(value: string): string {
  return value.replaceAll(',', ',,')
}
