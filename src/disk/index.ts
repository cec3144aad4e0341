export {
  buildDisk,
  buildImages,
  type DiskEvent,
  type DiskRequest,
  type DiskResult,
  type DiskStep,
  type ImageFile,
  type ImageRequest,
  type TimedStep,
} from './build.ts'
export { type Compression, type ImageFormat, keepCopy, requireCompression } from './convert.ts'
export { type DiskLayout, diskLayout, rootLabel } from './layout.ts'
export { freeBytesWanted, type Room, requireRoom, roomInGuest, type TreeSize } from './room.ts'
