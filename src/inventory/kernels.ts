import type { FileTree } from './file-tree.ts'
import type { Inventory } from './inventory.ts'

/** Kernels under /boot, newest first, with whether their initrd and modules are there. */
export function readKernels(tree: FileTree): Inventory['kernels'] {
  return tree
    .within('/boot')
    .flatMap(entry => /^\/boot\/vmlinu[xz]-(.+)$/.exec(entry.path)?.[1] ?? [])
    .toSorted((left, right) => right.localeCompare(left, 'en', { numeric: true }))
    .map(version => ({
      version,
      initrd: ['initrd.img-', 'initramfs-'].some(prefix =>
        tree.within('/boot').some(entry => entry.path.startsWith(`/boot/${prefix}${version}`)),
      ),
      modules:
        tree.exists(`/usr/lib/modules/${version}/modules.dep`) || tree.exists(`/lib/modules/${version}/modules.dep`),
    }))
}
