import type { GuestfsSession } from '../guestfs/index.ts'
import { assembleInventory } from './assemble.ts'
import { capture } from './capture.ts'
import type { Inventory } from './inventory.ts'

export { keyFolders } from './capture-script.ts'
export {
  type ComparedInventory,
  comparedInventorySchema,
  differenceBetween,
  type InventoryDifference,
} from './difference.ts'
export { FileTree } from './file-tree.ts'
export { names as namesFileSystem } from './fstab.ts'
export {
  type Grant,
  type ImageEntry,
  type Inventory,
  inventorySchema,
  type Located,
  type PackageSource,
  type Unit,
  type User,
} from './inventory.ts'
export { parseBoolean, valueIn, valuesIn, wordsIn } from './unit-file.ts'
export { programOf, requiredFiles, requiredPrograms } from './unit-programs.ts'

/**
 * Reads an image through an open libguestfs session and tells what is in it.
 *
 * @throws InputError when the image holds no operating system, or is encrypted
 * @throws ToolError when a part of it could not be read
 */
export async function collectInventory(
  session: GuestfsSession,
  image: Inventory['image'],
  signal?: AbortSignal,
): Promise<Inventory> {
  return assembleInventory(await capture(session, image.name), image, new Date(), signal)
}
