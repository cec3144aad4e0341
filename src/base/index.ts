export { type Archive, archives, type ReleaseSuite, suitesOf } from './archive.ts'
export { resolveLocal } from './local.ts'
export { type Lock, lockedSuiteSchema, lockSchema } from './lock.ts'
export { type BaseEvent, type MinimalRequest, type ResolveOptions, resolveMinimal } from './minimal.ts'
