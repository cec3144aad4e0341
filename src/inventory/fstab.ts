import type { Inventory } from './inventory.ts'

/** Reads /etc/fstab (fstab(5)). */
export function parseFstab(text: string): Inventory['fstab'] {
  return text.split('\n').flatMap((raw, index) => {
    const [device, mountPoint, type, options = 'defaults'] = raw.trim().split(/\s+/)
    if (!device || device.startsWith('#') || !mountPoint || !type) return []
    return [
      {
        line: index + 1,
        device: unescapeBlanks(device),
        mountPoint: unescapeBlanks(mountPoint),
        type,
        options: options.split(','),
      },
    ]
  })
}

type FileSystem = Inventory['disk']['fileSystems'][number]

/** Whether a device of fstab or `root=` means this file system; undefined when the name says nothing about a file system. */
export function names(device: string, fileSystem: FileSystem): boolean {
  const [kind = '', value = ''] = device.split('=', 2).map(part => part.replaceAll('"', ''))
  switch (kind) {
    case 'LABEL':
      return value === fileSystem.label
    case 'UUID':
      return value.toLowerCase() === fileSystem.uuid.toLowerCase()
    case 'PARTLABEL':
      return value === fileSystem.partitionLabel
    case 'PARTUUID':
      return value.toLowerCase() === fileSystem.partitionUuid.toLowerCase()
    default:
      return false
  }
}

/** Blanks are written as octal escapes. */
function unescapeBlanks(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
}
