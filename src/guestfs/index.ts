export { type HostKernel, hostKernels, privateKernelFolder, privateKernels } from './appliance.ts'
export { type ImageFile, probeImage } from './image-file.ts'
export { qemuImgOnForeign } from './qemu-img.ts'
export { type CommandTiming, GuestfsSession, type SessionOptions } from './session.ts'
