export { type ObjectKey, type ObjectKind, objectKey, objectKinds } from './key.ts'
export { packFolder, unpackFolder } from './pack.ts'
export { type Found, type ObjectFiles, ObjectStore } from './store.ts'
