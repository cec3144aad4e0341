export { type Accelerator, type HostKernel, hostKernels } from './appliance.ts'
export { type ImageFile, probeImage } from './image-file.ts'
export { type CommandTiming, GuestfsSession, type SessionOptions } from './session.ts'
